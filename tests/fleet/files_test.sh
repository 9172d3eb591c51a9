#!/usr/bin/env bash
# The files in installer/fleet are well formed, and name only metrics and events that exist.
#
#   tests/fleet/files_test.sh MSIWATCH-SIM
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
fleet=$root/installer/fleet
promtool=$root/build/deps/prometheus/promtool
work=$(mktemp -d)
sim=
clean_up() {
    [[ -z $sim ]] || { kill "$sim" && wait "$sim"; } || true
    rm -rf "$work"
}
trap clean_up EXIT

fail() {
    printf 'fleet: %s\n' "$*" >&2
    exit 1
}

[[ -x $promtool ]] || fail "no promtool: run tests/setup.sh"

# ---- what the service tells -------------------------------------------------------------------
mkdir -m 755 "$work/metrics"
mkfifo "$work/commands"
"$1" --pipe "$work/socket" --metrics-textfile "$work/metrics/msiwatch.prom" <"$work/commands" >"$work/out" &
sim=$!
exec 7>"$work/commands"
for ((i = 0; i < 200; i++)); do
    [[ ! -s $work/metrics/msiwatch.prom ]] || break
    sleep 0.05
done
"$promtool" check metrics <"$work/metrics/msiwatch.prom" || fail "promtool finds faults in the metrics"
# A check that finds nothing in anything would be no test.
! sed 's/msiwatch_samples_total/msiwatch_samplesCount/' "$work/metrics/msiwatch.prom" |
    "$promtool" check metrics 2>/dev/null || fail "promtool finds no fault in a wrong name"
sed -nE 's/^# TYPE ([^ ]+) .*/\1/p' "$work/metrics/msiwatch.prom" | sort >"$work/told"

# Every one that the issue names, and that the README lists.
for name in installer_busy installer_state installer_busy_seconds_total installer_busy_periods_total \
    last_transition_timestamp_seconds operations_total clients_waiting detection_seconds connections \
    rejected_total sensor_up journal_up samples_total build_info; do
    grep -qx "msiwatch_$name" "$work/told" || fail "there is no msiwatch_$name"
done
sed -nE '/^\| `msiwatch_/p' "$fleet/README.md" | grep -oE 'msiwatch_[a-z_]+' | sort >"$work/listed"
diff "$work/told" "$work/listed" || fail "metrics told (<) and listed in the README (>) differ"
! grep -E 'path|pid|product|user' "$work/metrics/msiwatch.prom" | grep -E '\{[^}]*(path|pid|product)=' ||
    fail "a label that it must not have"

# Metrics that the service tells, and sums of them that the rules record.
sed -nE 's/^ *- record: (.*)/\1/p' "$fleet/prometheus/msiwatch.rules.yml" | sort >"$work/recorded"
known() { # FILE
    local name
    for name in $(grep -oE '([a-z_]+:)?msiwatch_[a-z_]+(:[a-z0-9]+)?' "$1" | sort -u); do
        grep -qxe "${name%_bucket}" "$work/told" "$work/recorded" || [[ $name == msiwatch_sums ]] ||
            fail "$1: there is no metric $name"
    done
}

# ---- Prometheus, Grafana ----------------------------------------------------------------------
(cd "$fleet/prometheus" && "$promtool" check rules msiwatch.rules.yml &&
    "$promtool" test rules msiwatch.rules.test.yml) || fail "the rules"
known "$fleet/prometheus/msiwatch.rules.yml"
known "$fleet/prometheus/msiwatch.rules.test.yml"
for alert in $(sed -nE 's/.*- alert: (.*)/\1/p' "$fleet/prometheus/msiwatch.rules.yml"); do
    grep -q "alertname: $alert" "$fleet/prometheus/msiwatch.rules.test.yml" || fail "$alert has no test"
    # The tests hold the rule: with another threshold they fail.
done
mkdir "$work/rules"
cp "$fleet/prometheus/"*.yml "$work/rules"
sed -i 's/> 7200/> 9000/' "$work/rules/msiwatch.rules.yml"
! (cd "$work/rules" && "$promtool" test rules msiwatch.rules.test.yml) >/dev/null 2>&1 ||
    fail "the rules' tests pass with another rule"

# What the README leaves out of the scrapes, as Prometheus reads it.
{
    echo 'scrape_configs:'
    echo '  - job_name: windows'
    sed -n '/^ *metric_relabel_configs:/,/```/p' "$fleet/README.md" | grep -v '```' | sed 's/^ /  /'
} >"$work/scrape.yml"
grep -q 'action: drop' "$work/scrape.yml" || fail "the README leaves nothing out"
"$promtool" check config "$work/scrape.yml" || fail "the README's metric_relabel_configs"

cat "$fleet/grafana/msiwatch-fleet.json" "$fleet/prometheus/msiwatch.rules.yml" |
    grep -v 'record:' >"$work/readers"
while read -r name; do
    # Each is read by a panel or an alert, and its value is held by a test.
    grep -qE "expr: .*$name" "$fleet/prometheus/msiwatch.rules.test.yml" || fail "$name has no test"
    grep -qF "$name" "$work/readers" || fail "nobody reads $name"
done <"$work/recorded"

dashboard=$fleet/grafana/msiwatch.json
for file in "$fleet"/grafana/*.json; do
    jq -e '.title and .uid and (.panels | length > 5) and ([.panels[].id] | length == (unique | length))' \
        "$file" >/dev/null || fail "the dashboard $file"
    known "$file"
done
"$here/dashboard_test.cjs" "$root/build/deps/npm" "$fleet"/grafana/*.json || fail "a dashboard's format"
# What people look for is there: standstills, turns and their queue, failures by result.
jq -r '.panels[].targets[].expr' "$dashboard" >"$work/shown"
for name in installer_stalled turn_out turns_waiting turns_wedged_total turns_total collisions_total; do
    grep -q "msiwatch_$name" "$work/shown" || fail "no panel of the dashboard shows $name"
done
grep -q 'sum by (result) .*msiwatch_operations_total{.*result=~"failure|lost"' "$work/shown" ||
    fail "no panel of the dashboard shows failures by result"
# The fleet's reads sums and alerts alone, as many series however many machines.
! jq -r '.panels[].targets[].expr' "$fleet/grafana/msiwatch-fleet.json" |
    grep -vE 'ALERTS\{' | grep -E '(^|[^:a-z_])msiwatch_' || fail "the fleet's dashboard reads every machine"
# Unknown is neither idle nor busy, and is shown.
jq -e '[.panels[] | select(.type == "state-timeline")] | length > 0 and all(
        (.targets[0].expr | contains("state=\"unknown\"")) and
        ([.fieldConfig.defaults.mappings[].options[].text] | contains(["idle", "busy", "unknown"])))' \
    "$dashboard" >/dev/null || fail "the dashboard does not show unknown as unknown"
# Their expressions as rules, so that promtool reads them.
jq -rs '"groups:\n- name: dashboards\n  rules:", (.[] | (.uid | gsub("-"; "_")) as $of | .panels[] |
    .id as $id | .targets[] | "  - record: \($of)_panel_\($id)_\(.refId)\n    expr: \(.expr |
    gsub("\\$__rate_interval"; "5m") | tojson)")' "$fleet"/grafana/*.json >"$work/dashboard.yml"
"$promtool" check rules "$work/dashboard.yml" || fail "an expression of the dashboard"

# ---- recipes ----------------------------------------------------------------------------------
grep -q -- '-LogName ForwardedEvents -FilterXPath' "$fleet/README.md" || fail "no recipe for forwarded events"
! grep -E 'Get-WinEvent.*(FilterHashtable|-ProviderName)' "$fleet/README.md" ||
    fail "a recipe that fails where the provider is not installed"
grep -q 'ENABLED_COLLECTORS="\[defaults\],textfile"' "$fleet/README.md" || fail "the collector is off by default"

# ---- events -----------------------------------------------------------------------------------
ids() { sort -un | paste -sd ' '; }
in_code=$(sed -nE 's/^ *ENTRY\([A-Z_]+, ([0-9]+), .*/\1/p' "$root/service/eventlog/eventlog.h" | ids)
in_words=$(sed -nE 's/^MessageId=([0-9]+)/\1/p' "$root/service/eventlog/messages.mc" | ids)
in_list=$(sed -nE 's/^\| ([0-9]+) \|.*/\1/p' "$root/service/eventlog/README.md" | ids)
forwarded=$(grep -oE 'EventID=[0-9]+' "$fleet/event-forwarding/msiwatch.xml" | cut -d = -f 2 | ids)
[[ -n $in_code ]] || fail "no events in eventlog.h"
[[ $in_code == "$in_words" ]] || fail "events of eventlog.h: $in_code; of messages.mc: $in_words"
[[ $in_code == "$in_list" ]] || fail "events of eventlog.h: $in_code; of its README: $in_list"
[[ $in_code == "$forwarded" ]] || fail "events of eventlog.h: $in_code; forwarded: $forwarded"
xmllint --noout "$fleet/event-forwarding/msiwatch.xml" || fail "the subscription"
# The query inside is XML, too.
xmllint --xpath 'string(//*[local-name()="Query"])' "$fleet/event-forwarding/msiwatch.xml" |
    sed '/./,$!d; s/^ *//' >"$work/query.xml"
xmllint --noout "$work/query.xml" || fail "the subscription's query"

echo exit >&7
wait "$sim" || fail "the service ended badly"
sim=
echo "fleet: $(wc -l <"$work/told") metrics, $(grep -c '^  - record' "$work/dashboard.yml") expressions, events $in_code"
