#!/usr/bin/env bash
# Checks each PowerShell script of the project, and what `msiwatch completion` prints, with
# PowerShell's own parser, and for what Windows PowerShell 5.1 does not know (syntax.ps1).
#
#   syntax.sh DEPS MSIWATCH
set -euo pipefail
deps=$1 msiwatch=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(realpath "$here/../..")
[[ -x $deps/pwsh ]] || {
    echo "skipped: there is no PowerShell here (tests/setup.sh installs it if dotnet is on PATH)"
    exit 77
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch POWERSHELL_TELEMETRY_OPTOUT=1 NO_COLOR=1
"$msiwatch" completion >"$scratch/completion.ps1"
mapfile -t files < <(find "$root" -path "$root/build" -prune -o -path "$root/.git" -prune -o \
    -type f \( -name '*.ps1' -o -name '*.psm1' -o -name '*.psd1' -o -name '*.ps?1.in' \) -print)
((${#files[@]} > 10)) || { echo "only ${#files[@]} scripts found" && exit 1; }
"$deps/pwsh" -NoProfile -NonInteractive -File "$here/syntax.ps1" "$scratch/completion.ps1" "${files[@]}"
