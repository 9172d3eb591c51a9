#!/usr/bin/env bash
# top_test.sh: runs msiwatch.exe top in a console, which Wine shows in a terminal (tmux): the
# screen, an update, q, Ctrl-C.
#
#   tests/wine/prefix.sh tests/wine/top_test.sh BIN
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/top/terminal.sh
. "$here/../top/terminal.sh"

bin=$1
export TZ=UTC TERM=screen-256color

# The clock is the machine's own here, so the day, the hour's ticks and all but the bar's last cell
# differ, too.
normal() {
    sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}/yyyy-mm-dd hh:mm:ss/
        s/[0-9]{2}:[0-9]{2}:[0-9]{2}/hh:mm:ss/g; s/, for .*/, for N/
        s/after .* (idle|busy|unknown)$/after N \1/; s/ [ 0-9][0-9] s  running/  N s  running/; s/ +$//
        s/^( *\|[0-9]{2}:[0-9]{2})+$/  ticks/
        /^  The last hour /{n; s/^[ ·█▄_?]*([·█?])$/  \1/}'
}

clean_up() {
    local status=$?
    terminal_stop
    # The prefix's other processes are prefix.sh's to end.
    rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT

# A background job of a script ignores SIGINT, and so would Wine.
in_background() { env --default-signal=INT "$@" & }
is_listening() { grep -q 'listening on' "$scratch/service.err" "$scratch/service"; }
holds() { grep -q '^held' "$scratch/hold"; }

in_background wine "$bin/msiwatchd.exe" run --pipe top-test --data 'C:\top-test' \
    >"$scratch/service" 2>"$scratch/service.err"
await "msiwatchd run says that it listens" is_listening

terminal_start 80 24 wine "$bin/msiwatch.exe" top --pipe top-test
must_show "$here/top_80x24.txt"
passed "the screen"

in_background wine "$bin/msirig.exe" hold 60000 >"$scratch/hold"
hold=$!
await "msirig holds the mutex" holds
must_show "$here/top_80x24_busy.txt"
passed "an update: busy"
kill -KILL "$hold" # and its handles go with it
{ wait "$hold"; } 2>/dev/null || true
await "an update: idle" shows "an installation can start"
shows '███ ████  █     █████' || fail "it is not idle in large letters"
passed "an update: idle again"

terminal_keys q
await "q ends it" shows "ended 0"
passed "q ends it with 0"
terminal_stop

terminal_start 80 24 wine "$bin/msiwatch.exe" top --pipe top-test
await "it runs" shows "an installation can start"
terminal_keys C-c
await "Ctrl-C ends it" shows "ended 0"
passed "Ctrl-C ends it with 0"
terminal_stop

terminal_start 80 24 wine "$bin/msiwatch.exe" top --pipe nobody-there
await "it says that the service does not run" shows "the service is not running"
await "1062, or what a shell sees of it" shows "ended 38"
passed "no service: a line"
