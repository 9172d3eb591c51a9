#!/usr/bin/env bash
# Runs the tests under Wine once more with Debian 13's Wine 10, which is stricter than Debian 12's
# Wine 8: programs are not elevated, msiexec reads command lines as Windows' does, a killed service
# is reported as stopped. For use before a release; not in CI.
#
#   tests/wine10.sh                    all tests; says which results differ from the expected ones
#   tests/wine10.sh CTEST-ARGUMENT...  some tests: tests/wine10.sh -R kill -V
#   tests/wine10.sh --run COMMAND...   a command in a prefix of this Wine: --run wine cmd /c ver
#
# It tests build/mingw as Debian 12 built it, with its target installer. It builds only the next
# version, for upgrades, if the tests have not built it before. What it needs is made once, in some
# minutes and 2 GB, next to what setup.sh makes: Debian 13's packages, fetched by apt from this
# machine's mirror and unpacked; nothing is installed. Their programs run with their own libraries
# and loader, which patchelf, from the same packages, writes into them.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && cd .. && pwd)
# shellcheck source=/dev/null # or it takes its end for ours
. "$root/tests/wine/prefix.sh"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/msiwatch
packages=(wine wine64 patchelf)
work=

say() { printf 'wine10: %s\n' "$*"; }

die() {
    printf 'wine10: %s\n' "$*" >&2
    exit 1
}

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    local status=$?
    trap - EXIT
    if [[ -n $work ]]; then
        prefix_template_stop "$work/prefix"
        rm -rf "$work"
    fi
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- Debian 13's Wine in a folder ---------------------------------------------------------------

find_mirror() {
    # shellcheck disable=SC2016 # apt-get fills these in
    apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(CODENAME) $(CREATED_BY)' |
        awk '$2 == "Debian" && $3 == "bookworm" && $4 == "Packages" && !m { m = $1 } END { print m }'
}

# apt with a state of its own, for a machine on which nothing is installed: so it fetches all that
# the packages need, down to libc.
fetch_packages() { # FOLDER
    local mirror s=$1
    mirror=$(find_mirror)
    [[ -n $mirror ]] || { echo "apt knows no Debian mirror for bookworm" && return 1; }
    mkdir -p "$s/lists/partial" "$s/archives/partial"
    : >"$s/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" \
        >"$s/trixie.list"
    local apt=(apt-get -q -y
        -o Dir::Etc::SourceList="$s/trixie.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State="$s" -o Dir::State::Lists="$s/lists" -o Dir::State::Status="$s/status"
        -o Dir::Cache="$s" -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=1)
    "${apt[@]}" update
    "${apt[@]}" install --download-only --no-install-recommends "${packages[@]}"
}

# Of what was unpacked into TREE, what Wine needs, so that it runs as FOLDER when STAGE has been
# renamed to that.
make_wine() { # TREE STAGE FOLDER
    local tree=$1 stage=$2 folder=$3 program zlib libraries=usr/lib/x86_64-linux-gnu
    mkdir -p "$stage/bin" "$stage/$libraries" "$stage/usr/share"
    cp -a "$tree/usr/lib/wine" "$stage/usr/lib/"
    cp -a "$tree/$libraries"/*.so* "$stage/$libraries/"
    cp -a "$tree/$libraries/wine" "$stage/$libraries/"
    cp -a "$tree/usr/share/wine" "$stage/usr/share/"
    # zlib is another package's; Wine loads it as its own when the 32 bytes before the PE header say
    # so. Debian's package does this when it is installed.
    for zlib in x86_64:x86_64 i686:i386; do
        program=$stage/$libraries/wine/${zlib#*:}-windows/zlib1.dll
        cp "$tree/usr/${zlib%:*}-w64-mingw32/lib/zlib1.dll" "$program"
        printf 'Wine builtin DLL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' |
            dd of="$program" bs=1 seek=64 conv=notrunc status=none
    done
    cp -L "$tree/$libraries/ld-linux-x86-64.so.2" "$stage/ld.so"
    for program in wine64 wineserver64; do
        "$stage/ld.so" --library-path "$stage/$libraries" "$tree/usr/bin/patchelf" \
            --set-interpreter "$folder/ld.so" \
            --force-rpath --set-rpath "$folder/$libraries" "$stage/usr/lib/wine/$program"
    done
    # Debian's is a script that starts what is installed on this machine.
    mv "$stage/usr/lib/wine/wineserver64" "$stage/usr/lib/wine/wineserver"
    # Debian's -p0: without it, Wine would wait 3 s before each end of all that runs.
    printf '#!/bin/sh\nexec %q -p0 "$@"\n' "$folder/usr/lib/wine/wineserver" >"$stage/bin/wineserver"
    # shellcheck disable=SC2016 # the script's own
    printf '#!/bin/sh\nexport WINELOADER=%q WINESERVER=%q\nexec "$WINELOADER" "$@"\n' \
        "$folder/usr/lib/wine/wine64" "$folder/bin/wineserver" >"$stage/bin/wine"
    for program in wineboot winecfg winepath; do
        printf '#!/bin/sh\nexec wine %s.exe "$@"\n' "$program" >"$stage/bin/$program"
    done
    chmod +x "$stage/bin"/*
}

get_wine() { # FOLDER
    local package
    say "fetching Debian 13's Wine (190 MB)"
    fetch_packages "$work/apt" >"$work/fetch.log" 2>&1 &
    wait $! || fail_with_log "fetching Wine" "$work/fetch.log"
    mkdir "$work/tree"
    for package in "$work/apt/archives"/*.deb; do
        dpkg-deb -x "$package" "$work/tree"
    done
    make_wine "$work/tree" "$work/wine" "$1"
    mv -T "$work/wine" "$1"
}

get_template() { # FOLDER
    say "preparing a prefix for $version (a minute)"
    prefix_template_make "$work/prefix" "$work/home" >"$work/template.log" 2>&1 9>&- &
    wait $! || fail_with_log "wineboot" "$work/template.log"
    [[ ! -d $1 ]] || mv -T "$1" "$work/damaged"
    mv -T "$work/prefix" "$1"
}

fail_with_log() { # WHAT LOG
    printf 'wine10: %s failed; the last lines it printed:\n' "$1" >&2
    tail -n 40 "$2" | sed 's/^/  | /' >&2
    exit 1
}

# The folders in the cache are named after how they were made, as setup.sh's are; built aside and
# renamed into place, by one run at a time.
set_up() {
    local wine
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    flock 9
    work=$(mktemp -d "$cache/tmp.XXXXXXXX")
    wine=$cache/wine10-$({ declare -p packages && declare -f fetch_packages make_wine; } |
        sha256sum | cut -c 1-16)
    [[ -d $wine ]] || get_wine "$wine"
    export PATH=$wine/bin:$PATH
    version=$(wine --version) # "wine-10.0 (Debian 10.0~repack-6)"
    [[ $version == wine-10.* ]] || die "Debian 13's Wine says that it is $version"
    export MSIWATCH_TEST_TEMPLATE=$cache/template-${version%% *}-${wine##*-}
    if [[ ! -d $MSIWATCH_TEST_TEMPLATE ]] ||
        ! prefix_template_intact "$MSIWATCH_TEST_TEMPLATE" >/dev/null; then
        get_template "$MSIWATCH_TEST_TEMPLATE"
    fi
    rm -rf "$work"
    work=
    exec 9>&-
}

# ---- the tests ----------------------------------------------------------------------------------

# Two at a time: each has a Wine server and a dozen processes of Wine's own.
run_tests() { # CTEST-ARGUMENT...
    local log=$root/build/wine10.log status=0
    [[ -f $root/build/mingw/CTestTestfile.cmake ]] ||
        die "nothing in build/mingw: cmake --preset mingw && cmake --build --preset mingw"
    say "$version; the log is kept in build/wine10.log"
    if (($# == 0)); then
        set -- -E '^installer\.'
        # ctest -E leaves out the fixture as well that makes the next version, for upgrades.
        if (($(compgen -G "$root/build/mingw/elsewhere/build/mingw/msiwatch-*-x64.msi" | wc -l) < 2)); then
            say "building the next version, for upgrades (some minutes)"
            ctest --test-dir "$root/build/mingw" --output-on-failure -R '^installer\.two_builds_' ||
                die "no next version for the tests of upgrades"
        fi
    fi
    ctest --test-dir "$root/build/mingw" --parallel 2 --output-on-failure --timeout 300 "$@" |
        tee "$log" || status=$?
    if ((status != 0)); then
        say "what differs from Wine 8, where all pass:"
        sed -nE 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) \.*\**(Failed|Timeout|Not Run|Exception).*/  \1: \2/p' \
            "$log" | sort
    fi
    return "$status"
}

set_up
if [[ ${1:-} == --run ]]; then
    shift
    trap - EXIT
    exec "$root/tests/wine/prefix.sh" "$@"
fi
run_tests "$@"
