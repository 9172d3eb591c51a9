#!/usr/bin/env bash
# tests/cited.py passes on this tree, and finds what is planted in a copy of its documents: a link,
# a file, a test, a pattern for ctest and a name that do not exist, and a file that was deleted.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

look() {
    local status=0
    found=$("$root/tests/cited.py" "$copy") || status=$?
    ((status == 1)) || { echo "cited.py finds nothing (exit code $status): $found" >&2 && exit 1; }
}

must_find() { # WHAT PATTERN
    grep -qE -- "$2" <<<"$found" ||
        { printf 'cited.py did not find %s:\n%s\n' "$1" "$found" >&2 && exit 1; }
    echo "found: $1"
}

"$root/tests/cited.py"
git -C "$root" ls-files -z | tar -C "$root" -c --null --ignore-failed-read -T - | tar -C "$copy" -x
cat >"$copy/docs/planted.md" <<'END'
[a link](nowhere.md), `service/nowhere.c`, `observe/nowhere` and `nowhere.py`,
`unit.nowhere`, `wine.it_is_nowhere`, `nowhere_to_be@`, ctest -R '^nowhere\.'
and tests/nowhere/long.sh
END
sed -i 's/@/_found/' "$copy/docs/planted.md" # written in one piece, it would be a word of this file
look
must_find "a link" '^docs/planted.md:1: the link to nowhere.md '
must_find "a file" '^docs/planted.md:1: there is no file service/nowhere.c$'
must_find "a module" '^docs/planted.md:1: there is no file observe/nowhere$'
must_find "a file of any folder" '^docs/planted.md:1: there is no file nowhere.py$'
must_find "a test of a list" '^docs/planted.md:2: there is no test unit.nowhere$'
must_find "a test" '^docs/planted.md:2: there is no test wine.it_is_nowhere$'
must_find "a name" '^docs/planted.md:2: nothing is named nowhere_to_be[_]found$'
must_find "a pattern" '^docs/planted.md:2: there is no test .nowhere'
must_find "a path" '^docs/planted.md:3: there is no file tests/nowhere/long.sh$'
rm "$copy/docs/planted.md" "$copy/tests/unit/flapping_test.c"
look
must_find "a file that has gone" '^CONTRIBUTING.md:[0-9]+: there is no file flapping_test.c$'
