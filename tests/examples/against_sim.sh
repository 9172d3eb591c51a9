#!/usr/bin/env bash
# Runs a client's example (client/examples) against msiwatch-sim: it must tell what is, wait while an
# installation runs, tell each change, and go on after a restart of the service without a gap.
#
#   against_sim.sh MSIWATCH-SIM COMMAND...     COMMAND gets the socket's path as its last argument
set -euo pipefail

sim=$1
shift
scratch=$(mktemp -d)
pipe=$scratch/pipe
sim_pid='' example_pid=''

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    local status=$?
    [[ -z $example_pid ]] || kill "$example_pid" 2>/dev/null || true
    [[ -z $sim_pid ]] || kill "$sim_pid" 2>/dev/null || true
    wait
    rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT

fail() {
    echo "FAILED: $*"
    head -n 50 "$scratch"/*.txt
    exit 1
}

await() { # WHAT COMMAND...
    local what=$1 end=$((SECONDS + 20))
    shift
    until "$@"; do
        ((SECONDS < end)) || fail "$what: not within 20 s"
        [[ -z $example_pid ]] || kill -0 "$example_pid" 2>/dev/null || fail "the example has ended"
        sleep 0.02
    done
}

# An event is on disk before it is sent, so it comes a moment after `wait` has answered: the one that
# ended the wait may or may not be among those that the subscription begins with.
said() { diff -q "$scratch/wanted" <(sed '2{/^busy to idle/d}' "$scratch/out.txt") >/dev/null; }
# What the example has printed by now, all of it.
must_say() { # LINE...
    printf '%s\n' "$@" >"$scratch/wanted"
    await "saying: $*" said
}

start_sim() {
    mkfifo "$scratch/commands"
    "$sim" --pipe "$pipe" --data "$scratch/data" <"$scratch/commands" >"$scratch/sim.txt" 2>&1 &
    sim_pid=$!
    exec 7>"$scratch/commands"
    rm "$scratch/commands"
    await "the simulator's start" grep -q ready "$scratch/sim.txt"
}

stop_sim() {
    kill "$sim_pid"
    wait "$sim_pid" || fail "the simulator ended with $?"
    sim_pid=
}

serves() { # METRIC NUMBER
    "$client" --pipe "$pipe" metrics --json 2>/dev/null | grep -q "\"$1\":$2[,}]"
}

client=$(dirname "$sim")/msiwatch
start_sim
echo mutex held >&7
await "the simulator being busy" eval '"$client" --pipe "$pipe" wait --for busy --timeout 5s >/dev/null'
"$@" "$pipe" >"$scratch/out.txt" 2>"$scratch/err.txt" &
example_pid=$!
touch "$scratch/out.txt"
must_say 'now busy'
await "its wait" serves waits 1
echo mutex free >&7
await "its subscription" serves subscriptions 1
echo mutex held >&7
must_say 'now busy' 'idle to busy'
stop_sim
start_sim
# The stop was an event, and so is what is seen again; none is missing and none comes twice.
must_say 'now busy' 'idle to busy' 'busy to unknown' 'unknown to idle'
echo mutex held >&7
must_say 'now busy' 'idle to busy' 'busy to unknown' 'unknown to idle' 'idle to busy'
[[ ! -s $scratch/err.txt ]] || fail "it complained"
echo "passed: $*"
