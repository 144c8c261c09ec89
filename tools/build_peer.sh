#!/usr/bin/env bash
# Builds llama.cpp, which we measure ourselves against, outside this repository: build_peer.sh [FOLDER]. Nothing of it enters
# ours. FOLDER (~/.cache/hawser-peers when left out) gets llama/bin. HAWSER_PEER_SOURCE names a source tree that is already
# there; otherwise the pinned commit is cloned, or, where GitHub is out of reach, the copy unpacked that the source package of
# llama-cpp-python carries. Needs cmake, ninja, a C++ compiler and git or pip; some 8 minutes on two cores.
set -euo pipefail
commit=0c1e57098
package=llama_cpp_python-0.3.36
folder=${1:-$HOME/.cache/hawser-peers}
programs=(llama-server llama-bench llama-batched-bench llama-perplexity llama-quantize llama-tokenize)

mkdir -p "$folder"
source=${HAWSER_PEER_SOURCE:-$folder/llama.cpp}
if [ ! -e "$source/CMakeLists.txt" ]; then
  if [ -n "${HAWSER_PEER_SOURCE:-}" ]; then
    echo "HAWSER_PEER_SOURCE is $source, and no source of llama.cpp is there" >&2
    exit 2
  fi
  if git clone --quiet --filter=blob:none --no-checkout https://github.com/ggml-org/llama.cpp "$source.partial"; then
    git -C "$source.partial" checkout --quiet "$commit"
    mv "$source.partial" "$source"
  else
    rm -rf "$source.partial"
    source=$folder/$package/vendor/llama.cpp
    if [ ! -e "$source/CMakeLists.txt" ]; then
      "$(dirname "$0")/../.venv/bin/pip" download --quiet --no-deps --no-binary :all: -d "$folder" "${package/-/==}" || {
        echo "llama.cpp comes neither from GitHub nor from PyPI: see whether this machine reaches one of them, or name a local" \
          "source in HAWSER_PEER_SOURCE, or the folder of built programs in HAWSER_PEER" >&2
        exit 2
      }
      tar -xzf "$folder/$package.tar.gz" -C "$folder"
    fi
  fi
fi
cmake -S "$source" -B "$folder/llama" -G Ninja -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DLLAMA_CURL=OFF \
  -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_BUILD_WEBUI=OFF
cmake --build "$folder/llama" --target "${programs[@]}"
echo "built: $folder/llama/bin"
