#!/usr/bin/env bash
# Compares fetched files with tests/sources.sha256: if the content differs from the one that was
# tried, the file is refused, whoever signed it.
#
#   tests/sources.sh FILE...
#
# The names of Debian's files contain their versions, and apt has checked them. So one that is not
# listed is another version, and is used, with a message. A file from npm or NuGet must be listed.
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
