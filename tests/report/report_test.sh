#!/usr/bin/env bash
# report_test.sh: runs msiwatch report natively with msiwatch-sim: how fast it is, how large the
# page is, and what a browser shows.
#
#   report_test.sh MSIWATCH MSIWATCH-SIM JOURNAL-FILL PICTURES MOST_MS
#
# PICTURES is the folder for pictures; "none": without a browser, because the test of another build
# shows the page to one. MSIWATCH_TEST_BROWSER: another browser than Debian's, of the same family.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
msiwatch=$1 sim=$2 fill=$3 pictures=$4 most_ms=$5
browser=${MSIWATCH_TEST_BROWSER:-chromium-headless-shell}
scratch=$(mktemp -d)
sim_pid=

fail() {
    echo "report: FAILED: $*"
    exit 1
}

passed() { echo "report: $*"; }

patience=30
# shellcheck source=tests/await.sh
. "$here/../await.sh"

clean_up() {
    local status=$?
    sim_stop
    rm -rf "$scratch"
    exit "$status"
}

# A service with the journal of so many busy periods, the last of which was a minute ago.
sim_start() { # PERIODS
    rm -rf "$scratch/data" "$scratch/commands"
    mkdir "$scratch/data"
    : >"$scratch/sim" # not the "ready" of the one before
    mkfifo "$scratch/commands"
    "$here/journal.sh" "$1" $((${EPOCHREALTIME/[^0-9]/} / 1000 - 60000)) |
        "$fill" "$scratch/data" || fail "the journal could not be made"
    "$sim" --pipe "$scratch/pipe" --data "$scratch/data" <"$scratch/commands" \
        >>"$scratch/sim" 2>&1 &
    sim_pid=$!
    exec 7>"$scratch/commands"
    await "msiwatch-sim is ready" grep -q ready "$scratch/sim"
}

sim_stop() {
    [[ -n $sim_pid ]] || return 0
    exec 7>&-
    kill "$sim_pid" 2>/dev/null || true
    wait "$sim_pid" || true
    sim_pid=
}

report() { "$msiwatch" --pipe "$scratch/pipe" report "$@"; }
rows() { grep -c '^<tr><td>[0-9][0-9]:' "$1"; }
trap clean_up EXIT

# ---- 10,000 busy periods ------------------------------------------------------------------------

sim_start 10000
# The machine may be at something else for a moment: the best of three.
took=
for _ in 1 2 3; do
    begin=${EPOCHREALTIME/[^0-9]/}
    report --since 7d --html "$scratch/large.html"
    ms=$(((${EPOCHREALTIME/[^0-9]/} - begin) / 1000))
    [[ -n $took ]] && ((took <= ms)) || took=$ms
done
size=$(stat -c %s "$scratch/large.html")
((took < most_ms)) || fail "a report of 10,000 busy periods took $took ms"
((size <= 1024 * 1024)) || fail "a report of 10,000 busy periods has $size bytes"
listed=$(rows "$scratch/large.html")
((listed == 10000)) || fail "of 10,000 busy periods $listed are listed"
grep -q '<b>10000</b><span>busy periods' "$scratch/large.html" || fail "the sum is another"
passed "10,000 busy periods: $took ms, $size bytes, all of them listed"

# The page is nobody's but the reader's: whole, or not there.
report --html "$scratch/no/such/folder.html" 2>"$scratch/err" && fail "a folder that is not there"
grep -q 'no folder for' "$scratch/err" || fail "it does not say that there is no folder"
mkdir "$scratch/folder"
report --html "$scratch/folder" 2>"$scratch/err" && fail "a folder as the file"
grep -q 'is a folder; give --html a file' "$scratch/err" || fail "it does not say that it is a folder"
mkfifo "$scratch/to-cat"
cat "$scratch/to-cat" >"$scratch/piped.html" &
report --html "$scratch/to-cat" --since 1h
wait "$!"
[[ -p $scratch/to-cat ]] || fail "a pipe was replaced by a file"
tail -n 1 "$scratch/piped.html" | grep -q '^</html>$' || fail "what came through the pipe is not a whole page"
report --html - --since 1h >"$scratch/out.html"
tail -n 1 "$scratch/out.html" | grep -q '^</html>$' || fail "--html - is not a whole page"
! compgen -G "$scratch/*.tmp" >/dev/null || fail "a file was left behind"
report --since 1m --until 2h --html "$scratch/x" 2>"$scratch/err" && fail "no time at all"
grep -q 'use an earlier --since' "$scratch/err" || fail "it does not say what to do"
[[ ! -e $scratch/x ]] || fail "a file was made of nothing"
passed "what cannot be done is said, and leaves nothing behind"

if [[ $pictures == none ]]; then
    passed "no browser in this build"
    exit 0
fi
"$here/page_test.py" "$browser" "$scratch/large.html" "$pictures"
sim_stop

# ---- as many as people have, with all of the list opened ----------------------------------------

sim_start 300
report --html "$scratch/small.html"
"$here/page_test.py" "$browser" "$scratch/small.html" "$pictures/small"
