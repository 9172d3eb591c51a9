#!/usr/bin/env bash
# Runs tests of the module with Pester, in the PowerShell that tests/setup.sh installs if dotnet
# exists.
#
#   run.sh DEPS BIN MODULE FILE...     DEPS: build/deps/powershell; FILE: *.Tests.ps1
set -euo pipefail
deps=$(realpath "$1") bin=$2 module=$3
shift 3
[[ -x $deps/pwsh ]] || {
    echo "skipped: there is no PowerShell here (tests/setup.sh installs it if dotnet is on PATH)"
    exit 77
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/here"
cp -r "$module" "$scratch/here/MsiWatch"
ln -s "$(realpath "$bin")/msiwatch" "$scratch/here/msiwatch"
# Of a process that lives for a second, nothing is worth measuring to compile it again.
export DOTNET_TieredPGO=0
export HOME=$scratch POWERSHELL_TELEMETRY_OPTOUT=1 NO_COLOR=1 TERM=dumb
export MSIWATCH_TEST_PWSH=$deps/pwsh # the process is a dotnet
export MSIWATCH_TEST_BIN MSIWATCH_TEST_MODULE=$scratch/here/MsiWatch TMPDIR=$scratch
MSIWATCH_TEST_BIN=$(realpath "$bin")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$deps/pwsh" -NoProfile -NonInteractive -File "$here/pester.ps1" "$deps/Pester/Pester.psd1" "${@/#/$here/}"
