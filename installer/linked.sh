#!/usr/bin/env bash
# Lists what is linked into the Windows programs. No other file has this list. The versions come from
# the headers with which the programs were compiled.
#
#   linked.sh list DEPS COMPILER      one line per library: NAME|VERSION|LICENCE|SOURCE|PURL|PROGRAMS|SHA256;
#                                     SHA256 is that of the sources, if tests/sources.sha256 lists them
#   linked.sh notices DEPS COMPILER   the texts of their licences
set -euo pipefail
shopt -s inherit_errexit

deps=$2 compiler=$3

die() {
    echo "linked.sh: $*" >&2
    exit 1
}

# Prints the value of a macro in a header.
macro() { # HEADER NAME
    local value
    value=$(sed -nE "s/^# *define +$2 +\"?([^\" ]+)\"? *\$/\\1/p" "$deps/include/$1")
    [[ -n $value ]] || die "no $2 in $1"
    echo "$value"
}

# Prints the value of a macro in the compiler's own headers.
compiler_macro() { # NAME
    "$compiler" -dM -E -include _mingw.h -x c /dev/null | sed -nE "s/^#define $1 (.*)\$/\\1/p"
}

# Prints the SHA-256 of a library's sources.
pinned() { # DEBIAN-NAME VERSION
    awk -v name="$1_$2" '/\.orig\.tar/ && index($2, name) == 1 { print $1; exit }' \
        "$(dirname "${BASH_SOURCE[0]}")/../tests/sources.sha256"
}

list() {
    local uv yyjson sqlite mingw gcc
    uv=$(macro uv/version.h UV_VERSION_MAJOR).$(macro uv/version.h UV_VERSION_MINOR).$(macro uv/version.h UV_VERSION_PATCH)
    yyjson=$(macro yyjson.h YYJSON_VERSION_STRING)
    sqlite=$(macro sqlite3.h SQLITE_VERSION)
    mingw=$(compiler_macro __MINGW64_VERSION_MAJOR).$(compiler_macro __MINGW64_VERSION_MINOR).$(compiler_macro __MINGW64_VERSION_BUGFIX)
    gcc=$("$compiler" -dumpfullversion)
    gcc=${gcc%%-*}
    echo "libuv|$uv|MIT|https://github.com/libuv/libuv|pkg:github/libuv/libuv@v$uv|msiwatchd.exe|$(pinned libuv1 "$uv")"
    echo "yyjson|$yyjson|MIT|https://github.com/ibireme/yyjson|pkg:github/ibireme/yyjson@$yyjson|msiwatchd.exe msiwatch.exe msiwatch.dll|$(pinned yyjson "$yyjson")"
    echo "SQLite|$sqlite|blessing|https://www.sqlite.org|pkg:generic/sqlite@$sqlite|msiwatchd.exe|$(pinned sqlite3 "$sqlite")"
    echo "mingw-w64 runtime|$mingw|ZPL-2.1 AND LicenseRef-public-domain|https://www.mingw-w64.org|pkg:generic/mingw-w64@$mingw|msiwatchd.exe msiwatch.exe msiwatch.dll msiwatchca.dll"
    echo "GCC runtime libraries|$gcc|GPL-3.0-or-later WITH GCC-exception-3.1|https://gcc.gnu.org|pkg:generic/gcc@$gcc|msiwatchd.exe msiwatch.exe msiwatch.dll msiwatchca.dll"
}

heading() { printf '\n================ %s\n\n' "$*"; }

# Prints the licence in a header: the lines from its beginning to the end of the comment.
licence_in() { # HEADER BEGINNING END
    awk -v from="$2" -v to="$3" 'index($0, to) && on { exit } index($0, from) { on = 1 }
        on { sub(/^(\*\*)? ?/, ""); print }' "$deps/include/$1" | grep . ||
        die "no licence in $1"
}

notices() {
    local copyright=/usr/share/doc/mingw-w64-x86-64-dev/copyright
    echo "Besides MsiWatch itself (LICENSE.txt), its programs contain the following."
    heading libuv
    cat "$deps/share/doc/libuv/LICENSE" "$deps/share/doc/libuv/LICENSE-extra"
    heading yyjson
    licence_in yyjson.h Copyright "*===="
    heading SQLite
    licence_in sqlite3.h "The author disclaims" "*******"
    heading "GCC runtime libraries"
    echo "Copyright Free Software Foundation, Inc. GNU General Public License, version 3 or later,
with the GCC Runtime Library Exception, version 3.1, by which programs that contain them may be
distributed under terms of choice: https://www.gnu.org/licenses/gcc-exception-3.1.html"
    heading "mingw-w64 runtime"
    [[ -r $copyright ]] || die "no $copyright: the runtime's licence must come with it"
    cat "$copyright"
}

case $1 in
    list) list ;;
    notices) notices ;;
    *) die "list or notices, not $1" ;;
esac
