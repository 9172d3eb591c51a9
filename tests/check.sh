#!/usr/bin/env bash
# Checks the code without running it: clang-format, includes.py, cppcheck, shellcheck; and for the
# product clang-tidy and clang with Windows' target (clang_windows.sh). Any finding fails. A
# suppression is in the code (NOLINT, cppcheck-suppress) or in .clang-tidy, with its reason. A file
# is read as mingw compiles it, or, if mingw does not compile it, as the native build does.
#
#   tests/check.sh          everything; what passed before and has not changed is not read again
#   tests/check.sh --fix    only lets clang-format rewrite the files
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/.."

passed=build/check # lists, and cppcheck's own notes
# Holds an empty file named after each clean result of clang-tidy; for all checkouts, as setup.sh's.
clean=${XDG_CACHE_HOME:-$HOME/.cache}/msiwatch/read
jobs=$(nproc)

# Tracked files, and new ones that are not ignored; ls-files also lists files deleted since.
sources() {
    local f
    git ls-files -co --exclude-standard -- "$@" | while read -r f; do
        [[ ! -f $f ]] || printf '%s\n' "$f"
    done
}

# ---- one file, started by xargs below ----------------------------------------------------------

# Names everything a file's result depends on: it and our headers it includes, how it is compiled,
# and the checker with its settings; but not where this checkout is.
fingerprint() { # PRESET FILE
    local command root=$PWD
    command=$(jq -r --arg f "$PWD/$2" 'first(.[] | select(.file == $f)).command' \
        "build/$1/compile_commands.json")
    {
        echo "$command"
        clang-tidy --version
        readlink build/deps/mingw build/deps/native || true # the libraries' headers
        cat .clang-tidy "${BASH_SOURCE[0]}"
        # -MM: names of the source and of all headers but the system's
        (cd "build/$1" && eval "$(sed -E 's/ -o [^ ]+//; s/ -c / -MM -MT x /' <<<"$command")" |
            sed -E 's/^x://; s/\\$//' | xargs sha256sum)
    } | sed "s|$root/||g" | sha256sum | cut -c 1-32
}

tidy_one() { # PRESET FILE
    local stamp output
    stamp=$clean/$(fingerprint "$1" "$2")
    [[ ! -e $stamp ]] || return 0
    # The build is gcc's: clang need not know all its options.
    if output=$(clang-tidy --quiet -p "build/$1" --extra-arg=-Wno-unknown-warning-option \
        --extra-arg=-Wno-ignored-optimization-argument --extra-arg=-Wno-unused-command-line-argument \
        "$2" 2>&1); then
        touch "$stamp"
    else
        printf '%s\n' "$output" | grep -Ev '^[0-9]+ warnings? |^Suppressed |^Use -header-filter'
        return 1
    fi
}

if [[ ${1:-} == --tidy-one ]]; then
    tidy_one "$2" "$3"
    exit
fi

# ---- everything --------------------------------------------------------------------------------

case ${1:-} in
    '') ;;
    --fix)
        sources '*.c' '*.h' | xargs -r clang-format -i
        exit
        ;;
    *)
        echo "usage: tests/check.sh [--fix]" >&2
        exit 2
        ;;
esac

failed=()
step() { # NAME COMMAND...
    local name=$1 start=$SECONDS
    shift
    if "$@"; then
        echo "check: $name: ok, $((SECONDS - start)) s"
    else
        echo "check: $name: FAILED, $((SECONDS - start)) s"
        failed+=("$name")
    fi
}

format() {
    local lines
    lines=$(sources '*.c' '*.h' | xargs -r clang-format --dry-run -Werror 2>&1 |
        sed -nE 's/^([^ ]+:[0-9]+):[0-9]+: error: .*/\1/p' | uniq)
    [[ -n $lines ]] || return 0
    printf '%s\n' "$lines"
    echo "check: tests/check.sh --fix rewrites them"
    return 1
}

# Every include goes down (ARCHITECTURE.md); no file of the product is longer than 450 lines.
includes() { tests/includes.py; }

lengths() {
    local long
    long=$(sources 'service/*.[ch]' 'client/*.[ch]' 'common/*.[ch]' | xargs wc -l |
        awk '$2 != "total" && $1 > 450 { print $2 ": " $1 " lines, more than 450" }')
    [[ -z $long ]] || { echo "$long" && return 1; }
}

shell_scripts() { sources '*.sh' | xargs -r shellcheck -x -S warning; }

# The builds tell how each file is compiled, and make the headers that are generated.
builds() {
    local preset log=$passed/build.log
    for preset in mingw native; do
        { cmake --preset "$preset" && cmake --build --preset "$preset"; } >"$log" 2>&1 ||
            { tail -n 40 "$log" && return 1; }
    done
}

# Splits the sources among the two builds: cppcheck's projects, and "PRESET FILE" lines for tidy.
plan() {
    jq --arg d "$PWD/" '[.[] | select(.file | startswith($d) and endswith(".c"))]
        | unique_by(.file)' build/mingw/compile_commands.json >"$passed/mingw.json"
    jq --arg d "$PWD/" --slurpfile m "$passed/mingw.json" '($m[0] | map(.file)) as $seen
        | [.[] | select(.file | startswith($d) and endswith(".c"))
               | select(.file as $f | $seen | index($f) | not)]
        | unique_by(.file)' build/native/compile_commands.json >"$passed/native.json"
    local preset
    for preset in mingw native; do
        jq -r --arg d "$PWD/" --arg p "$preset" '.[] | $p + " " + (.file | ltrimstr($d))' \
            "$passed/$preset.json"
    done >"$passed/files"
    # Nothing reads a source that no build compiles; better said than not noticed.
    sources '*.c' | sort | comm -23 - <(cut -d ' ' -f 2 "$passed/files" | sort) |
        sed 's/^/check: note: in neither build: /'
}

# The product. The tests are left to the compilers and the sanitizers that they run under: reading
# them takes longer than everything else here together.
tidy() {
    grep -E ' (common|service|client)/' "$passed/files" |
        xargs -r -n 2 -P "$jobs" "${BASH_SOURCE[0]}" --tidy-one
}

cppcheck_all() {
    local preset platform status=0
    for preset in mingw native; do
        [[ $(jq length "$passed/$preset.json") != 0 ]] || continue
        platform=unix64
        [[ $preset == native ]] || platform=win64
        mkdir -p "$passed/cppcheck-$preset"
        # The build folder holds cppcheck's results by file, so that it reads only what changed.
        # Not "style": clang-tidy's checks are better there. Nor "ctu…": across files it does not see
        # that a callee checks, or fills in, what it is given.
        cppcheck --quiet --project="$passed/$preset.json" --platform="$platform" -j "$jobs" \
            --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
            --cppcheck-build-dir="$passed/cppcheck-$preset" \
            --suppress='*:*/build/deps/*' --suppress=ctunullpointer --suppress=ctuuninitvar \
            --template='{file}:{line}: {severity}: {message} [{id}]' || status=1
    done
    return "$status"
}

mkdir -p "$passed" "$clean"
step "format" format
step "includes" includes
step "lengths" lengths
step "shell scripts" shell_scripts
step "builds" builds
if [[ " ${failed[*]} " != *" builds "* ]]; then
    plan
    step "clang for Windows" tests/clang_windows.sh
    step "clang-tidy" tidy
    step "cppcheck" cppcheck_all
fi
find "$clean" -type f -mtime +30 -delete
((${#failed[@]} == 0)) || {
    echo "check: failed: ${failed[*]}"
    exit 1
}
