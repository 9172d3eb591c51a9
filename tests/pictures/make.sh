#!/usr/bin/env bash
# Makes the README's pictures again, with the programs of the native build: docs/top.svg and
# docs/report.png. Also makes build/artifacts/print: a report of 10,000 busy periods on paper, its
# first two pages, one in the middle and the last, to look at. Run it by hand when a view has
# changed.
#
#   tests/pictures/make.sh [BIN]      BIN: build/native/bin
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=${1:-$root/build/native/bin}
docs=$root/docs
scratch= # terminal.sh makes it
# shellcheck source=tests/top/terminal.sh
. "$root/tests/top/terminal.sh"
export TZ=UTC
command -v pdfinfo >/dev/null || {
    echo "make.sh: there is no pdfinfo: apt-get install poppler-utils" >&2
    exit 1
}
start=1795344606785 # 2026-11-22T10:50:06.785Z
# shellcheck source=tests/sim/sim.sh
. "$root/tests/sim/sim.sh"

clean_up() {
    local status=$?
    terminal_stop
    sim_stop
    rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT

# ---- top: an hour -------------------------------------------------------------------------------

events_ago <<'END' >"$scratch/hour"
7000 "kind":"transition","from":"unknown","to":"idle","reasons":[],"after_ms":null
2700 "kind":"transition","from":"idle","to":"busy","reasons":["mutex"],"after_ms":4300000
2695 "kind":"install","of":2,"install":{"source":"eventlog","product":"Contoso Agent","version":"4.2.1","action":"install","result":"success","status":0,"started_by":{"pid":700,"image":"C:\\Windows\\CCM\\CcmExec.exe","session":0}}
2160 "kind":"transition","from":"busy","to":"idle","reasons":[],"after_ms":540000
1300 "kind":"transition","from":"idle","to":"busy","reasons":["mutex"],"after_ms":860000
1290 "kind":"install","of":5,"install":{"source":"eventlog","product":"Fabrikam VPN Client","version":"11.0","action":"install","result":"failure","status":1603,"started_by":{"pid":701,"image":"C:\\Windows\\explorer.exe","session":1}}
1180 "kind":"transition","from":"busy","to":"idle","reasons":[],"after_ms":120000
620 "kind":"transition","from":"idle","to":"busy","reasons":["mutex"],"after_ms":560000
615 "kind":"install","of":8,"install":{"source":"eventlog","product":"Litware Sync","version":"2.7.0","action":"update","result":"success","status":3010,"reboot":"required","started_by":{"pid":702,"image":"C:\\Tools\\winget.exe","session":1}}
20 "kind":"transition","from":"busy","to":"idle","reasons":[],"after_ms":600000
END
sim_start "$scratch/hour"
echo "mutex held 4242 7" >&7
sleep 0.2
# Its exit code says that it is busy.
at=$({ "$bin/msiwatch" --pipe "$scratch/pipe" status --json || true; } | jq -r .sampled_at)
printf '%s\n' "record <Event><System><Provider Name='MsiInstaller'/><EventID>1040</EventID><TimeCreated SystemTime='$at'/><Security UserID='S-1-5-18'/></System><EventData><Data>C:\pkg\northwind-reader.msi</Data><Data>9004</Data></EventData></Event>" >&7
terminal_start 100 26 "$bin/msiwatch" --pipe "$scratch/pipe" top
await "top shows busy" shows "busy"
sleep 2
in_tmux capture-pane -e -p | python3 "$here/terminal_svg.py" >"$docs/top.svg"
terminal_keys q
terminal_stop
sim_stop

# ---- the report: a week with names that one would meet ------------------------------------------

"$root/tests/report/week.sh" 7 $((start - 60000)) >"$scratch/week"
sim_start "$scratch/week"
browse() { # PAGE OPTION...
    chromium-headless-shell --no-sandbox --disable-gpu "${@:2}" "file://$1" >"$scratch/browser" 2>&1 ||
        fail "the browser: $(tail -n 3 "$scratch/browser")"
}
"$bin/msiwatch" --pipe "$scratch/pipe" report --since 7d --html "$scratch/report.html"
browse "$scratch/report.html" --hide-scrollbars --window-size=1100,900 --screenshot="$docs/report.png"
sim_stop

# ---- many periods, on paper ---------------------------------------------------------------------

print=$root/build/artifacts/print
rm -rf "$print" && mkdir -p "$print"
"$root/tests/report/journal.sh" 10000 $((start - 60000)) >"$scratch/many"
sim_start "$scratch/many"
"$bin/msiwatch" --pipe "$scratch/pipe" report --since 7d --html "$scratch/many.html"
browse "$scratch/many.html" --no-pdf-header-footer --print-to-pdf="$print/report.pdf"
pages=$(pdfinfo "$print/report.pdf" | sed -n 's/^Pages: *//p')
for page in 1 2 $((pages / 2)) "$pages"; do
    pdftoppm -r 90 -f "$page" -l "$page" -png "$print/report.pdf" "$print/page"
done
ls -l "$print"
ls -l "$docs"
