#!/usr/bin/env bash
# Tests the SDK of the zip in the folder to which it is unpacked: programs in C and C++, with
# find_package and with pkg-config, with the DLL and statically, and with MSVC's ABI through
# lld-link. All of them run with the service under Wine. Everything that the SDK's README says was
# tried is tried here.
#
#   tests/wine/prefix.sh tests/consumer/sdk_test.sh ZIP CMAKE BIN
set -euo pipefail
zip=$1 cmake=$2 bin=$3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
programs=() pids=() hold_pid=''

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    local status=$? pid
    for pid in "${pids[@]}" $hold_pid; do
        kill -KILL "$pid" 2>/dev/null || true
        { wait "$pid"; } 2>/dev/null || true
    done
    rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT

fail() {
    echo "sdk_test: FAILED: $*"
    tail -n 20 "$scratch"/*.txt 2>/dev/null
    exit 1
}

passed() { echo "sdk_test: $*"; }

# shellcheck source=tests/await.sh
. "$root/tests/await.sh"

unzip -q "$zip" -d "$scratch/zip"
mv "$scratch"/zip/* "$scratch/a folder" # not one without a space, as Program Files is none
sdk=$scratch/a\ folder/sdk
if grep -rIl -e "$root" "$sdk"; then
    fail "it names folders of the machine that built it"
fi

# ---- MinGW, by find_package ---------------------------------------------------------------------

build() { # NAME SOURCES OPTION...
    local name=$1 sources=$2
    shift 2
    "$cmake" -G Ninja -S "$sources" -B "$scratch/$name" -DCMAKE_SYSTEM_NAME=Windows \
        -DCMAKE_SYSTEM_PROCESSOR=AMD64 "$@" >"$scratch/log.txt" 2>&1 || fail "$name: configuring"
    "$cmake" --build "$scratch/$name" >"$scratch/log.txt" 2>&1 || fail "$name: building"
    rm "$scratch/log.txt"
    programs+=("$scratch/$name"/*.exe)
}

mingw=(-DCMAKE_C_COMPILER=x86_64-w64-mingw32-gcc -DCMAKE_CXX_COMPILER=x86_64-w64-mingw32-g++
    -DCMAKE_FIND_ROOT_PATH=/usr/x86_64-w64-mingw32
    # Of the compiler's own libraries, too, nothing is left to look for.
    -DCMAKE_EXE_LINKER_FLAGS=-static)
build examples "$sdk/examples" "${mingw[@]}"
((${#programs[@]} == 4)) || fail "the examples are ${programs[*]##*/}"

# ---- MinGW, by pkg-config -----------------------------------------------------------------------

export PKG_CONFIG_LIBDIR=$sdk/lib/pkgconfig
mkdir "$scratch/pkg_config"
cp "$sdk/bin/msiwatch.dll" "$scratch/pkg_config"
for kind in dll static; do
    options=()
    [[ $kind == dll ]] || options=(--static)
    flags=$(pkg-config "${options[@]}" --cflags --libs msiwatch)
    for language in c cpp; do
        compiler=x86_64-w64-mingw32-gcc
        [[ $language == c ]] || compiler="x86_64-w64-mingw32-g++ -std=c++17 -static-libstdc++ -static-libgcc"
        [[ $kind == dll ]] || compiler+=" -static"
        # pkg-config quotes the space of the folder's name.
        eval "$compiler '$sdk/examples/msiwatch_example.$language' \
            -o '$scratch/pkg_config/${language}_$kind.exe' $flags" || fail "pkg-config: $language, $kind"
        programs+=("$scratch/pkg_config/${language}_$kind.exe")
    done
done

# What is linked to the DLL asks for it, and what is not does not.
for program in "${programs[@]}"; do
    needs=$(x86_64-w64-mingw32-objdump -p "$program" | grep -c 'DLL Name: *msiwatch.dll') || true
    case $program in
        *static.exe) ((needs == 0)) || fail "$program needs msiwatch.dll" ;;
        *) ((needs == 1)) || fail "$program does not use msiwatch.dll" ;;
    esac
done

# ---- the ABI of MSVC ----------------------------------------------------------------------------

linker=$(command -v lld-link || command -v lld-link-14) || fail "there is no lld-link (Debian: lld-14)"
freestanding='-ffreestanding -fno-exceptions -fno-rtti -fno-stack-protector'
build msvc "$root/tests/consumer/msvc" -Dmsiwatch_DIR="$sdk/lib/cmake/msiwatch" \
    -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_LINKER="$linker" \
    -DCMAKE_C_COMPILER_TARGET=x86_64-pc-windows-msvc -DCMAKE_CXX_COMPILER_TARGET=x86_64-pc-windows-msvc \
    -DCMAKE_C_COMPILER_WORKS=1 -DCMAKE_CXX_COMPILER_WORKS=1 -DCMAKE_RC_COMPILER=x86_64-w64-mingw32-windres \
    -DCMAKE_C_FLAGS="${freestanding/-fno-rtti/}" -DCMAKE_CXX_FLAGS="$freestanding" \
    -DCMAKE_C_STANDARD_LIBRARIES= -DCMAKE_CXX_STANDARD_LIBRARIES= -DCMAKE_MSVC_RUNTIME_LIBRARY= \
    -DCMAKE_EXE_LINKER_FLAGS="-nostdlib -Xlinker /entry:mainCRTStartup" \
    -DKERNEL32=/usr/x86_64-w64-mingw32/lib/libkernel32.a
cp "$sdk/bin/msiwatch.dll" "$scratch/msvc"
((${#programs[@]} == 10)) || fail "there are ${#programs[@]} programs instead of 10"
passed "built: $(for program in "${programs[@]}"; do basename "$program" .exe; done | tr '\n' ' ')"

# ---- the architecture that it is not for --------------------------------------------------------

# To MSVC's arm64 compiler the package says that it does not fit; ours stands for it.
mkdir "$scratch/arm64"
cat >"$scratch/arm64/CMakeLists.txt" <<'LISTS'
cmake_minimum_required(VERSION 3.15)
project(arm64 NONE)
set(CMAKE_C_COMPILER_ARCHITECTURE_ID ARM64)
set(CMAKE_SIZEOF_VOID_P 8)
find_package(msiwatch 0.1)
message(STATUS "found: ${msiwatch_FOUND}")
LISTS
"$cmake" -S "$scratch/arm64" -B "$scratch/arm64/build" -Dmsiwatch_DIR="$sdk/lib/cmake/msiwatch" >"$scratch/log.txt" 2>&1
grep -q 'found: 0' "$scratch/log.txt" || fail "a compiler for ARM64 is given x64's libraries"
grep -q "for ARM64 see" "$scratch/log.txt" || fail "it does not say why"
# The library's sources are read by a compiler for it. Nothing is linked.
for source in "$root"/client/lib/*.c "$root"/common/*.c; do
    [[ $source != *posix* ]] || continue
    clang --target=aarch64-w64-mingw32 -fsyntax-only -std=c11 -DUNICODE -D_UNICODE -DWIN32_LEAN_AND_MEAN -DNOMINMAX \
        -D_WIN32_WINNT=0x0A00 -D__USE_MINGW_ANSI_STDIO=1 -isystem /usr/share/mingw-w64/include \
        -isystem "$root/build/deps/mingw/include" -I"$bin/../generated" -I"$root" -I"$root/client" \
        -I"$root/client/lib" "$source" >"$scratch/log.txt" 2>&1 || fail "$source for ARM64"
done
passed "for ARM64 it says that it does not fit; the sources compile"

# ---- all of them at once, against the service of the zip ----------------------------------------

daemon() { wine "$scratch/a folder/msiwatchd.exe" "$@" >>"$scratch/service.txt" 2>&1; }
daemon install --unsafe-image || fail "installing the service"
daemon start || fail "starting the service"
for program in "${programs[@]}"; do
    said=$scratch/said_${#pids[@]}.txt
    wine "$program" >"$said" 2>&1 &
    pids+=($!)
done
say_idle() { [[ $(cat "$scratch"/said_*.txt | tr -d '\r' | grep -cx 'now idle') == "${#programs[@]}" ]]; }
await "each program says that it is idle" say_idle
# A subscription is there once all of the eight that follow have theirs.
follow() { wine "$scratch/a folder/msiwatch.exe" metrics --json 2>/dev/null | grep -q '"subscriptions":8[,}]'; }
await "eight programs follow" follow
wine "$bin/msirig.exe" hold 600000 >"$scratch/hold.txt" 2>&1 &
hold_pid=$!
say_busy() { [[ $(cat "$scratch"/said_*.txt | tr -d '\r' | grep -cx 'idle to busy') == 8 ]]; }
await "each of the eight says that it is busy" say_busy
passed "C and C++ run, with the DLL and statically, and with MSVC's ABI"
