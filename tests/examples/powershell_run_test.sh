#!/usr/bin/env bash
# Runs the PowerShell example in PowerShell: .NET's pipe client also accepts a Unix socket's path.
#
#   powershell_run_test.sh DEPS BIN
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ -x $1/pwsh ]] || {
    echo "skipped: there is no PowerShell here (tests/setup.sh installs it if dotnet is on PATH)"
    exit 77
}
export POWERSHELL_TELEMETRY_OPTOUT=1 NO_COLOR=1
"$here/example_test.sh" sim "$2" "$1/pwsh" -NoProfile -NonInteractive -File \
    "$here/../../client/examples/msiwatch_example.ps1"
