#!/usr/bin/env bash
# Does everything: sets the machine up, builds all presets with warnings as errors, checks the code
# (check.sh), and runs every test: natively, natively with ASan and UBSan, and the real Windows
# binaries under Wine. Ends with ctest's own summary; the first failure ends it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '\n== %s\n' "$*"; }

step "setup"
tests/setup.sh

for preset in mingw native native-asan; do
    step "build $preset"
    cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset"
done

step "check"
tests/check.sh

# Tests wait more than they work; those that must not be disturbed say so (PROCESSORS).
jobs=$((2 * $(nproc)))
for preset in native native-asan mingw; do
    step "test $preset"
    if [[ $preset == native ]]; then
        # Everything that is said there is checked against the protocol's documents.
        export MSIWATCH_TRAFFIC=$PWD/build/native/traffic
        rm -rf "$MSIWATCH_TRAFFIC" && mkdir "$MSIWATCH_TRAFFIC"
        ctest --preset "$preset" -j "$jobs"
        tests/protocol/check.py traffic "$MSIWATCH_TRAFFIC"
        unset MSIWATCH_TRAFFIC
        continue
    fi
    ctest --preset "$preset" -j "$jobs"
done
