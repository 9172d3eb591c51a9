#!/usr/bin/env bash
# Under Wine, with a real msiexec: an upgrade to the next version while the service runs, with 20
# subscribers, 5 clients that wait and one that never closes its handle. The new service answers
# within 10 s, all clients come back, seq continues, the journal is whole and the settings are kept.
# Then the downgrade is refused.
# shellcheck source=tests/installer/lib.sh
. "$(dirname "$0")/lib.sh"

metrics=$WINEPREFIX/drive_c/metrics
mkdir -m 755 "$metrics"
install_well /i "$msi" RETENTION_DAYS=30 'METRICS_TEXTFILE=C:\metrics\msiwatch.prom'
await "the metrics" test -s "$metrics/msiwatch.prom"
wine reg add 'HKLM\SOFTWARE\MsiWatch' /v Flapping /t REG_DWORD /d 100 /f >/dev/null
path=$(system_path)
journal=$(ask about .journal.id)
settings=$(registry 'HKLM\SOFTWARE\MsiWatch')

# What the Event Log service and Event Viewer do with the file that holds the words of our events:
# they map it, and keep it mapped. The upgrade needs no restart because of it.
words=$(value 'HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\MsiWatch' EventMessageFile)
wine "$BIN/map-file.exe" "$words" >"$scratch/mapped" 2>&1 </dev/null &
mapper=$!
await "$words mapped" grep -q mapped "$scratch/mapped"

# Clients of another folder, as a tool's own would be: their file is not replaced.
client=$BUILD/stage/msiwatch.exe
for ((i = 0; i < 20; i++)); do
    wine "$client" watch --json >"$scratch/watch.$i" 2>"$scratch/watch.$i.err" </dev/null &
    watchers[i]=$!
done
for ((i = 0; i < 5; i++)); do
    wine "$client" wait --for busy --timeout 90s >"$scratch/wait.$i" 2>&1 </dev/null &
    waiters[i]=$!
done
# Wine does not keep the name for it, as Windows does; wine.handles_of_a_service_that_ended_… plays that.
run_well "$installed\\msiwatchd.exe" query
pipe=$(sed -n 's/^pipe *//p' <<<"$out")
wine "$BIN/hold-pipe.exe" "$pipe" >"$scratch/held" 2>&1 </dev/null &
holder=$!
await "$pipe held" grep -q held "$scratch/held"
served() { [[ $(ask metrics '"\(.subscriptions) \(.waits)"') == "$1" ]]; }
await "20 subscriptions and 5 waits" served "20 5"
run_well "$installed\\msiwatch.exe" hold --for 1d --why 'patch day'
first=$(ask about .journal.last_seq)

install_well /i "$NEXT_MSI"
ended=$SECONDS
kill -0 "$mapper" || wrong "the process that maps $words has ended"
kill -0 "$holder" || wrong "the process that holds $pipe has ended"
same "the file with the words" "$words" \
    "$(value 'HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\MsiWatch' EventMessageFile)"
same "the version that runs" "$NEXT" "$(ask about .version)"
((SECONDS - ended <= 10)) || wrong "it answers only $((SECONDS - ended)) s after the upgrade"
same "the version that msiexec knows" "DisplayVersion REG_SZ $NEXT" \
    "$(wine reg query 'HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall' /s | tr -d '\r' | sed -nE 's/^ *(DisplayVersion) +(REG_SZ) +(.*)/\1 \2 \3/p')"
await "they are back" served "20 5"
same "the journal" "$journal" "$(ask about .journal.id)"
same "the hold of the queue" 'patch day' "$(ask status .turns.hold.why)"
same "the settings" "$settings" "$(registry 'HKLM\SOFTWARE\MsiWatch')"
same "PATH" "$path" "$(system_path)"
[[ -s $metrics/msiwatch.prom ]] || wrong "the metrics are gone"

# Something happens: everybody gets it.
wine "$BIN/msirig.exe" hold 2500 >/dev/null 2>&1 </dev/null
for ((i = 0; i < 5; i++)); do
    wait "${waiters[i]}" || wrong "wait $i: exit code $?: $(<"$scratch/wait.$i")"
done
last() { ask about .journal.last_seq; }
is_calm() { status && [[ $code == 0 && $(jq .seq <<<"$out") == "$(last)" ]]; }
await "idle again" is_calm
end=$(last)
((end >= first + 4)) || wrong "from $first to $end: a stop, a start, busy and idle are 4 events"
has_all() { [[ $(jq -s "$1" "$scratch/watch.$2" 2>/dev/null) == true ]]; }
for ((i = 0; i < 20; i++)); do
    # Each line is an event, or the state at the beginning.
    await "watch $i tells $end" has_all "[.[].seq | numbers] | max == $end" "$i"
    has_all "[.[] | select(.kind) | .seq] | . == [range($first + 1; $end + 1)]" "$i" ||
        wrong "watch $i: not every event from $((first + 1)) to $end once: $(jq -c .seq "$scratch/watch.$i" | tr '\n' ' ')"
done
kill "${watchers[@]}" "$mapper" "$holder"

# The journal is whole: every seq from the first, by the service; and by SQLite.
run_well "$installed\\msiwatch.exe" history --json --limit 1000
same "its seqs" true "$(jq -s "[.[].seq] == [range(1; $end + 1)]" <<<"$out")"
run_well "$installed\\msiwatchd.exe" stop
same "its check" ok "$(sqlite3 "$WINEPREFIX/drive_c/ProgramData/MsiWatch/history.db" 'PRAGMA integrity_check')"
run_well "$installed\\msiwatchd.exe" start

# ---- back: refused, and nothing has changed

install /i "$msi"
same "a downgrade" 1603 "$code"
same "the version that runs" "$NEXT" "$(ask about .version)"

install_well /x "$NEXT_MSI"
same "what is left of the settings" '' "$(registry 'HKLM\SOFTWARE\MsiWatch')"
same "what is left of the metrics" '' "$(ls "$metrics")"
[[ ! -e "$WINEPREFIX/drive_c/Program Files/MsiWatch" ]] || wrong "left: $(ls "$WINEPREFIX/drive_c/Program Files/MsiWatch")"
conclude
