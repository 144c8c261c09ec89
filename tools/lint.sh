#!/usr/bin/env bash
# Format, headers that compile alone, and clang-tidy over every file of ours. lint.sh [--changed BASE] looks at less.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=$(nproc)

git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 --dry-run -Werror
shellcheck tools/*.sh .ci/run

cmake --preset lint >/dev/null
cmake --build --preset lint -j "$jobs" --target all_verify_interface_header_sets

files=$(git ls-files 'runtime/*.cpp' 'model/*.cpp' 'conf/*.cpp' 'cpu/*.cpp' 'actors/*.cpp' 'net/*.cpp' 'cli/*.cpp')
if [ "${1:-}" = --changed ]; then
  files=$(git diff --name-only --diff-filter=d "$2" -- $files)
fi
[ -z "$files" ] || printf '%s\n' $files | xargs -P "$jobs" -n 1 clang-tidy-19 --quiet -p build/lint
echo "lint: clean"
