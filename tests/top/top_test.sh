#!/usr/bin/env bash
# top_test.sh: runs msiwatch top in a real terminal (tmux), with msiwatch-sim: what is on the
# screen, and which bytes brought it there.
#
#   top_test.sh MSIWATCH MSIWATCH-SIM JOURNAL-FILL
#
# The expected screens are the files *.txt next to this one. The clock begins at a fixed time; what
# still differs from run to run (seconds, and how long ago the last change was) is written as hh, mm
# and N on both sides.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/top/terminal.sh
. "$here/terminal.sh"

msiwatch=$1 sim=$2 fill=$3
start=1795344606785 # 2026-11-22T10:50:06.785Z, at the beginning of a cell of each of the bars
export TZ=UTC

sim_start() {
    rm -f "$scratch/commands"
    : >"$scratch/sim"
    mkfifo "$scratch/commands"
    MSIWATCH_SIM_AT=$((start + $1)) "$sim" --pipe "$scratch/pipe" --data "$scratch/data" \
        <"$scratch/commands" >>"$scratch/sim" 2>&1 &
    sim_pid=$!
    exec 7>"$scratch/commands"
    await "msiwatch-sim is ready" grep -q ready "$scratch/sim"
    sim_do "install_log unavailable" # so that a sensor is not well
}

sim_do() { echo "$1" >&7; }

sim_stop() {
    exec 7>&-
    kill "$sim_pid"
    wait "$sim_pid" || true
}

# The journal of an hour: AGO_SECONDS, and the event's members.
fill_journal() {
    mkdir "$scratch/data"
    while read -r ago members; do
        printf '%s %s\n' $((start - ago * 1000)) "$members"
    done <<'END' | "$fill" "$scratch/data"
5000 "kind":"transition","from":"unknown","to":"idle","reasons":[],"after_ms":null
3000 "kind":"transition","from":"idle","to":"unknown","reasons":[],"after_ms":2000000
2700 "kind":"transition","from":"unknown","to":"idle","reasons":[],"after_ms":null
2400 "kind":"transition","from":"idle","to":"busy","reasons":["mutex"],"after_ms":300000
2390 "kind":"install","of":4,"install":{"source":"eventlog","product":"Example <b>Suite</b>","version":"1.2.3","package":"C:\\pkg\\example.msi","result":"success","status":0}
2160 "kind":"transition","from":"busy","to":"idle","reasons":[],"after_ms":240000
900 "kind":"transition","from":"idle","to":"busy","reasons":["mutex","msiserver"],"after_ms":1260000
895 "kind":"install","of":7,"install":{"source":"eventlog","product":"A name that is much too long for a line of any terminal that shows eighty columns, and so it is cut","result":"failure","status":1603}
890 "kind":"transition","from":"busy","to":"idle","reasons":[],"after_ms":10000
300 "kind":"transition","from":"idle","to":"busy","reasons":["mutex","flapping"],"after_ms":590000
240 "kind":"install","of":10,"install":{"source":"eventlog","product":"\u05e9\u05dc\u05d5\u05dd \u202egpj\u202c \u4e16\u754c","result":"success","status":0}
120 "kind":"transition","from":"busy","to":"unknown","reasons":[],"after_ms":180000
END
}

clean_up() {
    local status=$?
    terminal_stop
    [[ -z ${sim_pid:-} ]] || kill "$sim_pid" 2>/dev/null || true
    rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT
fill_journal
sim_start 0

# ---- what is seen -------------------------------------------------------------------------------

terminal_start 120 40 "$msiwatch" --pipe "$scratch/pipe" top
must_show "$here/120x40.txt"
terminal_resize 80 24
must_show "$here/80x24.txt"
terminal_resize 40 12
must_show "$here/40x12.txt"
terminal_resize 80 24
must_show "$here/80x24.txt"
passed "three sizes, one after the other"

sim_do "mutex held 4242 7"
must_show "$here/80x24-busy.txt"
passed "a change is shown"

# ---- and what that takes ------------------------------------------------------------------------

# A second in which nothing happens: the clock's last digits, and the duration's.
begin=$(bytes_written)
sleep 3
took=$(($(bytes_written) - begin))
((took > 0 && took <= 5 * 60)) || fail "3 s in which nothing happens took $took bytes"
passed "3 s in which nothing happens take $took bytes"

begin=$(bytes_written)
sim_do "mutex free"
await "it is idle again" shows "an installation can start"
sleep 0.3
last_event=15
shows "event $last_event" || fail "the last event is another than $last_event"
tail -c "+$((begin + 1))" "$scratch/bytes" >"$scratch/update"
took=$(wc -c <"$scratch/update")
((took <= 1500)) || fail "an update took $took bytes"
if grep -qE $'Sensors|The last hour|q quits|\e\\[2J' "$scratch/update"; then
    fail "an update painted rows that did not change"
fi
passed "an update takes $took bytes, and leaves rows alone that did not change"

# Many changes are not as many paintings: twenty in a second at most.
last_seq() { "$msiwatch" --pipe "$scratch/pipe" status --json | jq .seq; }
shows_the_last_event() { shows "event $(last_seq) "; }
toggled() { [[ $(tail -n 1 "$scratch/sim") == ok ]]; }
begin=$(bytes_written)
since=${EPOCHREALTIME/[^0-9]/}
: >"$scratch/sim"
sim_do "toggle 50 12" # looks are at least 10 ms apart
await "the mutex was held 50 times" toggled
await "the last change is shown" shows_the_last_event
most=$(((${EPOCHREALTIME/[^0-9]/} - since) / 50000 * 1000 + 3000))
changes=$(($(last_seq) - last_event))
((changes > 10)) || fail "there were only $changes changes"
took=$(($(bytes_written) - begin))
((took <= most)) || fail "$changes changes took $took bytes, more than $most"
passed "$changes changes take $took bytes"

# ---- what runs, and who began it ----------------------------------------------------------------

# The name comes from the event log, and no event tells it: top asks.
wall() { "$msiwatch" --pipe "$scratch/pipe" status --json | jq -r .sampled_at; }
record() { # ID DATA
    sim_do "record <Event><System><Provider Name='MsiInstaller'/><EventID>$1</EventID><TimeCreated SystemTime='$(wall)'/><Security UserID='S-1-5-18'/></System><EventData>$2</EventData></Event>"
}
sim_do "install_log ok"
sim_do "mutex held 4242 7"
await "it is busy" shows "mutex held by"
record 1040 "<Data>C:\\pkg\\agent.msi</Data><Data>9004</Data>"
begin=${EPOCHREALTIME/[^0-9]/}
await "it names what runs" shows "installing agent.msi"
took=$(((${EPOCHREALTIME/[^0-9]/} - begin) / 1000))
((took <= 1500)) || fail "naming what runs took $took ms" # a second, and what looking takes
shows "started by pid 9004" || fail "it does not say who began it"
sim_do "mutex free"
await "it is idle again" shows "an installation can start"
sim_do "install_log unavailable"
passed "what runs is named after $took ms"

# ---- keys ---------------------------------------------------------------------------------------

! shows "Example <b>Suite</b>" || fail "the oldest is on the screen, so this shows no scrolling"
for _ in {1..12}; do terminal_keys NPage; done
await "page down scrolls to the oldest" shows "Example <b>Suite</b>"
for _ in {1..60}; do terminal_keys Up k; done
await "up scrolls to the newest" eval '! shows "Example <b>Suite</b>"'
terminal_keys c
await "c shows changes" shows "Changes of state"
terminal_keys c '?'
await "? explains the keys" shows "changes of state instead of installations"
terminal_keys '?' d
await "d shows a day" shows "The last day"
shows "|0[0-9]:00" || fail "the bar of a day has no hours"
terminal_keys w
await "w shows a week" shows "The last week"
shows "|11-22" || fail "the bar of a week has no days"
terminal_keys h
await "h shows an hour" shows "The last hour"
passed "keys: the list, the time, help"

# ---- the service goes and comes -----------------------------------------------------------------

sim_stop
await "it says that the service is away" shows "the service went away"
await "in large letters" shows "█   █ ██  █ █  █"
sim_start 60000
await "it goes on" shows "an installation can start"
passed "a restart of the service"

# ---- how it ends --------------------------------------------------------------------------------

terminal_keys x
terminal_keys q
await "q ends it" shows "ended 0"
shows "before" || fail "what was on the screen before is gone"
terminal_is_sane || fail "the terminal is not as it was"
passed "q ends it with 0, and the terminal is as it was"
terminal_stop

for how in C-c TERM; do
    terminal_start 80 24 "$msiwatch" --pipe "$scratch/pipe" top
    await "it runs" shows "an installation can start"
    if [[ $how == TERM ]]; then
        kill "$(program_pid)"
    else
        terminal_keys "$how"
    fi
    await "$how ends it" shows "ended 0"
    terminal_is_sane || fail "the terminal is not as it was after $how"
    passed "$how ends it with 0, and the terminal is as it was"
    terminal_stop
done

# ---- without colours, without a terminal, without a service -------------------------------------

colours=$'\e\\[[0-9;]*;3[0-9]'
terminal_start 80 24 "$msiwatch" --pipe "$scratch/pipe" top
await "it runs" shows "an installation can start"
await "there are colours" grep -qE "$colours" "$scratch/bytes"
terminal_stop
terminal_start 80 24 env NO_COLOR=1 "$msiwatch" --pipe "$scratch/pipe" top
await "it runs" shows "an installation can start"
! grep -qE "$colours" "$scratch/bytes" || fail "NO_COLOR: there are colours"
shows "███ ████  █     █████" || fail "NO_COLOR: the state cannot be read"
terminal_stop
passed "NO_COLOR: no colours, the same text"

"$msiwatch" --pipe "$scratch/pipe" top >"$scratch/lines" &
plain=$!
await "a line without a terminal" grep -q 'idle .* since' "$scratch/lines"
kill -TERM "$plain"
wait "$plain" || fail "without a terminal: exit code $?"
! grep -q $'\e' "$scratch/lines" || fail "control sequences without a terminal"
passed "without a terminal: plain lines"

terminal_start 80 24 env TERM=dumb "$msiwatch" --pipe "$scratch/pipe" top
await "lines on a dumb terminal" shows "idle .* since"
terminal_stop
passed "on a terminal that can do nothing: plain lines"

terminal_start 80 24 "$msiwatch" --pipe "$scratch/nobody" top
await "1062, or what a shell sees of it" shows "ended 38"
shows "the service is not running" || fail "it does not say that the service does not run"
terminal_stop
passed "no service: a line, and the terminal untouched"
