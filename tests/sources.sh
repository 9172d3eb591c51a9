#!/usr/bin/env bash
# Holds fetched files against tests/sources.sha256: another content than the one that this was tried
# with is refused, whoever signed it.
#
#   tests/sources.sh FILE...
#
# Of Debian's files, whose names hold their versions and which apt has checked, one of a name that
# is not listed is another version: used, with a word about it. A file from npm or NuGet must be listed.
set -euo pipefail

list=${MSIWATCH_SOURCES:-$(dirname "${BASH_SOURCE[0]}")/sources.sha256}
refused=0
for file in "$@"; do
    name=${file##*/}
    wanted=$(awk -v name="$name" '$2 == name { print $1 }' "$list")
    found=$(sha256sum <"$file" | cut -d ' ' -f 1)
    if [[ $found == "$wanted" ]]; then
        continue
    elif [[ -n $wanted ]]; then
        echo "refused: $name has the SHA-256 $found, not $wanted"
        refused=1
    elif [[ $name == *.tgz || $name == *.nupkg ]]; then
        echo "refused: $name is not in tests/sources.sha256"
        refused=1
    else
        echo "note: $name is another version than the one in tests/sources.sha256"
    fi
done
exit "$refused"
