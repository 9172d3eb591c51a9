#!/usr/bin/env bash
# tests/includes.py passes on this tree, and finds what is planted in a copy of it: an include of
# a higher room, one between rooms that may not include each other, a cycle through headers, a name
# that is not the full path, an entry of the table that nothing needs, and a file that is in no
# room.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

fresh() {
    rm -rf "${copy:?}"/*
    cp -r "$root/service" "$root/client" "$root/common" "$root/ARCHITECTURE.md" "$copy"
}

must_find() { # WHAT PATTERN
    local output status=0
    output=$("$root/tests/includes.py" "$copy") || status=$?
    if ((status != 1)) || ! grep -qE -- "$2" <<<"$output"; then
        printf 'includes.py did not find %s (exit code %s):\n%s\n' "$1" "$status" "$output" >&2
        exit 1
    fi
    echo "found: $1"
}

plant() { # FILE INCLUDE
    sed -i "0,/^#include/s||#include \"$2\"\n#include|" "$copy/$1"
}

"$root/tests/includes.py"
fresh
plant service/base/clock.c service.h
must_find "an include that goes up" '^service/base/clock\.c:[0-9]+: service/base must not name service '
fresh
plant service/observe/sampler.c journal/journal.h
must_find "an include that goes across" \
    '^service/observe/sampler\.c:[0-9]+: service/observe must not name service/journal '
fresh
plant service/files/secure_files.h files/log_files.h
plant service/files/log_files.h files/secure_files.h
must_find "a circle through headers" '^service/files/[a-z_]+\.[ch]:[0-9]+: closes a circle: service/files/'
fresh
plant service/base/log.c clock.h
must_find "a header without its room" '^service/base/log\.c:[0-9]+: say "base/clock\.h"'
fresh
sed -i '/^| `common` /s/| |$/| `common\/win32` |/' "$copy/ARCHITECTURE.md"
must_find "a row that points up" '^ARCHITECTURE\.md:[0-9]+: common may name common/win32'
fresh
sed -i '/^| `client\/cli\/top` /s/`client\/lib`/`client\/lib` `common\/win32`/' "$copy/ARCHITECTURE.md"
must_find "a row that nobody needs" 'client/cli/top does not name common/win32'
fresh
mkdir "$copy/service/attic"
cp "$copy/service/base/clock.c" "$copy/service/attic"
must_find "a file that is in no room" '^service/attic/clock\.c:1: is in no room'
