#!/usr/bin/env bash
# Runs every bench program of a build: run_benches.sh [--smoke] BUILD. Each prints JSON lines.
set -euo pipefail
cd "$(dirname "$0")/.."
smoke=()
if [ "${1:-}" = --smoke ]; then
  smoke=(--smoke)
  shift
fi
build=${1:?usage: run_benches.sh [--smoke] BUILD}
model=${HAWSER_MODELS:-$HOME/.cache/hawser/models}/SmolLM2-135M-Instruct.Q4_1.gguf

cmake --build "$build" --target hawser hawser_benches
for program in "$build"/bench/*; do
  if [ ! -f "$program" ]; then continue; fi
  echo "# $(basename "$program")" >&2
  HAWSER_MODEL=$model "$program" "${smoke[@]}"
done
if [ ${#smoke[@]} -gt 0 ]; then
  "$build/hawser" bench "$model" --prompt 32 --generate 4 --batch 1,2 --threads 2 --json
  "$build/hawser" bench claims "$model" --smoke --json
  "$build/hawser" bench overload "$model" --smoke --json
else
  "$build/hawser" bench "$model" --prompt 512 --generate 64 --batch 1,8,32 --threads 2 --json
  "$build/hawser" bench claims "$model" --json
  "$build/hawser" bench overload "$model" --json
fi
