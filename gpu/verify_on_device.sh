#!/usr/bin/env bash
# Shows what only a device can show, and writes a dated log for gpu/EVIDENCE.md:
#   gpu/verify_on_device.sh [--model FILE] [--log FOLDER] [--device N] [--build FOLDER] [--stand-in]
# Without --model it takes the one that tools/fetch_model.sh fetches, when it is there. --build takes what was built there and builds nothing.
# --stand-in runs all on the stand-in runtime: a test of this script, no evidence.
# Exits with 0 (nothing failed), 1 (something failed), 2 (wrong use) or 4 (there is no device).
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

model='' folder=build/evidence device=0 build='' subject=()
while [ $# -gt 0 ]; do
  case "$1" in
    --stand-in) subject=(--stand-in); shift; continue ;;
    --model | --log | --device | --build) [ $# -gt 1 ] || { echo "$1 needs a value" >&2; exit 2; } ;;
    *) echo "usage: $0 [--model FILE] [--log FOLDER] [--device N] [--build FOLDER] [--stand-in]" >&2; exit 2 ;;
  esac
  case "$1" in
    --model) model=$2 ;;
    --log) folder=$2 ;;
    --device) device=$2 ;;
    --build) build=$2 ;;
  esac
  shift 2
done
fetched=${HAWSER_MODELS:-$HOME/.cache/hawser/models}/SmolLM2-135M-Instruct.Q4_1.gguf
if [ -z "$model" ] && [ ${#subject[@]} -eq 0 ] && [ -f "$fetched" ]; then model=$fetched; fi

mkdir -p "$folder"
log=$folder/$(date -u +%Y-%m-%d-%H%M%S).md
raw=$(mktemp -d)
trap 'rm -rf "$raw"' EXIT
failures=0
rows=()

# judge SECTION STATUS SENTENCE
judge() {
  [ "$2" = failed ] && failures=$((failures + 1))
  rows+=("| $1 | $2 | ${3//|//} |")
  printf '%-14s %-8s %s\n' "$1" "$2" "$3"
}

# section NAME COMMAND...: passed, failed or (exit code 4) not run; the last line of the output says what was found.
section() {
  local name=$1 code=0
  shift
  timeout 1800 "$@" >"$raw/$name" 2>&1 || code=$?
  local status=failed finding
  case $code in 0) status=passed ;; 4) status='not run' ;; esac
  finding=$(grep -v '^$' "$raw/$name" | tail -n 1)
  [ $code -eq 124 ] && finding="no end within 30 minutes; last: $finding"
  judge "$name" "$status" "${finding:-exit code $code}"
  return $code
}

build_all() {
  cmake --preset release >/dev/null && cmake --build --preset release --target hawser hawser_gpu_plugin gpu_device_check && echo "release build"
}
if [ -n "$build" ]; then
  judge build 'not run' "$build was named"
else
  build=build/release
  section build build_all
fi
check=("$build/gpu_device_check")
section device "${check[@]}" device "${subject[@]}" --device "$device" --code /dev/null
there=$?
code=$build/kernels.fatbin
if [ ${#subject[@]} -ne 0 ]; then
  judge compile 'not run' "the stand-in takes kernels as functions of the CPU"
elif [ $there -ne 0 ]; then
  judge compile 'not run' "there is no device"
else
  section compile gpu/compile_kernels.sh "$code"
fi
wish=("${subject[@]}" --device "$device" --code "$code")
[ -z "$model" ] || wish+=(--model "$model")

if [ $there -eq 0 ]; then
  section kernels "${check[@]}" kernels "${wish[@]}"
  for tool in memcheck racecheck synccheck initcheck; do
    if [ ${#subject[@]} -ne 0 ]; then
      judge $tool 'not run' "the stand-in has no compute-sanitizer: the asan and tsan presets do this there"
    elif command -v compute-sanitizer >/dev/null; then
      section $tool compute-sanitizer --tool $tool --error-exitcode 9 "${check[@]}" kernels "${wish[@]}"
    else
      judge $tool 'not run' "compute-sanitizer is not on PATH (it comes with the toolkit)"
    fi
  done
  section bridge "${check[@]}" bridge "${wish[@]}"
  section tokens "${check[@]}" tokens "${wish[@]}"
  section speed "${check[@]}" speed "${wish[@]}"
else
  for name in kernels memcheck racecheck synccheck initcheck bridge tokens speed; do
    judge $name 'not run' "there is no device"
  done
fi
rival=${LLAMA_BENCH:-$(command -v llama-bench || true)}
if [ $there -ne 0 ] || [ ${#subject[@]} -ne 0 ]; then
  judge llama.cpp 'not run' "there is no device"
elif [ -z "$rival" ] || [ -z "$model" ]; then
  judge llama.cpp 'not run' "llama-bench is not on PATH nor in LLAMA_BENCH, or there is no model"
else
  section llama.cpp "$rival" -m "$model" -ngl 99 -p 512 -n 64
fi

{
  echo "# On a device, $(date -u +%Y-%m-%d)"
  echo
  [ ${#subject[@]} -eq 0 ] || printf '**On the stand-in runtime: no evidence.**\n\n'
  changed=$(git diff --quiet HEAD 2>/dev/null || echo ' with changes')
  echo "Revision $(git rev-parse --short HEAD 2>/dev/null || echo unknown)$changed, model ${model##*/}"
  printf '\n| section | result | found |\n| --- | --- | --- |\n'
  printf '%s\n' "${rows[@]}"
  rm -f "$raw/build"
  for each in "$raw"/*; do
    printf '\n## %s\n\n' "$(basename "$each")"
    tail -n 60 "$each" | sed 's/^/    /'
  done
} >"$log"
echo "log: $log"
if [ $failures -gt 0 ]; then exit 1; fi
if [ $there -ne 0 ]; then exit 4; fi
