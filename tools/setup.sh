#!/usr/bin/env bash
# Installs what a step needs: setup.sh build|test|bench|leak|lint. Debian packages are looked for first, and root is asked for only
# when one is missing; Python packages go to .venv beside this checkout.
set -euo pipefail
cd "$(dirname "$0")/.."

build=(g++ clang-19 lld-19 cmake ninja-build ccache make pkg-config
  libboost1.81-dev libboost-context1.81-dev libboost-json1.81-dev libboost-test1.81-dev libtbb-dev libtomlplusplus-dev
  libcli11-dev libspdlog-dev prometheus-cpp-dev libcurl4-openssl-dev libhiredis-dev libssl-dev libsystemd-dev zlib1g-dev python3 python3-venv)
test=(curl debootstrap dpkg-dev file git systemd libclang-rt-19-dev nginx-light openssl prometheus redis-server)
bench=(libcaf-dev)
leak=(curl valgrind)
lint=(clang-format-19 clang-tidy-19 clang-19 shellcheck)

case "${1:-}" in
  build) wanted=("${build[@]}") ;;
  test) wanted=("${build[@]}" "${test[@]}") ;;
  bench) wanted=("${build[@]}" "${bench[@]}") ;;
  leak) wanted=("${build[@]}" "${test[@]}" "${leak[@]}") ;;
  lint) wanted=("${build[@]}" "${lint[@]}") ;;
  *) echo "usage: $0 build|test|bench|leak|lint" >&2; exit 2 ;;
esac

missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing: ${missing[*]}"
  root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "run as root: apt-get install ${missing[*]}" >&2; exit 1; }
    root=(sudo)
  fi
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# A test client's versions are those of test/requirements.txt; a stamp saves the look-up when nothing changed.
[ -x .venv/bin/python ] || python3 -m venv .venv
if [[ $1 = @(test|leak) ]] && ! cmp -s test/requirements.txt .venv/requirements.installed; then
  .venv/bin/pip install --quiet --disable-pip-version-check -r test/requirements.txt
  cp test/requirements.txt .venv/requirements.installed
fi
# Beside a CUDA toolkit, what looks at kernels and at cuDNN's plans without a device (gpu/EVIDENCE.md). What the frontend's package
# asks for is for Python; its headers stand alone.
if [ "$1" = test ] && { [ -x /usr/local/cuda/bin/nvcc ] || command -v nvcc >/dev/null; }; then
  mapfile -t wheels < <(grep -E 'cuobjdump|nvdisasm' gpu/requirements.txt; echo nvidia-cudnn-frontend==1.32.0)
  if ! cmp -s <(printf '%s\n' "${wheels[@]}") .venv/evidence.installed; then
    .venv/bin/pip install --quiet --disable-pip-version-check --no-deps "${wheels[@]}"
    printf '%s\n' "${wheels[@]}" >.venv/evidence.installed
  fi
fi
# The cases of the Autobahn test suite are used as source; their package is for Python 2 and cannot be installed.
if [ "$1" = test ] && [ ! -e .venv/autobahn/autobahntestsuite-25.10.1.tar.gz ]; then
  .venv/bin/pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: -d .venv/autobahn autobahntestsuite==25.10.1
fi
