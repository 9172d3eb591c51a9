#!/usr/bin/env bash
# loading_test.sh: runs msiwatch top in a real terminal (tmux) while it still reads what it will
# show: a resize, a key, a service that does not answer. None of them ends it.
#
#   loading_test.sh MSIWATCH MSIWATCH-SIM
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/top/terminal.sh
. "$here/terminal.sh"

msiwatch=$1 sim=$2

clean_up() {
    local status=$?
    terminal_stop
    [[ -z ${between_pid:-} ]] || kill "$between_pid" 2>/dev/null || true
    [[ -z ${sim_pid:-} ]] || kill "$sim_pid" 2>/dev/null || true
    rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT

mkfifo "$scratch/commands"
"$sim" --pipe "$scratch/service" <"$scratch/commands" >"$scratch/sim" 2>&1 &
sim_pid=$!
exec 7>"$scratch/commands"
await "msiwatch-sim is ready" grep -q ready "$scratch/sim"

# Readings of the past are not answered.
: >"$scratch/unanswered"
"$here/unanswered.py" "$scratch/pipe" "$scratch/service" history "$scratch" &
between_pid=$!
await "somebody listens" test -S "$scratch/pipe"
readings() { wc -l <"$scratch/unanswered"; }
reads_again() { (($(readings) > before)); }

before=0
terminal_start 80 24 "$msiwatch" --pipe "$scratch/pipe" top
await "it reads the past" reads_again
before=$(readings)
terminal_resize 60 20
await "it reads the past after a resize" reads_again
before=$(readings)
terminal_keys C-l
await "it reads the past after a key" reads_again
passed "a resize and a key while it loads"

before=$(readings)
await "it says that it waits for the service" shows "the service went away"
await "it tries again" reads_again
mv "$scratch/unanswered" "$scratch/answered"
terminal_keys C-l
await "it goes on" shows "an installation can start"
passed "a service that does not answer while it loads"

terminal_keys q
await "q ends it" shows "ended 0"
passed "q ends it with 0"
