# Completion for fish: what hawser itself says of its commands and flags.
complete -c hawser -n __fish_use_subcommand -f -a "(hawser --help 2>/dev/null | sed -n '/^Subcommands:/,/^\$/s/^  \([a-z]*\)  *\(.*\)/\1\t\2/p')"
complete -c hawser -n "not __fish_use_subcommand" -a "(hawser (commandline -opc)[2] --help 2>/dev/null | grep -o -e '--[a-z][a-z-]*' | sort -u)"
