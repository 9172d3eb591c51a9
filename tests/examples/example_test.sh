#!/usr/bin/env bash
# Runs a client's example (client/examples) with the service: it must print the current state, wait
# while an installation runs, print each change, and continue after a restart of the service without
# a gap.
#
#   example_test.sh sim BIN COMMAND...     with msiwatch-sim; COMMAND gets the socket's path as its
#                                          last argument
#   example_test.sh wine BIN COMMAND...    under Wine, in a prefix (prefix.sh), with the service
#                                          MsiWatch; COMMAND gets no other argument
set -euo pipefail

kind=$1 bin=$2
shift 2
scratch=$(mktemp -d)
sim_pid='' hold_pid='' example_pid=''

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    local status=$? pid
    for pid in $example_pid $hold_pid $sim_pid; do
        kill -KILL "$pid" 2>/dev/null || true
        { wait "$pid"; } 2>/dev/null || true # which else says that it was killed
    done
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
    local what=$1 end=$((SECONDS + 40))
    shift
    until "$@"; do
        ((SECONDS < end)) || fail "$what: not within 40 s"
        [[ -z $example_pid ]] || kill -0 "$example_pid" 2>/dev/null || fail "the example has ended"
        sleep 0.05
    done
}

# ---- the service --------------------------------------------------------------------------------

if [[ $kind == sim ]]; then
    pipe=$scratch/pipe
    msiwatch() { "$bin/msiwatch" --pipe "$pipe" "$@"; }
    example() { exec "$@" "$pipe"; }
    hold() { echo mutex held >&7; }
    free() { echo mutex free >&7; }
    start() {
        mkfifo "$scratch/commands"
        "$bin/msiwatch-sim" --pipe "$pipe" --data "$scratch/data" <"$scratch/commands" \
            >"$scratch/sim.txt" 2>&1 &
        sim_pid=$!
        exec 7>"$scratch/commands"
        rm "$scratch/commands"
        await "the simulator's start" grep -q ready "$scratch/sim.txt"
    }
    stop() {
        kill "$sim_pid"
        wait "$sim_pid" || fail "the simulator ended with $?"
        sim_pid=
    }
else
    installed=
    msiwatch() { wine "$bin/msiwatch.exe" "$@"; }
    msiwatchd() { wine "$bin/msiwatchd.exe" "$@" >>"$scratch/msiwatchd.txt" 2>&1; }
    example() { exec wine "$@"; }
    hold() {
        wine "$bin/msirig.exe" hold 600000 >"$scratch/hold.txt" 2>&1 &
        hold_pid=$!
    }
    free() { # its handles go with it
        kill -KILL "$hold_pid"
        { wait "$hold_pid"; } 2>/dev/null || true
        hold_pid=
    }
    start() {
        [[ -n $installed ]] || msiwatchd install --unsafe-image
        installed=yes
        msiwatchd start
    }
    stop() { msiwatchd stop; }
fi

# ---- the example --------------------------------------------------------------------------------

# An event is on disk before it is sent, so it comes a moment after `wait` has answered: the one that
# ended the wait may or may not be among those that the subscription begins with.
said() {
    diff -q "$scratch/wanted" \
        <(tr -d '\r' <"$scratch/out.txt" | sed '2{/^busy to idle/d}') >/dev/null
}

# What the example has printed by now, all of it.
lines=()
must_say() { # LINE...
    lines+=("$@")
    printf '%s\n' "${lines[@]}" >"$scratch/wanted"
    await "saying: $*" said
}

serves() { msiwatch metrics --json 2>/dev/null | grep -q "\"$1\":$2[,}]"; }

# Whether the last event is the one that made it so.
is_in_the_journal() { msiwatch history --json --limit 1 2>/dev/null | grep -q "\"to\":\"$1\""; }

start
hold
await "its being busy" is_in_the_journal busy
: >"$scratch/out.txt"
example "$@" >"$scratch/out.txt" 2>"$scratch/err.txt" &
example_pid=$!
must_say 'now busy'
await "its wait" serves waits 1
free
await "its subscription" serves subscriptions 1
await "its being idle" is_in_the_journal idle
hold
must_say 'idle to busy'
free
must_say 'busy to idle'
stop
start
# The stop was an event, and so is what is seen again; none is missing and none comes twice.
must_say 'idle to unknown' 'unknown to idle'
hold
must_say 'idle to busy'
[[ ! -s $scratch/err.txt ]] || fail "it complained"
echo "passed: $*"
