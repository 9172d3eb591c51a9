#!/usr/bin/env bash
# A day of installations, compressed to a minute (to a quarter of one, unless MSIWATCH_TEST_LONG is
# set), seen by real Prometheus through real node_exporter: the service writes its file,
# node_exporter serves it, Prometheus scrapes that, and a query over Prometheus' HTTP API returns
# the busy seconds.
#
#   tests/fleet/day_test.sh MSIWATCH-SIM
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
tools=$root/build/deps/prometheus
work=$(mktemp -d)
pids=()

clean_up() {
    local pid
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap clean_up EXIT

fail() {
    printf 'fleet: %s\n' "$*" >&2
    tail -n 20 "$work"/*.log >&2 || true
    exit 1
}

[[ -x $tools/prometheus ]] || fail "no Prometheus: run tests/setup.sh"

# The hours of a day at which an installation begins, and how many tenths of an hour it takes.
begins=(0 2 3 5 6 8 9 10 12 13 15 17 19 21 22)
tenths=(4 7 2 9 5 8 3 6 9 8 7 4 9 6 8)
if [[ -n ${MSIWATCH_TEST_LONG:-} ]]; then
    tenth_ms=250 # 24 hours are 60 s
else
    tenth_ms=62
fi

# ---- the service, node_exporter, Prometheus ---------------------------------------------------

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
    local port
    for ((;;)); do
        port=$((20000 + RANDOM % 12000))
        port_answers "$port" || break
    done
    echo "$port"
}

await_port() { # PORT PID NAME
    local i
    for ((i = 0; i < 300; i++)); do
        kill -0 "$2" 2>/dev/null || fail "$3 ended"
        ! port_answers "$1" || return 0
        sleep 0.1
    done
    fail "$3 does not answer"
}

mkdir -m 755 "$work/textfiles" "$work/data"
mkfifo "$work/commands" "$work/answers"
"$1" --pipe "$work/socket" --data "$work/data" \
    --metrics-textfile "$work/textfiles/msiwatch.prom" <"$work/commands" >"$work/answers" \
    2>"$work/service.log" &
pids+=($!)
exec 7>"$work/commands" 8<"$work/answers"

answer() { # WANTED
    local line
    read -r -t 30 line <&8 || fail "no answer from the service"
    [[ $line == "$1" ]] || fail "the service says $line, not $1"
}
answer ready

exporter_port=$(free_port)
"$tools/prometheus-node-exporter" --collector.disable-defaults --collector.textfile \
    --collector.textfile.directory="$work/textfiles" \
    --web.listen-address="127.0.0.1:$exporter_port" >"$work/exporter.log" 2>&1 &
pids+=($!)
await_port "$exporter_port" $! node_exporter

port=$(free_port)
cat >"$work/prometheus.yml" <<END
global: {scrape_interval: 500ms, evaluation_interval: 1s}
rule_files: [$root/installer/fleet/prometheus/msiwatch.rules.yml]
scrape_configs:
  - job_name: msiwatch
    static_configs: [{targets: ["127.0.0.1:$exporter_port"]}]
END
"$tools/promtool" check config "$work/prometheus.yml" >"$work/config.log" 2>&1 || fail "the configuration"
"$tools/prometheus" --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
    --web.listen-address="127.0.0.1:$port" >"$work/prometheus.log" 2>&1 &
pids+=($!)
await_port "$port" $! Prometheus

# The value of an expression that has one.
query() { # EXPRESSION
    "$tools/promtool" query instant "http://127.0.0.1:$port" "$1" |
        sed -nE 's/.*=> ([^ ]+) @.*/\1/p'
}

await_value() { # EXPRESSION VALUE
    local i
    for ((i = 0; i < 120; i++)); do
        [[ $(query "$1") != "$2" ]] || return 0
        sleep 0.25
    done
    fail "$1 is '$(query "$1")', not $2"
}
await_value 'msiwatch_installer_state{state="idle"}' 1

# ---- the day ----------------------------------------------------------------------------------

now_us() { echo "${EPOCHREALTIME/./}"; }

nap() { # MICROSECONDS
    (($1 <= 0)) || sleep "$(printf '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000)))"
}

# When exactly the mutex changes hands is known only to lie between the command's begin and end.
least_us=0 most_us=0
day_us=$(now_us)
for ((i = 0; i < ${#begins[@]}; i++)); do
    nap $((day_us + begins[i] * 10 * tenth_ms * 1000 - $(now_us)))
    held_from=$(now_us)
    echo "mutex held" >&7
    answer ok
    held_by=$(now_us)
    nap $((held_by + tenths[i] * tenth_ms * 1000 - $(now_us)))
    free_from=$(now_us)
    echo "mutex free" >&7
    answer ok
    free_by=$(now_us)
    least_us=$((least_us + free_from - held_by))
    most_us=$((most_us + free_by - held_from))
done
nap $((day_us + 240 * tenth_ms * 1000 - $(now_us)))

# ---- what Prometheus knows of it --------------------------------------------------------------

await_value msiwatch_installer_busy_periods_total "${#begins[@]}"
await_value msiwatch_installer_busy 0
seconds=$(query msiwatch_installer_busy_seconds_total)
us=$(awk -v s="$seconds" 'BEGIN { printf "%d", s * 1000000 }')
echo "fleet: busy for $seconds s by Prometheus; $least_us to $most_us us by the script"
((us * 100 >= least_us * 99 && us * 100 <= most_us * 101)) || fail "that is off by more than 1 %"
[[ $(query 'max_over_time(msiwatch_installer_busy[5m])') == 1 ]] || fail "no scrape saw it busy"
[[ $(query 'max_over_time(node_textfile_scrape_error[5m])') == 0 ]] ||
    fail "node_exporter could not read the file at some scrape"
[[ $(query 'min_over_time(up[5m])') == 1 ]] || fail "a scrape failed"
[[ $(query msiwatch_journal_up) == 1 ]] || fail "the journal is not on disk"
[[ $(query 'sum(msiwatch_installer_state)') == 1 ]] || fail "not in one state"
[[ $(query 'count(node_textfile_mtime_seconds)') == 1 ]] || fail "more files than one"
[[ -z $(query 'ALERTS{alertstate="firing"}') ]] || fail "an alert fires: $(query ALERTS)"
"$tools/promtool" check metrics <"$work/textfiles/msiwatch.prom" || fail "promtool check metrics"

echo exit >&7
wait "${pids[0]}" || fail "the service ended badly"
[[ $(find "$work/textfiles" -type f | wc -l) == 1 ]] || fail "files are left: $(ls "$work/textfiles")"
echo "fleet: a day of ${#begins[@]} installations, seen right"
