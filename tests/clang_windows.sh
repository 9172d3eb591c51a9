#!/usr/bin/env bash
# Checks the code for Windows with a second compiler: clang with Windows' target and nearly all of
# its warnings, on the product's files, as the preset mingw compiles them (it must be configured).
# Builds nothing. It also finds what MSVC rejects under /W4 /WX and no other compiler reports.
#
#   tests/clang_windows.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
commands=build/mingw/compile_commands.json

# What is left out, each because it says nothing here.
quiet=(
    padded declaration-after-statement c99-compat # other times, other compilers
    used-but-marked-unused reserved-identifier    # MinGW's own headers and names
    switch-enum covered-switch-default            # each other's opposite; gcc checks our switches
    extra-semi-stmt comma cast-qual               # macros and idioms that are meant as they are
    bad-function-cast                             # a number that a function gave is an enum's
    unused-command-line-argument                  # options that are gcc's
)

read_one() { # FILE
    local command words=()
    command=$(jq -r --arg f "$1" 'first(.[] | select(.file == $f)).command' "$commands")
    # Without gcc's name, its warnings, and what it writes.
    read -ra words <<<"$(sed -E 's/^[^ ]+ //; s/ -W[^ ]+//g; s/ -MD -MT [^ ]+ -MF [^ ]+//; s/ -o [^ ]+//;
        s/ -f(file-prefix-map)=[^ ]+//g; s/ -mcmodel=[^ ]+//; s/ -c / /' <<<"$command")"
    (cd build/mingw && clang --target=x86_64-w64-mingw32 -fsyntax-only -Werror -Weverything \
        "${quiet[@]/#/-Wno-}" "${words[@]}")
}

if [[ ${1:-} == --one ]]; then
    read_one "$2"
    exit
fi

# C4200: a structure that ends in an array without a length.
if git grep -nE '^ +[a-z][a-z_0-9 ]*[ *][a-z_0-9]+\[\];' -- 'service/*.[ch]' 'client/*.[ch]' \
    'common/*.[ch]' 'tests/*.[ch]' | grep -vE ':[0-9]+: +(static|extern) '; then
    echo "clang_windows: these are flexible array members, C4200 to MSVC" >&2
    exit 1
fi

jq -r --arg d "$PWD/" 'map(select(.file | startswith($d) and endswith(".c")) | .file | select(ltrimstr($d)
    | test("^(service|client|common)/"))) | unique[]' "$commands" |
    xargs -r -d '\n' -n 1 -P "$(nproc)" "${BASH_SOURCE[0]}" --one
