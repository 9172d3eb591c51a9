#!/usr/bin/env bash
# The installed client library is found by find_package and by pkg-config, and a project that uses
# it builds and runs: with the DLL and with the static library.
#
#   package_test.sh BUILD CMAKE COMPILER RUN-AGAINST...
#
# BUILD is the configured and built project. RUN-AGAINST... is a command that runs a given program
# with a service, and fails unless the program does what the example should.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
example=$here/../../client/examples/msiwatch_example.c
build=$1 cmake=$2 compiler=$3
shift 3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "package_test: FAILED: $*"
    exit 1
}

passed() { echo "package_test: $*"; }

# Not to where it was configured for: a package may be moved.
"$cmake" --install "$build" --component library --prefix "$scratch/first" >/dev/null
mv "$scratch/first" "$scratch/package"
if grep -rIl -e "$build" -e "$scratch/first" "$scratch/package"; then
    fail "the package names folders of this machine"
fi
passed "installed: $(cd "$scratch/package" && find . -type f | sort | tr '\n' ' ')"

options=(-G Ninja -DCMAKE_C_COMPILER="$compiler" -DEXAMPLE="$example" -DCMAKE_BUILD_TYPE=Debug
    -Dmsiwatch_DIR="$(dirname "$(find "$scratch/package" -name msiwatchConfig.cmake)")")
[[ $compiler != *mingw* ]] ||
    options+=(-DCMAKE_SYSTEM_NAME=Windows -DCMAKE_FIND_ROOT_PATH=/usr/x86_64-w64-mingw32)
"$cmake" -S "$here" -B "$scratch/cmake" "${options[@]}" >"$scratch/log" 2>&1 ||
    { cat "$scratch/log" && fail "find_package"; }
"$cmake" --build "$scratch/cmake" >"$scratch/log" 2>&1 || { cat "$scratch/log" && fail "the build"; }
passed "built with find_package"

PKG_CONFIG_LIBDIR=$(dirname "$(find "$scratch/package" -name msiwatch.pc)")
export PKG_CONFIG_LIBDIR
suffix=''
[[ $compiler != *mingw* ]] || suffix=.exe
[[ $(pkg-config --modversion msiwatch) =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "pkg-config's version"
# shellcheck disable=SC2046 # words
"$compiler" ${CFLAGS:-} "$example" -o "$scratch/cmake/with_pkg_config$suffix" \
    $(pkg-config --cflags --libs msiwatch)
passed "built with pkg-config"

# The DLL is found beside the program; on Unix the linker's path is asked.
find "$scratch/package" -name 'msiwatch.dll' -exec cp {} "$scratch/cmake" ';'
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(dirname "$(find "$scratch/package" -name 'libmsiwatch.*' | head -n 1)")
# What is linked statically needs no library of ours.
rm -rf "$scratch/alone" && mkdir "$scratch/alone"
cp "$scratch/cmake/with_static$suffix" "$scratch/alone"
for program in "$scratch/cmake/with_msiwatch$suffix" "$scratch/cmake/with_pkg_config$suffix" \
    "$scratch/alone/with_static$suffix"; do
    "$@" "$program" || fail "$(basename "$program")"
done
passed "runs with the DLL, and with the static library"
