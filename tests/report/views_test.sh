#!/usr/bin/env bash
# views_test.sh: what people ask a report is answered by it, in a browser: a machine of which nothing
# is known, a week, ninety days; while an installer runs, and when Windows wants a restart.
#
#   views_test.sh MSIWATCH MSIWATCH-SIM JOURNAL-FILL PICTURES
#
# PICTURES is the folder for pictures at three widths, light and dark.
# MSIWATCH_TEST_BROWSER: another browser than Debian's, of the same family.
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
    "The journal holds nothing of this time, so whether anything was installed is not known."
sim_stop

sim_start < <("$here/week.sh" 7 $((end - 60000)))
page week 7d "Now: idle, nothing is installed." "Contoso Agent 4.2.6 update: failed 1603 Agent.exe" \
    "refused 1618 explorer.exe" "stood still for 37 min 0 s" "Who waited for whom"
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
