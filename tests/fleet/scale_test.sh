#!/usr/bin/env bash
# scale_test.sh MSIWATCH-SIM [MACHINES]: tests the rules with the series of this many machines
# (1,000). promtool makes a Prometheus database of what that many services would report, Prometheus
# serves it, and each rule is evaluated: the sums are right, an alert names the one machine that it
# should, the fleet's dashboard reads as many series as for one machine, and a minute is enough time
# for everything. (promtool test rules, which the rules' own tests use, accepts no query of more
# than 10,000 samples.)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
tools=$root/build/deps/prometheus
rules=$root/installer/fleet/prometheus/msiwatch.rules.yml
machines=${2:-1000}
at=1795863600 # 2026-11-28T11:00:00Z
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
    printf 'scale: %s\n' "$*" >&2
    exit 1
}
[[ -x $tools/prometheus ]] || fail "no Prometheus: run tests/setup.sh"

# ---- what one service tells, and of it what so many do ------------------------------------------

mkdir -m 755 "$work/metrics"
mkfifo "$work/commands"
"$1" --pipe "$work/socket" --metrics-textfile "$work/metrics/msiwatch.prom" <"$work/commands" >"$work/out" &
pids+=($!)
exec 7>"$work/commands"
for ((i = 0; i < 200; i++)); do
    [[ ! -s $work/metrics/msiwatch.prom ]] || break
    sleep 0.05
done
grep -v '^#' "$work/metrics/msiwatch.prom" >"$work/one" || fail "the service tells nothing"
echo exit >&7

# Three scrapes, two minutes apart. Of each ten machines one is busy, with two that wait for a turn;
# of each hundred one has an installation a minute that fails. Number 7 stands still; the mutex of
# number 5 cannot be read, and the journal of number 3 not be written.
awk -v n="$machines" -v at="$at" '
{
    name = $1; labels = ""
    if (i = index($1, "{")) { name = substr($1, 1, i - 1); labels = "," substr($1, i + 1, length($1) - i - 1) }
    for (m = 0; m < n; m++) {
        value = $2; step = 0
        if (name == "msiwatch_installer_busy" || name == "msiwatch_turn_out") value = m % 10 == 7
        if (name == "msiwatch_turns_waiting") value = 2 * (m % 10 == 7)
        if (name == "msiwatch_installer_state") {
            value = labels ~ /busy/ ? m % 10 == 7 : labels ~ /idle/ ? m % 10 != 7 : 0
        }
        if (name == "msiwatch_installer_stalled") value = m == 7
        if (name == "msiwatch_sensor_up") value = !(labels ~ /"mutex"/ && m == 5)
        if (name == "msiwatch_journal_up") value = m != 3
        if (labels ~ /operation="install",result="failure"/) step = m % 100 == 0 ? 2 : 0
        if (name == "msiwatch_installer_busy_seconds_total") step = m % 10 == 7 ? 120 : 0
        if (step) value = 1000 # not the first that there ever were
        for (k = 0; k < 3; k++) {
            printf "%s{job=\"windows\",instance=\"pc%d\"%s} %s %d\n", name, m, labels, value + k * step,
                at - 240 + k * 120
        }
    }
}
END { print "# EOF" }' "$work/one" >"$work/series"
"$tools/promtool" tsdb create-blocks-from openmetrics "$work/series" "$work/tsdb" >"$work/blocks.log" 2>&1 ||
    fail "promtool: $(tail -n 3 "$work/blocks.log")"
rm "$work/series"

echo 'global: {}' >"$work/prometheus.yml"
for ((i = 0; ; i++)); do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
done
"$tools/prometheus" --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
    --storage.tsdb.retention.time=100y --web.listen-address="127.0.0.1:$port" >"$work/log" 2>&1 &
pids+=($!)
for ((i = 0; i < 300; i++)); do
    ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    sleep 0.1
done

# ---- the rules ------------------------------------------------------------------------------------

query() { # EXPRESSION
    "$tools/promtool" query instant --time "$at" "http://127.0.0.1:$port" "$1"
}

[[ $(query 'count({__name__=~"msiwatch_.+"})' | sed 's/.*=> \([0-9]*\) .*/\1/') == $((machines * $(wc -l <"$work/one"))) ]] ||
    fail "not all series are there"
paste -d '\t' <(sed -nE 's/^ *- record: (.*)/\1/p' "$rules") \
    <(sed -nE '/- record:/{n;s/^ *expr: //p}' "$rules") >"$work/sums"
[[ $(wc -l <"$work/sums") -ge 14 ]] || fail "no sums in the rules"
begin=${EPOCHREALTIME/[^0-9]/}
while IFS=$'\t' read -r name expression; do
    query "$expression" | sed "s/^/$name /" >>"$work/recorded"
done <"$work/sums"
ms=$(((${EPOCHREALTIME/[^0-9]/} - begin) / 1000))

is() { # NAME LABELS VALUE
    local found
    found=$(awk -v name="$1" -v labels="$2" '$1 == name && index($0, labels) { sub(/.*=> /, ""); print $1 }' "$work/recorded")
    awk -v a="$found" -v b="$3" 'BEGIN { exit !(a != "" && a - b < 0.001 && b - a < 0.001) }' ||
        fail "$1 $2 is '$found', not $3"
}
is job:msiwatch_machines:count '' "$machines"
is job_version:msiwatch_machines:count '' "$machines"
is job_state:msiwatch_installer_state:sum 'state="busy"' $((machines / 10))
is job_state:msiwatch_installer_state:sum 'state="idle"' $((machines - machines / 10))
is job:msiwatch_installer_stalled:sum '' 1
is job:msiwatch_turn_out:sum '' $((machines / 10))
is job:msiwatch_turns_waiting:sum '' $((machines / 5))
is job:msiwatch_installer_busy_seconds:rate5m '' "$((machines / 10)).0"
is job_operation_result:msiwatch_operations:rate5m 'operation="install", result="failure"' \
    "$(awk -v n="$machines" 'BEGIN { print n / 100 / 60 }')"
is job_sensor:msiwatch_sensor_down:count 'sensor="mutex"' 1
is job_sensor:msiwatch_sensor_down:count 'sensor="registry"' 0
is job:msiwatch_journal_down:count '' 1
[[ $(wc -l <"$work/recorded") == 43 ]] ||
    fail "$(wc -l <"$work/recorded") sums of $machines machines are not as many as of one"

# The one machine that each alert is about.
sole() { # ALERT MACHINE
    local expression
    expression=$(sed -nE "/- alert: $1\$/{n;s/^ *expr: //p}" "$rules")
    query "$expression" >"$work/found"
    [[ $(wc -l <"$work/found") == 1 ]] && grep -q "instance=\"$2\"" "$work/found" ||
        fail "$1: $(head -n 3 "$work/found")"
}
sole MsiWatchInstallerStalled pc7
sole MsiWatchSensorDown pc5
sole MsiWatchJournalDown pc3
((ms < 60000)) || fail "the sums of $machines machines took $ms ms: a minute is all there is"
memory=$(awk '/VmHWM/ { print int($2 / 1024) }' "/proc/${pids[-1]}/status")
echo "scale: $machines machines, $((machines * $(wc -l <"$work/one"))) series: all sums in $ms ms, $(wc -l <"$work/recorded") series; $memory MB at most"
