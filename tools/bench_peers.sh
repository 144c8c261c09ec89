#!/usr/bin/env bash
# Compares a build with llama.cpp on the same machine, model and threads: bench_peers.sh BUILD [options of
# compare_with_peer.py]. HAWSER_PEER is the folder of the peer's programs.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: bench_peers.sh BUILD [options]}
peer=${HAWSER_PEER:-$HOME/.cache/hawser-peers/llama/bin}
if [ ! -x "$peer/llama-batched-bench" ]; then
  echo "no llama.cpp in $peer: build it (llama-batched-bench, llama-perplexity, llama-server, llama-tokenize) and name its" \
    "folder in HAWSER_PEER" >&2
  exit 2
fi
exec .venv/bin/python test/cli/compare_with_peer.py --peer "$peer" --build "$build" "${@:2}"
