#!/usr/bin/env bash
# The client library exports the functions of msiwatch.h and no other name, as a DLL and as an
# archive; msiwatch.def lists the same; and the DLL needs only Windows' own DLLs. Reads the files.
#
#   exports_test.sh SHARED STATIC
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/../../client/lib"

shared=$1 static=$2 bad=0
functions() { sed -n '/^MSIWATCH_API/,/;/p' "$1" | grep -oE 'msiwatch_[a-z_]+\(' | tr -d '(' | sort; }

same() { # WHAT LIST
    diff <(functions msiwatch.h) - <<<"$2" >&2 && return
    echo "$1 is not what msiwatch.h declares (left)" >&2
    bad=1
}

if [[ $shared == *.dll ]]; then
    nm=x86_64-w64-mingw32-nm
    headers=$(x86_64-w64-mingw32-objdump -p "$shared")
    same "the DLL's export table" "$(sed -nE 's/^\t\[ *[0-9]+\] ([^ ]+)$/\1/p' <<<"$headers" | sort)"
    imports=$(sed -n 's/.*DLL Name: *//p' <<<"$headers")
    [[ -n $imports ]] || { echo "$shared: no import table was found" >&2 && bad=1; }
    while read -r dll; do
        # The C runtime is msvcrt.dll, part of Windows.
        grep -qiE '^(advapi32|kernel32|msvcrt|ntdll)\.dll$' <<<"$dll" ||
            { echo "$shared needs $dll" >&2 && bad=1; }
    done <<<"$imports"
else
    nm="nm"
    # What sanitizers add is theirs.
    same "the library's export table" \
        "$($nm -D --defined-only "$shared" | awk '$2 == "T" { print $3 }' |
            grep -vE '^(_init|_fini|_*(asan|ubsan|sanitizer|interceptor|lsan|tsan))' | sort)"
fi
same "the archive" "$($nm -g --defined-only "$static" | awk 'NF == 3 { print $3 }' | sort)"
same "msiwatch.def" "$(sed -nE 's/^ +(msiwatch_[a-z_]+)$/\1/p' msiwatch.def | sort)"
# What version 1 had is there for ever.
gone=$(comm -23 <(functions ../../tests/abi/v1/msiwatch.h) <(functions msiwatch.h))
[[ -z $gone ]] || { echo "msiwatch.h no longer has: $gone" >&2 && bad=1; }
exit "$bad"
