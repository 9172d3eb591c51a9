#!/usr/bin/env bash
# Makes a Wine prefix for one test: a copy of build/deps/wine-template with a Wine server of its
# own.
#
#   tests/wine/prefix.sh COMMAND ARGS...          run COMMAND in a new prefix
#   tests/wine/prefix.sh --join COMMAND ARGS...   in the prefix of an outer prefix.sh if there is
#                                                 one (a whole ctest run, say), else in a new one
#   . tests/wine/prefix.sh                        for scripts: defines prefix_start, prefix_stop,
#                                                 prefix_keep_server,
#                                                 prefix_template_make, prefix_template_stop,
#                                                 prefix_template_list, prefix_template_intact
#
# MSIWATCH_TEST_TEMPLATE names another template, for another Wine that is first in PATH (wine10.sh).
#
# The exit code is COMMAND's; 124 if it took longer than MSIWATCH_TEST_TIMEOUT seconds (120). In
# every case the prefix's processes are ended and its folder is removed. Mutexes, pipes, services
# and the registry belong to a prefix, so tests in different prefixes do not affect each other.
#
# Copying 700 MB would take longer than most tests, so the template's big files, which are Wine's
# own modules under drive_c/windows, are hard links. Wine only reads and maps those. What Wine and
# programs do write in place is small or elsewhere (the registry, win.ini, the users' folders,
# ProgramData, Program Files), and all of that is copied. Only an installation that overwrites one
# of Wine's own modules would write through a link, because Wine's msiexec truncates and writes.
# Tests do not do that. If one did, prefix_stop would find that the template differs from setup.sh's
# list of it, name the file and fail, and the next setup.sh would make a new template.

_prefix_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
_prefix_template=${MSIWATCH_TEST_TEMPLATE:-$_prefix_root/build/deps/wine-template}
_prefix_folder=

# Makes the prefix and its server, and exports what a child needs to use them. The caller has
# prefix_stop run on every way out (trap prefix_stop EXIT).
prefix_start() {
    local template where
    template=$(readlink -f "$_prefix_template") || true
    if [[ ! -f $template/system.reg ]]; then
        echo "prefix.sh: no $_prefix_template: run tests/setup.sh first" >&2
        return 1
    fi
    # Hard links need one file system.
    where=${TMPDIR:-/tmp}
    [[ $(stat -c %d "$where") == "$(stat -c %d "$template")" ]] || where=$(dirname "$template")
    _prefix_folder=$(mktemp -d "$where/msiwatch-prefix.XXXXXXXX") || return 1
    cp -al "$template" "$_prefix_folder/prefix" || return 1
    (cd "$template" &&
        find . -type f \( -size -128k -o -name '*.reg' -o ! -path './drive_c/windows/*' \) -print0 |
        xargs -0 cp -a --parents --remove-destination -t "$_prefix_folder/prefix") || return 1
    # Debian's Wine keeps here the name of its server's folder in /tmp: two prefixes that share
    # it would share that.
    rm -f "$_prefix_folder/prefix/wineserver" "$_prefix_folder/prefix/.contents"

    export WINEPREFIX=$_prefix_folder/prefix MSIWATCH_TEST_PREFIX=$_prefix_folder/prefix
    export WINEARCH=win64 WINEDEBUG=${WINEDEBUG:--all}
    # No Mono, no Gecko; and shortcuts must not reach the real user's menus.
    export WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
    unset DISPLAY WAYLAND_DISPLAY
    # The kernel puts the heap of Wine's loader at a random place in a gigabyte that also holds the
    # page where Windows' shared data must be (0x7ffe0000). Once in some thousands of starts they
    # meet, and the process ends before it has begun: CreateProcess gives error 1359, or, if it was
    # services.exe, all of the prefix 1722. So: no randomisation, where that is allowed.
    if setarch -R true 2>/dev/null; then
        mkdir "$_prefix_folder/bin" || return 1
        printf '#!/bin/sh\nexec setarch -R %q "$@"\n' "$(command -v wine)" \
            >"$_prefix_folder/bin/wine" || return 1
        chmod +x "$_prefix_folder/bin/wine" || return 1
        export PATH=$_prefix_folder/bin:$PATH
    fi
    # The server stays between calls: a cold call costs 1 to 3 s, a warm one 0.05 s. Not for ever,
    # so that a prefix.sh that was killed leaves no server behind for long.
    prefix_keep_server
}

# Starts the server so that it stays between calls. Whoever ends it calls this before the next
# `wine`: the server that `wine` starts by itself takes the end of the last program, be it the one
# that started a service, for a shutdown, stops all services, and boots again at the next call.
prefix_keep_server() { wineserver "-p${MSIWATCH_TEST_TIMEOUT:-120}"; }

# Ends every process of the prefix and removes it. Does nothing the second time. Fails when the
# template was written to.
prefix_stop() {
    local folder=$_prefix_folder changed='' server=''
    [[ -n $folder ]] || return 0
    _prefix_folder=
    if [[ -d $folder/prefix ]]; then
        # -k fails when no server runs, which is as good.
        WINEPREFIX=$folder/prefix timeout 10 wineserver -k || true
        WINEPREFIX=$folder/prefix timeout 10 wineserver -w ||
            WINEPREFIX=$folder/prefix timeout 10 wineserver -k9 || true
        [[ ! -f $folder/prefix/wineserver ]] || server=$(<"$folder/prefix/wineserver")
        [[ $server != wine-* || $server == */* ]] || rm -rf "/tmp/$server"
    fi
    rm -rf "$folder"
    if ! changed=$(prefix_template_intact "$_prefix_template"); then
        printf 'prefix.sh: a test wrote into the Wine template; run setup.sh for a new one:\n%s\n' \
            "$changed" >&2
        return 1
    fi
}

# Makes a template in FOLDER, with the `wine` that PATH finds. The caller has prefix_template_stop
# run on every way out.
prefix_template_make() ( # FOLDER HOME
    set -e
    # A home of its own: Wine links the user's folders into the prefix, and tests must not reach
    # them. winemenubuilder would write shortcuts into the real home; no Mono, no Gecko.
    mkdir "$2"
    export HOME=$2 WINEPREFIX=$1 WINEARCH=win64 WINEDEBUG=-all
    export WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
    unset DISPLAY WAYLAND_DISPLAY
    wineboot -i
    winecfg /v win10
    # A crash ends the process and prints, instead of asking somebody.
    wine reg add 'HKCU\Software\Wine\WineDbg' /v ShowCrashDialog /t REG_DWORD /d 0 /f
    wineserver -w # until it has written the registry
    prefix_template_stop "$1"
    [[ -f $1/system.reg && -f $1/drive_c/windows/system32/kernel32.dll ]]
    find "$1/drive_c/users" -type l | while read -r link; do
        rm "$link"
        mkdir "$link"
    done
    prefix_template_list "$1" >"$1.contents"
    mv "$1.contents" "$1/.contents"
)

# Ends what runs in a template that is being made: Wine's processes leave the job that started them.
prefix_template_stop() { # FOLDER
    if [[ -f $1/wineserver ]]; then # names the server's folder in /tmp (a Debian patch)
        WINEPREFIX=$1 timeout 10 wineserver -k || true # fails when none runs, which is fine
        WINEPREFIX=$1 timeout 60 wineserver -w || true
        rm -rf "/tmp/$(<"$1/wineserver")" "$1/wineserver"
    fi
}

# What is in a template: kind, size, time of change and name of everything but the list itself.
prefix_template_list() { # TEMPLATE
    (cd "$1" && find . -mindepth 1 ! -name .contents -printf '%y %s %T@ %p\n' | LC_ALL=C sort)
}

# Succeeds when a template still is what setup.sh listed; prints the differences when not. One
# made by hand, without a list, is believed.
prefix_template_intact() { # TEMPLATE
    [[ -f $1/.contents ]] || return 0
    prefix_template_list "$1" | diff "$1/.contents" -
}

# What bash was started with is a command only when this file was not sourced.
[[ ${BASH_SOURCE[0]} == "$0" ]] || return 0

set -euo pipefail

limit=${MSIWATCH_TEST_TIMEOUT:-120}
# timeout(1) gives COMMAND a process group of its own, and so ends its children too; but then it
# could not use the terminal.
run=(timeout --kill-after=10)
[[ ! -t 0 ]] || run+=(--foreground)
run+=("$limit")

join=false
if [[ ${1:-} == --join ]]; then
    join=true
    shift
fi
if (($# == 0)); then
    echo "usage: tests/wine/prefix.sh [--join] COMMAND ARGS..." >&2
    exit 2
fi
if $join && [[ -d ${MSIWATCH_TEST_PREFIX:-} ]]; then
    exec "${run[@]}" "$@"
fi

child=
# shellcheck disable=SC2317 # the trap calls it
finish() {
    local status=$?
    trap '' INT TERM
    trap - EXIT
    if [[ -n $child ]]; then
        kill "$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    prefix_stop || ((status != 0)) || status=70
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

prefix_start
# In the background and waited for, because bash runs a trap only between commands. A background
# job would get no input and ignore SIGINT, which is how tests send Ctrl-C.
env --default-signal=INT,QUIT "${run[@]}" "$@" <&0 &
child=$!
status=0
wait "$child" || status=$?
child=
((status != 124)) || echo "prefix.sh: not done after $limit s: $*" >&2
exit "$status"
