#!/usr/bin/env bash
# The long forms of the journal's tests, with what they measure: 300 kills, 1,000 bit flips of each
# kind, every fault at every call, a power cut at every write, a million events. Minutes.
#
#   tests/record/long.sh [BIN]     BIN: build/native/bin
#
# The kill test's files are on a real disk (MSIWATCH_TEST_FOLDER, or /var/tmp), those of the others
# where the tests put them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bin=${1:-build/native/bin}
[[ -x $bin/record_kill_test ]] || {
    echo "long.sh: no $bin/record_kill_test: cmake --build --preset native" >&2
    exit 1
}

run() { # NAME COMMAND...
    local name=$1 start=$SECONDS
    shift
    echo "== $name"
    # What passed is in the summary; what was measured is between.
    env MSIWATCH_TEST_LONG=1 "$@" 2>&1 | grep -Ev '^\[ RUN|^\[       OK|^\[=+\]'
    echo "   $((SECONDS - start)) s"
}

run "kills" MSIWATCH_KILLS=300 MSIWATCH_TEST_FOLDER="${MSIWATCH_TEST_FOLDER:-/var/tmp}" \
    "$bin/record_kill_test"
run "faults" MSIWATCH_FAULTS=0 "$bin/record_fault_test"
run "power cuts" MSIWATCH_CUTS=0 "$bin/record_power_test"
run "damage" MSIWATCH_FLIPS=1000 "$bin/record_damage_test"
run "the service" "$bin/record_service_test"
run "clients that come back" "$bin/record_resume_test"
run "a crowd" "$bin/record_crowd_test"
run "pages of a million events" "$bin/msiwatch-bench-history"
