#!/usr/bin/env bash
# Compiles the kernels for devices: compile_kernels.sh [IMAGE]. Without IMAGE nothing is kept. nvcc is $NVCC, the one on PATH,
# that of /usr/local/cuda, or that of .venv. HAWSER_CUDA_ARCHITECTURES names others than the release's. Warnings, spills and local memory are errors.
set -euo pipefail
cd "$(dirname "$0")/.."

wheels=(.venv/lib/python3*/site-packages/nvidia/cu13/bin/nvcc)
for nvcc in "${NVCC:-$(command -v nvcc || true)}" /usr/local/cuda/bin/nvcc "${wheels[0]}"; do
  [ -x "$nvcc" ] && break
done
[ -x "$nvcc" ] || { echo "no nvcc: install CUDA 13's compiler, name it in NVCC, or .venv/bin/pip install -r gpu/requirements.txt" >&2; exit 3; }
read -ra architectures <<<"${HAWSER_CUDA_ARCHITECTURES:-75 80 86 89 90 100 120}"
targets=()
for each in "${architectures[@]}"; do
  targets+=(-gencode "arch=compute_$each,code=sm_$each")
done
# The newest one's intermediate code as well, for devices that come later.
targets+=(-gencode "arch=compute_$each,code=compute_$each")

image=${1:-}
if [ -z "$image" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  image=$folder/kernels.fatbin
fi
"$nvcc" -std=c++20 -I. --threads 2 "${targets[@]}" -fatbin -compress-mode=size -o "$image" gpu/kernels/kernels.cu \
  -Xptxas --warn-on-spills,--warn-on-local-memory-usage -Werror all-warnings
echo "kernels for ${architectures[*]}: $(stat -c %s "$image") bytes"
