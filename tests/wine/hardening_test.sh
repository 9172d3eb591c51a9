#!/usr/bin/env bash
# The Windows binaries are hardened: ASLR with high entropy, DEP, the stack protector, and only
# Windows' own libraries. What is linked into them is checked, too, because a program has the stack
# protector's symbols as soon as one object needs them. Reads the files; runs nothing.
#
#   hardening_test.sh PROGRAM|LIBRARY.a...
set -euo pipefail

objdump=x86_64-w64-mingw32-objdump
nm=x86_64-w64-mingw32-nm
# Windows' own, that our programs have a use for. Anything else would be found somewhere else.
system='advapi32|bcrypt|crypt32|dbghelp|iphlpapi|kernel32|msvcrt|ntdll|ole32|psapi|shell32|user32|userenv|ws2_32'
bad=0

complain() {
    echo "$1: $2"
    bad=1
}

for program in "$@"; do
    if [[ $program == *.a ]]; then
        undefined=$("$nm" --undefined-only "$program")
        grep -q '__stack_chk_fail' <<<"$undefined" || complain "$program" "no stack protector"
        continue
    fi
    headers=$("$objdump" -p "$program")
    for flag in HIGH_ENTROPY_VA DYNAMIC_BASE NX_COMPAT; do
        grep -q "$flag" <<<"$headers" || complain "$program" "no $flag"
    done
    grep -qE 'Entry 5 [0-9a-f]+ 0*[1-9a-f]' <<<"$headers" || complain "$program" "no relocations"
    symbols=$("$nm" "$program")
    grep -q '__stack_chk_fail' <<<"$symbols" || complain "$program" "no stack protector"
    ! grep -q CryptAcquireContext <<<"$headers" || complain "$program" "has libssp, slow to begin"
    while read -r dll; do
        grep -qiE "^($system)\.dll$" <<<"$dll" || complain "$program" "needs $dll"
    done < <(sed -n 's/.*DLL Name: *//p' <<<"$headers")
    # ntdll also has parts of a C library, which must not take the place of the program's own.
    while read -r name; do
        [[ $name == Nt* || $name == Rtl* ]] || complain "$program" "takes $name from ntdll"
    done < <(awk '/DLL Name:/ { ours = /ntdll/ } /^$/ { ours = 0 } ours && $2 ~ /^[0-9]+$/ { print $3 }' <<<"$headers")
done
[[ $bad == 0 ]] && echo "hardened: $*"
exit "$bad"
