#!/usr/bin/env bash
# The protocol's documents agree with each other, and with what the unit tests, the attacks and the
# client library send and get. tests/run.sh checks the traffic of all native tests.
#
#   traffic_test.sh BIN
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$here/check.py" documents
if [[ -n ${MSIWATCH_TRAFFIC:-} ]]; then
    echo "what these and all other native tests say is recorded, and checked behind them (tests/run.sh)"
    exit
fi
export MSIWATCH_TRAFFIC=$scratch/traffic
mkdir "$MSIWATCH_TRAFFIC"
run() {
    "$@" >"$scratch/log" 2>&1 ||
        { grep -B 3 -A 3 -E "FAILED|ERROR" "$scratch/log" | head -n 40; tail -n 10 "$scratch/log"; echo "$1 failed"; exit 1; }
}
run "$bin/unit-tests"
run "$bin/attack-answers-test" "$bin/msiwatch-sim"
run "$bin/library-tests" "$bin/msiwatch-sim"
"$here/check.py" traffic "$MSIWATCH_TRAFFIC"
