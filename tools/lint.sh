#!/usr/bin/env bash
# Format, headers that compile alone, scripts, and clang-tidy. lint.sh [--changed BASE] tidies only what changed since BASE.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=$(nproc)
rooms=(runtime model conf cpu actors net cli)

git ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format-19 --dry-run -Werror
shellcheck tools/*.sh .ci/run

cmake --preset lint >/dev/null
cmake --build --preset lint -j "$jobs" --target all_verify_interface_header_sets

list=(git ls-files -z)
[ "${1:-}" = --changed ] && list=(git diff -z --name-only --diff-filter=d "$2")
"${list[@]}" -- "${rooms[@]/%//*.cpp}" | xargs -0 -r -P "$jobs" -n 1 clang-tidy-19 --quiet -p build/lint
echo "lint: clean"
