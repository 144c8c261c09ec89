#!/usr/bin/env bash
# Runs the Autobahn cases for WebSockets, but for compression, against the echo server of this folder:
#   web_cases.sh BUILD_DIR WSCASES.py AUTOBAHNTESTSUITE.tar.gz
# The source package comes from `pip download --no-deps --no-binary :all: autobahntestsuite`; the runner converts its cases.
set -euo pipefail
build=$1 runner=$2 cases=$3
coproc ECHO { "$build/test/net/net_web_echo"; }
read -r port <&"${ECHO[0]}"
python3 "$runner" "$cases" 127.0.0.1 "$port" --path /echo --skip 12.,13.
