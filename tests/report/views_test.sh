#!/usr/bin/env bash
# views_test.sh: a report answers what people ask it, in a browser: for a machine about which
# nothing is known, a week, ninety days; while an installer runs, and when Windows needs a restart.
#
#   views_test.sh MSIWATCH MSIWATCH-SIM JOURNAL-FILL PICTURES
#
# PICTURES is the folder for pictures in three widths, light and dark. MSIWATCH_TEST_BROWSER:
# another browser than Debian's, of the same family.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
msiwatch=$1 sim=$2 fill=$3 pictures=$4
browser=${MSIWATCH_TEST_BROWSER:-chromium-headless-shell}
scratch=$(mktemp -d)
sim_pid=
end=1795863600000 # 2026-11-28T11:00:00Z, a Saturday
export TZ=UTC

fail() {
    echo "views: FAILED: $*"
    exit 1
}

patience=30
# shellcheck source=tests/await.sh
. "$here/../await.sh"

sim_stop() {
    [[ -n $sim_pid ]] || return 0
    exec 7>&-
    kill "$sim_pid" 2>/dev/null || true
    wait "$sim_pid" || true
    sim_pid=
}

clean_up() {
    local status=$?
    [[ -z ${holder:-} ]] || kill "$holder" 2>/dev/null || true
    sim_stop
    rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT

# A service whose clock says `end`, with the events on standard input.
sim_start() {
    rm -rf "$scratch/data" "$scratch/commands"
    mkdir "$scratch/data"
    : >"$scratch/sim"
    "$fill" "$scratch/data" || fail "the journal could not be made"
    mkfifo "$scratch/commands"
    MSIWATCH_SIM_AT=$end "$sim" --pipe "$scratch/pipe" --data "$scratch/data" \
        <"$scratch/commands" >>"$scratch/sim" 2>&1 &
    sim_pid=$!
    exec 7>"$scratch/commands"
    await "msiwatch-sim, to be ready" grep -q ready "$scratch/sim"
}

page() { # NAME SINCE LINE...
    "$msiwatch" --pipe "$scratch/pipe" report --since "$2" --html "$scratch/$1.html"
    "$here/page_test.py" "$browser" "$scratch/$1.html" "$pictures/$1" "${@:3}"
}

sim_start </dev/null
"$msiwatch" --pipe "$scratch/pipe" report --since 3d --until 1d --html "$scratch/empty.html"
"$here/page_test.py" "$browser" "$scratch/empty.html" "$pictures/empty" \
    "The journal has no events from this time, so it is not known whether anything was installed."
sim_stop

sim_start < <("$here/week.sh" 7 $((end - 60000)))
page week 7d "Now: idle since " "nothing is being installed. It is not known whether a restart is pending." \
    "Failed: Contoso Agent 4.2.6 with 1603, " "Contoso Agent 4.2.6 update: failed 1603 Agent.exe" \
    "refused 1618 explorer.exe" "stalled for 37 min 0 s" "Who waited for a turn" \
    "1 refused or lost"
# What the cards count is what the products and the days come to.
card=$(grep -o '<b>[0-9]*</b><span>failed' "$scratch/week.html" | tr -dc 0-9)
products=$(sed -n '/<table class=s>/,/<.table>/p' "$scratch/week.html" |
    sed -nE 's/.*<td>(<em>)?([0-9]+)(<.em>)?$/\2/p' | awk '{ sum += $1 } END { print sum + 0 }')
days=$(grep -oE '<em>[0-9]+ failed' "$scratch/week.html" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }')
[[ $card -gt 0 && $card == "$products" && $card == "$days" ]] ||
    fail "$card failed by the card, $products by the products, $days by the days"
sim_stop

# While an installer runs and hangs, in somebody's turn, and Windows wants a restart.
sim_start < <("$here/week.sh" 7 $((end - 60000)))
record() { # ID DATA
    local at
    at=$({ "$msiwatch" --pipe "$scratch/pipe" status --json || true; } | jq -r .sampled_at)
    echo "record <Event><System><Provider Name='MsiInstaller'/><EventID>$1</EventID><TimeCreated SystemTime='$at'/><Security UserID='S-1-5-18'/></System><EventData>$2</EventData></Event>" >&7
}
says() { # JQ
    { "$msiwatch" --pipe "$scratch/pipe" status --json || true; } | jq -e "$1" >/dev/null
}
# shellcheck source=tests/await.sh
. "$here/../await.sh"
cat >&7 <<'COMMANDS'
reg machine StalledAfter dword 1
ps 900 600 86400000 0 CcmExec.exe C:\Windows\CCM\CcmExec.exe
ps 9004 900 60000 0 msiexec.exe C:\Windows\System32\msiexec.exe
ps 4242 600 60000 0 msiexec.exe C:\Windows\System32\msiexec.exe
mutex held 4242 7
COMMANDS
await "it is busy" says '.state == "busy"'
record 1040 '<Data>C:\pkg\litware-sync.msi</Data><Data>9004</Data>'
record 1033 '<Data>Litware Sync</Data><Data>2.7</Data><Data>1033</Data><Data>3010</Data><Data>Litware</Data><Data>(NULL)</Data><Data/>'
record 1038 '<Data>Litware Sync</Data><Data>2.7</Data><Data>1033</Data><Data>2</Data><Data>1</Data><Data>Litware</Data><Data/>'
echo "mutex free" >&7
await "a restart is pending" says '.reboot == "required" and .state == "idle"'
"$msiwatch" --pipe "$scratch/pipe" run --quiet --label winget --settle 0s -- sleep 60 &
holder=$!
await "the turn is out" says '.turns.holder.label == "winget"'
echo "mutex held 4242 7" >&7
await "it is busy again" says '.state == "busy"'
record 1040 '<Data>C:\pkg\northwind-reader.msi</Data><Data>9004</Data>'
await "it hangs" says '.activity.stalled and .install.package != null'
page now 7d "Now: busy for" "installing northwind-reader.msi, started by CcmExec.exe" \
    "no CPU or I/O in the installer's own processes for" "The turn belongs to winget (pid" \
    "Windows must be restarted" "requested by Litware Sync"
kill "$holder"
sim_stop

sim_start < <("$here/week.sh" 90 $((end - 60000)))
page quarter 90d "2026-11-27: busy for" "2026-08-31" "1 failed"
# On demand the changes of state are there, too.
"$msiwatch" --pipe "$scratch/pipe" report --html "$scratch/without.html"
"$msiwatch" --pipe "$scratch/pipe" report --changes --html "$scratch/with.html"
grep -q '<h2>Changes' "$scratch/without.html" && fail "nobody asked for the changes"
grep -q '<h2>Changes' "$scratch/with.html" || fail "the changes are not listed"
sim_stop
echo "views: pictures in $pictures"
