#!/usr/bin/env bash
# Every sample of output in README.md is what the program prints: runs the command of each
# ```console block with msiwatch-sim, and compares the output, where a digit stands for any digit.
#
#   readme_test.sh BIN      BIN: the folder of msiwatch, msiwatch-sim and journal-fill
#
# MSIWATCH_TEST_WRITE=1 prints the blocks as they should be.
set -euo pipefail
bin=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=$(mktemp -d)
export TZ=UTC LC_ALL=C.UTF-8
start=$(date +%s)000 # `history --since 7d` counts back from the real time

# shellcheck source=tests/sim/sim.sh
. "$root/tests/sim/sim.sh"

clean_up() {
    local status=$?
    sim_stop
    rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT

fail() {
    echo "readme: FAILED: $*"
    exit 1
}

# ---- a machine on which something was installed --------------------------------------------------

events_ago <<'END' >"$scratch/events"
90000 "kind":"transition","from":"unknown","to":"idle","reasons":[],"after_ms":null
80000 "kind":"transition","from":"idle","to":"busy","reasons":["mutex"],"after_ms":10000000
79790 "kind":"install","of":2,"install":{"source":"eventlog","product":"Contoso Agent","version":"4.2.1","package":"agent.msi","started_by":{"pid":700,"image":"C:\\Windows\\CCM\\CcmExec.exe","session":0},"action":"install","result":"success","status":0,"reboot":"none"}
79797 "kind":"transition","from":"busy","to":"idle","reasons":[],"after_ms":203000
70000 "kind":"transition","from":"idle","to":"unknown","reasons":[],"after_ms":9797000
END
msiwatch() { MSIWATCH_PIPE="$scratch/pipe" "$bin/msiwatch" "$@"; }
is_busy() { [[ $(msiwatch status --json) == *'"state":"busy"'* ]]; }

# ---- the samples ---------------------------------------------------------------------------------

# One file a block: the command on the first line, then its output.
awk -v out="$scratch/block" '/^```console$/ { n++; on = 1; next } /^```$/ { on = 0 }
    on { print > (out "." n) }' "$root/README.md"
compgen -G "$scratch/block.*" >/dev/null || fail "there is no sample"

# A number stands for any other, and so do blanks. The README's times are local: no Z.
normal() { sed -E 's/([0-9])Z/\1/g; s/[0-9]+/0/g; s/ +/ /g; s/ $//'; }

for block in "$scratch"/block.*; do
    command=$(head -n 1 "$block")
    [[ $command == '> msiwatch '* ]] || fail "a sample begins with: $command"
    read -r -a words <<<"${command#> msiwatch }"
    sim_start "$scratch/events"
    if [[ ${words[0]} != history ]]; then
        echo "ui_clients 1" >&7 # which is the mutex's owner
        echo "mutex held 4242 7" >&7
        await "it is busy" is_busy
        sleep 1.2 # so that it is said in seconds
    fi
    if [[ ${words[0]} == watch ]]; then
        (sleep 1.2 && echo "mutex free" >&7) &
    fi
    msiwatch "${words[@]}" >"$scratch/output" 2>&1 || true
    if [[ -n ${MSIWATCH_TEST_WRITE:-} ]]; then
        printf '%s\n%s\n' "$command" "$(cat "$scratch/output")"
        sim_stop
        continue
    fi
    diff <(tail -n +2 "$block" | normal) <(normal <"$scratch/output") ||
        fail "'$command' prints (right) something else than the README says (left)"
    echo "readme: as printed: $command"
    sim_stop
done
