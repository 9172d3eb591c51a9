#!/usr/bin/env bash
# screens_test.sh: the screen of msiwatch top answers what people ask about a machine: what runs and
# who started it, whether it hangs, whose turn it is and who waits, whether a restart is pending and
# because of what, how last night's update ended. Idle and busy, in four sizes, without colours, and
# while the service is away.
#
#   screens_test.sh BIN PICTURES
#
# PICTURES is the folder for the screens, as SVG and as text.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch= # terminal.sh makes it
# shellcheck source=tests/top/terminal.sh
. "$here/terminal.sh"
bin=$1 pictures=$2
export TZ=UTC
start=1795344606785 # 2026-11-22T10:50:06.785Z, a Sunday
# shellcheck source=tests/sim/sim.sh
. "$here/../sim/sim.sh"
waiters=()

clean_up() {
    local status=$?
    terminal_stop
    ((${#waiters[@]} == 0)) || kill "${waiters[@]}" 2>/dev/null || true
    sim_stop
    rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT
mkdir -p "$pictures"

picture() { # NAME
    in_tmux capture-pane -e -p | python3 "$here/../pictures/terminal_svg.py" >"$pictures/$1.svg"
    screen >"$pictures/$1.txt"
}

# Each LINE is on the screen, at each of the sizes; a picture of each.
answers() { # NAME SIZES LINE...
    local name=$1 size line
    for size in $2; do
        terminal_resize "${size%x*}" "${size#*x}"
        for line in "${@:3}"; do
            await "$name at $size says '$line'" shows "$line"
        done
        picture "$name-$size"
    done
    passed "$name at $2"
}

record() { # ID DATA
    local at
    # Its exit code says that it is busy.
    at=$({ "$bin/msiwatch" --pipe "$scratch/pipe" status --json || true; } | jq -r .sampled_at)
    echo "record <Event><System><Provider Name='MsiInstaller'/><EventID>$1</EventID><TimeCreated SystemTime='$at'/><Security UserID='S-1-5-18'/></System><EventData>$2</EventData></Event>" >&7
}

waits() { # LABEL COMMAND...
    "$bin/msiwatch" --pipe "$scratch/pipe" run --quiet --label "$1" --settle 0s -- "${@:2}" &
    waiters+=($!)
}

sizes="200x50 120x40 80x24"
"$here/../report/week.sh" 7 $((start - 60000)) >"$scratch/week"
sim_start "$scratch/week"
echo "reg machine StalledAfter dword 2" >&7
terminal_start 80 24 "$bin/msiwatch" --pipe "$scratch/pipe" top
answers idle "$sizes 40x24" "an installation can start" "failed 1603.*Contoso Agent 4.2.6"

# ---- a restart, turns, and an installation that hangs ---------------------------------------------

echo "ps 900 600 86400000 0 CcmExec.exe C:\\Windows\\CCM\\CcmExec.exe" >&7
echo "ps 9004 900 60000 0 msiexec.exe C:\\Windows\\System32\\msiexec.exe" >&7
echo "ps 4242 600 60000 0 msiexec.exe C:\\Windows\\System32\\msiexec.exe" >&7
echo "mutex held 4242 7" >&7
await "it is busy" shows "mutex held by"
record 1040 '<Data>C:\pkg\litware-sync.msi</Data><Data>9004</Data>'
record 1033 '<Data>Litware Sync</Data><Data>2.7</Data><Data>1033</Data><Data>3010</Data><Data>Litware</Data><Data>(NULL)</Data><Data/>'
record 1038 '<Data>Litware Sync</Data><Data>2.7</Data><Data>1033</Data><Data>2</Data><Data>1</Data><Data>Litware</Data><Data/>'
echo "mutex free" >&7
await "it is idle again" shows "an installation can start"
answers restart "$sizes 40x24" "RESTART required by Litware Sync" "success 3010"

terminal_resize 120 40
waits winget sleep 60
await "the turn is out" shows "turn: winget"
echo "mutex held 4242 7" >&7
await "it is busy" shows "mutex held by"
record 1040 '<Data>C:\pkg\northwind-reader.msi</Data><Data>9004</Data>'
waits intune true
await "one waits" shows "1 waiting: intune"
waits choco true
answers hangs "$sizes 40x24" "installing northwind-reader.msi" "started by CcmExec.exe" \
    "STALLED: no CPU or I/O for" "turn: winget" "RESTART required by Litware Sync"
terminal_resize 120 40
await "it says who waits" shows "2 waiting: intune, choco"
terminal_stop

terminal_start 80 24 env NO_COLOR=1 "$bin/msiwatch" --pipe "$scratch/pipe" top
answers colourless 80x24 "STALLED: no CPU or I/O for" "turn: winget"
terminal_stop

# ---- the service is away ---------------------------------------------------------------------------

terminal_start 80 24 "$bin/msiwatch" --pipe "$scratch/pipe" top
await "it runs" shows "turn: winget"
sim_stop
answers away "$sizes" "the service went away" "failed 1603.*Contoso Agent 4.2.6"
! shows "STALLED" || fail "it says that something hangs, and nobody knows"
echo "top: pictures in $pictures"
