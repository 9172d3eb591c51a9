#!/usr/bin/env bash
# Runs a program under Wine without a service: it must say so, with Windows' number for that.
set -euo pipefail
out=$("$(dirname "${BASH_SOURCE[0]}")/../wine/prefix.sh" wine "$1" 2>&1 | tr -d '\r') || true
[[ $out == *'msiwatch: error 1062'* ]] || { echo "$1 said: $out" && exit 1; }
