#!/usr/bin/env bash
# The server under valgrind with a short crowd of clients: leak.sh BUILD [REQUESTS]. Nothing may be definitely lost, and nothing be
# read or written that is not its own. Some minutes: valgrind runs one thread at a time, and its processor knows no AVX-512.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: leak.sh BUILD [REQUESTS]}
requests=${2:-100}
model=${HAWSER_MODEL:-$HOME/.cache/hawser/models/SmolLM2-135M-Instruct.Q4_1.gguf}
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
port=$(.venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# A step takes as long as it takes here: that is no lost device, and nobody is refused for it.
HAWSER_SCHEDULING_STEP_DEADLINE=3600s HAWSER_OVERLOAD_THROTTLE=false valgrind --quiet --leak-check=full --show-leak-kinds=definite \
  --errors-for-leak-kinds=definite --error-exitcode=99 --log-file="$folder/valgrind" \
  "$build/hawser" serve "$model" --port "$port" --context 1024 >"$folder/server" 2>&1 &
server=$!
for _ in $(seq 600); do
  curl -sf "http://127.0.0.1:$port/ready" >/dev/null && break
  kill -0 "$server" 2>/dev/null || { cat "$folder/server" "$folder/valgrind"; exit 1; }
  sleep 0.5
done
.venv/bin/python test/net/crowd.py --url "http://127.0.0.1:$port" --clients 8 --requests "$requests"
kill "$server"
code=0
wait "$server" || code=$?
cat "$folder/valgrind"
if [ "$code" != 0 ] || [ -s "$folder/valgrind" ]; then
  echo "leak: the server ended with $code; see above" >&2
  exit 1
fi
echo "leak: 0 bytes definitely lost, 0 errors"
