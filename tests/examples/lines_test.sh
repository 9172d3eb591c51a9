#!/usr/bin/env bash
# An example must not be longer than thirty lines, and the README must name it, or nobody finds it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../client/examples"
bad=0 count=0
for file in msiwatch_example.*; do
    count=$((count + 1))
    (($(wc -l <"$file") <= 30)) || { echo "$file has $(wc -l <"$file") lines" && bad=1; }
    grep -q "($file)" README.md || { echo "README.md does not name $file" && bad=1; }
done
((count == 7)) || { echo "$count examples instead of 7" && bad=1; }
exit "$bad"
