#!/usr/bin/env bash
# console_test.sh: tests what only a shell can do to the binaries: Ctrl-C, and cmd's errorlevel.
#
#   tests/wine/prefix.sh tests/wine/console_test.sh BIN
set -euo pipefail

bin=$1
windows_bin="Z:${bin//\//\\}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "console_test: FAILED: $*"
    tail -n +1 "$scratch"/* 2>/dev/null
    exit 1
}

passed() { echo "console_test: $*"; }

# shellcheck source=tests/await.sh
. "$(dirname "${BASH_SOURCE[0]}")/../await.sh"

# The whole exit code of a command line, as cmd's errorlevel: a shell sees 8 bits of it.
errorlevel() { # PROGRAM ARGUMENTS
    # cmd ends with the program's own code. The path does not come from winepath: if that failed, the
    # test would not see it, and cmd would find no program (9009).
    { wine cmd /v:on /c "$windows_bin\\$1 $2 >nul 2>nul & echo !errorlevel!" || true; } |
        tr -d '\r'
}

is() { # CODE PROGRAM ARGUMENTS
    local code
    code=$(errorlevel "$2" "$3")
    [[ $code == "$1" ]] || fail "$2 $3: errorlevel $code instead of $1"
    passed "$2 $3: errorlevel $code"
}

answers() { wine "$bin/msiwatch.exe" status --pipe console-test >"$scratch/status" 2>&1; }
is_listening() { grep -q 'listening on' "$scratch/run"; }
is_following() { grep -q '^Timeline' "$scratch/doctor"; }
is_watching() { grep -q idle "$scratch/watch"; }
has_turn() { grep -q MSIWATCH_TURN "$scratch/turn"; }
is_queued() { grep -q 'Waiting for Windows Installer' "$scratch/queued"; }
is_running() { grep -q '^held' "$scratch/running"; }
holds() { grep -q '^held' "$scratch/hold"; }

# A background job of a script ignores SIGINT, and so would Wine.
in_background() { env --default-signal=INT "$@" & }

# ---- cmd ----------------------------------------------------------------------------------------

is 1062 msiwatch.exe 'status --pipe nobody-there'
is 87 msiwatch.exe 'frobnicate'
is 87 msiwatchd.exe 'run --signals maybe'
is 0 msiwatch.exe '--help'
is 0 msiwatchd.exe '--help'

# ---- msiwatchd run ------------------------------------------------------------------------------

in_background wine "$bin/msiwatchd.exe" run --pipe console-test --data 'C:\console-test' \
    >"$scratch/run" 2>"$scratch/run.err"
run=$!
await "msiwatchd run says that it listens" is_listening
await "msiwatchd run answers" answers

# Each exit code that a verdict has, as cmd sees it.
is 0 msiwatch.exe 'status --pipe console-test'
in_background wine "$bin/msirig.exe" hold 60000 >"$scratch/hold"
hold=$!
await "msirig holds the mutex" holds
is 1618 msiwatch.exe 'status --pipe console-test'
is 1618 msiwatch.exe 'wait --for idle --timeout 100ms --pipe console-test'
kill -KILL "$hold" # and its handles go with it
{ wait "$hold"; } 2>/dev/null || true
await "it is idle after that" answers
is 0 msiwatch.exe 'wait --for idle --timeout 10s --pipe console-test'
is 1460 msiwatch.exe 'wait --for busy --timeout 100ms --pipe console-test'

# A file whose name needs more than a code page has.
page=$scratch/$'r\xc3\xa9sum\xc3\xa9 \xe4\xb8\x96.html'
for _ in "a new file" "one that was there"; do
    LC_ALL=C.UTF-8 wine "$bin/msiwatch.exe" report --since 1h --html "Z:${page//\//\\}" \
        --pipe console-test >"$scratch/report" 2>&1 || fail "msiwatch report: exit code $?"
done
[[ $(tail -n 1 "$page") == '</html>' ]] || fail "msiwatch report: not a whole page"
is 3 msiwatch.exe 'report --html C:\no\such\folder\x.html --pipe console-test'
passed "msiwatch report: a page, whatever its name"

echo "console_test: skipped: a second instance on the same pipe name is refused (Wine does not" \
    "enforce FILE_FLAG_FIRST_PIPE_INSTANCE)"

# ---- Ctrl-C -------------------------------------------------------------------------------------

in_background wine "$bin/msiwatch.exe" watch --pipe console-test >"$scratch/watch" 2>&1
watch=$!
await "msiwatch watch says what is" is_watching
kill -INT "$watch"
status=0
wait "$watch" || status=$?
((status == 0)) || fail "msiwatch watch: exit code $status after Ctrl-C"
passed "msiwatch watch: Ctrl-C ends it with exit code 0"

in_background wine "$bin/msiwatch.exe" doctor --seconds 600 >"$scratch/doctor" 2>&1
doctor=$!
await "msiwatch doctor begins its timeline" is_following
kill -INT "$doctor"
status=0
wait "$doctor" || status=$?
((status == 0)) || fail "msiwatch doctor: exit code $status after Ctrl-C"
grep -q 'gap_max_ms' "$scratch/doctor" || fail "msiwatch doctor: no totals after Ctrl-C"
passed "msiwatch doctor: Ctrl-C ends it with its totals and exit code 0"

# msiwatch run: Ctrl-C leaves the queue (1223, of which 8 bits arrive here) ...
in_background wine "$bin/msiwatch.exe" turn hold --pipe console-test >"$scratch/turn"
turn=$!
await "a turn is held" has_turn
in_background wine "$bin/msiwatch.exe" run --pipe console-test -- cmd /c exit 1 2>"$scratch/queued"
queued=$!
await "msiwatch run says what it waits for" is_queued
kill -INT "$queued"
status=0
wait "$queued" || status=$?
((status == (1223 & 255))) || fail "msiwatch run: exit code $status after Ctrl-C in the queue"
kill -INT "$turn"
status=0
wait "$turn" || status=$?
((status == 0)) || fail "msiwatch turn hold: exit code $status after Ctrl-C"
passed "msiwatch turn hold, run: Ctrl-C ends the turn, and the waiting for one"

# ... and goes to the command, once there is one: a signal here reaches one process only.
in_background wine "$bin/msiwatch.exe" run --pipe console-test -- \
    "$windows_bin\\msirig.exe" hold 61234 >"$scratch/running" 2>&1
running=$!
await "the command runs" is_running
kill -INT "$running"
sleep 0.5
kill -0 "$running" || fail "msiwatch run: Ctrl-C ended it while the command ran"
command=$(pgrep -f 'msirig\.exe.* hold 61234$' | grep -vx "$running" | tail -n 1)
kill -INT "$command"
status=0
wait "$running" || status=$?
# Windows and Wine 10 end it with 0xC000013A, of which 8 bits arrive here, Wine 8 with 0.
((status == 0 || status == (0xC000013A & 255))) || fail "msiwatch run: exit code $status when Ctrl-C ended the command"
passed "msiwatch run: Ctrl-C while the command runs is the command's"

kill -INT "$run"
status=0
wait "$run" || status=$?
((status == 0)) || fail "msiwatchd run: exit code $status after Ctrl-C"
passed "msiwatchd run: Ctrl-C ends it with exit code 0"
is 1062 msiwatch.exe 'status --pipe console-test'
