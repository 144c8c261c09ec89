#!/usr/bin/env bash
# Format, scripts, and headers that compile alone; with --tidy also clang-tidy over every file of ours, which takes longer
# than everything else together.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=$(nproc)
rooms=(runtime model conf cpu gpu actors net embed simulation cli)

git ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format-19 --dry-run -Werror
shellcheck tools/*.sh gpu/*.sh .ci/run

cmake --preset lint >/dev/null
cmake --build --preset lint -j "$jobs" --target all_verify_interface_header_sets

if [ "${1:-}" = --tidy ]; then
  git ls-files -z -- "${rooms[@]/%//*.cpp}" | xargs -0 -r -P "$jobs" -n 1 clang-tidy-19 --quiet -p build/lint
fi
echo "lint: clean"
