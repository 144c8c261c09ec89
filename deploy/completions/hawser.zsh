#compdef hawser
# Completion for zsh: what hawser itself says of its commands and flags.
local -a found
if (( CURRENT == 2 )); then
  found=(${(f)"$(hawser --help 2>/dev/null | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p')"})
  compadd -a found
elif [[ $PREFIX == -* ]]; then
  found=(${(f)"$(hawser $words[2] --help 2>/dev/null | grep -o -e '--[a-z][a-z-]*' | sort -u)"})
  compadd -a found
else
  _files
fi
