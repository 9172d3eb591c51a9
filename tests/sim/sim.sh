# shellcheck shell=bash disable=SC2154 # bin, scratch and start are the sourcing script's
# sim.sh: msiwatch-sim with a journal; for scripts to source. They set `bin`, `scratch` and `start`
# (its wall clock at the start), and define `fail`. Commands go to descriptor 7.

sim_pid=

# shellcheck source=tests/await.sh
. "$(dirname "${BASH_SOURCE[0]}")/../await.sh"

# The journal is what journal-fill makes of the lines of EVENTS.
sim_start() { # EVENTS
    local data
    data=$(mktemp -d "$scratch/data.XXXX")
    "$bin/journal-fill" "$data" <"$1"
    rm -f "$scratch/commands" && mkfifo "$scratch/commands"
    : >"$scratch/sim" # not the "ready" of the one before
    MSIWATCH_SIM_AT=$start "$bin/msiwatch-sim" --pipe "$scratch/pipe" --data "$data" \
        <"$scratch/commands" >"$scratch/sim" 2>&1 &
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

# Lines "AGO_SECONDS MEMBERS" on standard input, as journal-fill takes them.
events_ago() {
    local ago members
    while read -r ago members; do
        printf '%s %s\n' $((start - ago * 1000)) "$members"
    done
}
