#!/usr/bin/env bash
# Shows the main job, in a Wine prefix that is made for it and removed at the end: the service runs
# under the service control manager, a real msiexec installs a package, MsiWatch says who asked for
# it, and two installers take turns.
#
#   tests/demo.sh       first sets up and builds what is missing (minutes on a bare Debian 12)
#
# It checks what it shows. The last line is "demo: ok", or "demo: failed: " and the reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

limit=570 # seconds, everything included
hold_ms=4000
bin=build/mingw/bin

# The time limit ends the whole process group, and so what the demo waits for.
if [[ -z ${MSIWATCH_DEMO_PARENT:-} ]]; then
    MSIWATCH_DEMO_PARENT=$$ exec timeout --kill-after=20 "$limit" "${BASH_SOURCE[0]}" "$@"
fi

# ---- saying -------------------------------------------------------------------------------------

what="it ended early" # what fails if the script ends here
scratch=

finish() {
    local status=$?
    trap - EXIT INT TERM
    prefix_stop || what="the Wine prefix was not removed" status=1
    [[ -z $scratch ]] || rm -rf "$scratch"
    if [[ $what == ok ]] && ((status == 0)); then
        echo "demo: ok"
        exit 0
    fi
    echo "demo: failed: $what"
    exit 1
}

failed() {
    what=$*
    exit 1
}

heading() { printf '\n== %s\n' "$*"; }

# Prints a command as one would type it.
typed() { printf '\n   > %s\n' "$*"; }

indent() { sed -u 's/\r$//; s/^/     /'; }

# ---- running ------------------------------------------------------------------------------------

# Runs one of our programs in the prefix; its whole exit code goes to $code. A Unix shell sees only
# the lowest 8 bits of it, so a cmd prints it.
code=
show() { # PROGRAM ARGUMENTS...
    local program=$1 command
    shift
    typed "$program $*"
    command="$(winepath -w "$bin/$program.exe") $*"
    wine cmd /v:on /c "$command & echo exit code !errorlevel!" >"$scratch/shown" 2>&1 </dev/null ||
        true # cmd ends with the program's code, of which only eight bits arrive here
    code=$(sed -n 's/\r$//; s/.*exit code \([0-9]*\)$/\1/p' "$scratch/shown" | tail -n 1)
    indent <"$scratch/shown"
}

# Starts one in the background; its output goes to $scratch/NAME. A background job of a script
# would ignore Ctrl-C, and so would Wine.
declare -A pid=() shown=()
begin() { # NAME COMMAND...
    local name=$1
    shift
    env --default-signal=INT wine "$@" >"$scratch/$name" 2>&1 </dev/null &
    pid[$name]=$!
    shown[$name]=0
}

# Shows what those in the background have printed since the last time.
catch_up() {
    local name lines
    for name in "${!pid[@]}"; do
        lines=$(wc -l <"$scratch/$name")
        ((lines == shown[$name])) ||
            sed -n "$((shown[$name] + 1)),${lines}{s/\r\$//;s/^/     [$name] /p}" "$scratch/$name"
        shown[$name]=$lines
    done
}

# Waits for its end, for at most 30 s; its exit code, of which 8 bits arrive here, must be 0.
ends_well() { # NAME
    local status=0
    await "$1 ends" ended "$1"
    wait "${pid[$1]}" || status=$?
    ((status == 0)) || failed "$1: exit code $status"
}

# Waits until COMMAND succeeds, for at most 30 s.
await() { # WHAT COMMAND...
    local name=$1 end=$((SECONDS + 30))
    shift
    until catch_up && "$@"; do
        ((SECONDS < end)) || failed "$name: not within 30 s"
        sleep 0.05
    done
    catch_up
}

says() { grep -qiE "$2" "$scratch/$1"; } # NAME PATTERN
ended() { ! kill -0 "${pid[$1]}" 2>/dev/null; } # NAME

quietly() { # WHAT COMMAND...
    local name=$1
    shift
    if ! "$@" >"$scratch/log" 2>&1; then
        tail -n 40 "$scratch/log"
        failed "$name"
    fi
}

# ---- the demo -----------------------------------------------------------------------------------

prefix_stop() { :; } # until prefix.sh brings the real one
trap finish EXIT
trap 'what="interrupted"; exit 1' INT
trap 'what="not done after $limit s"; exit 1' TERM
scratch=$(mktemp -d)

heading "Set up and build"
printf '\n   $ tests/setup.sh && cmake --preset mingw && cmake --build --preset mingw\n'
what="tests/setup.sh"
tests/setup.sh | indent
quietly "configuring" cmake --preset mingw
quietly "building" cmake --build --preset mingw
[[ -f $bin/sample.msi ]] || failed "no $bin/sample.msi: wixl is missing"

# shellcheck source=tests/wine/prefix.sh
. tests/wine/prefix.sh
what="making a Wine prefix"
prefix_start
quietly "starting Wine" wine cmd /c exit 0

heading "Install the service and start it, through the service control manager"
show msiwatchd install --unsafe-image # under Wine, every file is the user's own
[[ $code == 0 ]] || failed "msiwatchd install: exit code $code"
show msiwatchd start
[[ $code == 0 ]] || failed "msiwatchd start: exit code $code"

heading "Nothing is being installed"
show msiwatch status
[[ $code == 0 ]] && says shown idle || failed "status does not say idle"

heading "Install a package, while one client watches and another waits for the end"
typed "start msiwatch watch"
begin watch "$bin/msiwatch.exe" watch
await "msiwatch watch says idle" says watch idle
typed "start msiexec /i sample.msi HOLD_MS=$hold_ms /qn"
begin msiexec msiexec /i "$(winepath -w "$bin/sample.msi")" "HOLD_MS=$hold_ms" /qn
await "msiwatch watch says busy" says watch '  busy +mutex'
typed "start msiwatch wait --for idle --timeout 60s"
begin wait "$bin/msiwatch.exe" wait --for idle --timeout 60s
show msiwatch status
[[ $code == 1618 ]] && says shown busy || failed "status does not say busy while msiexec runs"
ended wait && failed "msiwatch wait did not wait"
ends_well wait
ends_well msiexec
[[ -f "$WINEPREFIX/drive_c/Program Files/MsiWatch Sample/msirig.exe" ]] ||
    failed "msiexec installed nothing"
await "msiwatch watch says idle again" says watch '  idle +after .* busy'
typed "(Ctrl-C ends msiwatch watch)"
kill -INT "${pid[watch]}"
ends_well watch

heading "Two installers at once take turns, instead of one failing with 1618"
package=$(winepath -w "$bin/sample.msi")
typed "start msiwatch run --label removal -- msiexec /x sample.msi HOLD_MS=$hold_ms /qn"
begin removal "$bin/msiwatch.exe" run --label removal -- msiexec /x "$package" "HOLD_MS=$hold_ms" /qn
await "it is its turn" says removal '^held'
typed "start msiwatch run -- sample.msi HOLD_MS=$hold_ms /qn"
begin package "$bin/msiwatch.exe" run -- "$package" "HOLD_MS=$hold_ms" /qn
await "the second one says for whom it waits" says package 'Waiting for Windows Installer for .*, behind removal'
show msiwatch turn list
says shown 'current .*removal' && says shown 'waiting .*sample.msi' || failed "turn list shows no queue"
ends_well removal
await "the second one installs" says package '^held'
ends_well package
[[ -f "$WINEPREFIX/drive_c/Program Files/MsiWatch Sample/msirig.exe" ]] ||
    failed "the second one installed nothing"

heading "What happened, afterwards"
show msiwatch history
[[ $code == 0 ]] && says shown busy || failed "history does not show it"

heading "Stop and uninstall"
show msiwatchd stop
[[ $code == 0 ]] || failed "msiwatchd stop: exit code $code"
show msiwatch status
[[ $code == 1062 ]] || failed "status without the service: exit code $code"
show msiwatchd uninstall
[[ $code == 0 ]] || failed "msiwatchd uninstall: exit code $code"

echo
what=ok
