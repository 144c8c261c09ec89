#!/usr/bin/env bash
# Compares a build with llama.cpp on the same machine, models and threads, in turns: bench_peers.sh BUILD [options of
# bench_peers.py]. The peer is built outside this repository when it is missing (tools/build_peer.sh); HAWSER_PEER names a folder
# of programs that are already there.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: bench_peers.sh BUILD [options]}
peers=$HOME/.cache/hawser-peers
peer=${HAWSER_PEER:-$peers/llama/bin}
models=${HAWSER_MODELS:-$HOME/.cache/hawser/models}
if [ ! -x "$peer/llama-batched-bench" ]; then
  if [ -n "${HAWSER_PEER:-}" ]; then
    echo "HAWSER_PEER is $peer, and no llama-batched-bench is there" >&2
    exit 2
  fi
  tools/build_peer.sh "$peers"
fi
[ -e "$models/SmolLM2-135M-Instruct.Q4_1.gguf" ] || tools/fetch_model.sh smollm2
[ -e "$models/gemma-3-270m-q4_k_m.gguf" ] || tools/fetch_model.sh gemma3
# The type that the peer is fastest with: its own kernels repack it.
best=$peers/models/SmolLM2-135M-Instruct.Q4_0.gguf
if [ ! -e "$best" ]; then
  mkdir -p "$(dirname "$best")"
  "$peer/llama-quantize" --allow-requantize "$models/SmolLM2-135M-Instruct.Q4_1.gguf" "$best.partial" Q4_0 >/dev/null 2>&1
  mv "$best.partial" "$best"
fi
exec .venv/bin/python test/cli/bench_peers.py --peer "$peer" --best "$best" --models "$models" --build "$build" "${@:2}"
