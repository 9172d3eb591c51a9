#!/usr/bin/env bash
# Runs all fuzz harnesses, one after the other, each from its seeds in corpus/ and the inputs that
# it learnt before.
#
#   tests/fuzz/run.sh SECONDS [BIN]    for this long in total, in one process. BIN is the folder of
#                                      the built harnesses; without it they are built (native-fuzz)
#   tests/fuzz/run.sh HARNESS FILE...  runs a harness once on each of the files
#
# What is learnt stays in build/fuzz/learnt/HARNESS, inputs that fail are stored in
# build/fuzz/crashes, and nothing else is written. Exits with 1 if anything was found.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Of a hundred seconds: how many each gets.
declare -A shares=([connection]=45 [client]=20 [record]=12 [values]=8 [wire]=9 [lines]=6)

build() {
    local harnesses=("${!shares[@]}")
    cmake --preset native-fuzz >/dev/null
    cmake --build --preset native-fuzz --target "${harnesses[@]/#/fuzz_}" >/dev/null
}

case ${1:-} in
    connection | client | record | values | wire | lines)
        build
        exec "build/native-fuzz/bin/fuzz_$1" "${@:2}"
        ;;
    '' | *[!0-9]*)
        echo "usage: tests/fuzz/run.sh SECONDS [BIN]" >&2
        exit 2
        ;;
esac
dictionary() {
    if [[ $1 == record ]]; then
        echo tests/fuzz/record.dict
    else
        echo tests/fuzz/pipe.dict
    fi
}

seconds=$1
bin=${2:-build/native-fuzz/bin}
[[ $# -gt 1 ]] || build

# Short traces and a small quarantine: twice as fast.
export ASAN_OPTIONS=detect_leaks=1:malloc_context_size=6:quarantine_size_mb=16
export UBSAN_OPTIONS=print_stacktrace=1
out=build/fuzz
total=0
mkdir -p "$out/crashes"
for harness in connection client record values wire lines; do
    learnt=$out/learnt/$harness
    time=$((seconds * shares[$harness] / 100))
    mkdir -p "$learnt"
    status=0
    "$bin/fuzz_$harness" -max_total_time=$((time > 0 ? time : 1)) -timeout=20 -max_len=4096 \
        -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 -reload=0 \
        -dict="$(dictionary "$harness")" -artifact_prefix="$out/crashes/$harness-" \
        "$learnt" "tests/fuzz/corpus/$harness" >"$out/$harness.log" 2>&1 || status=$?
    if ((status == 72)); then # libFuzzer's own, for a signal
        echo "fuzz: $harness was interrupted" >&2
        exit 130
    elif ((status != 0)); then
        grep -v '^#' "$out/$harness.log" | tail -n 60 >&2
        echo "fuzz: $harness found something: see above, $out/$harness.log and $out/crashes" >&2
        exit 1
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$harness.log")
    covered=$(grep -o 'cov: [0-9]*' "$out/$harness.log" | tail -n 1)
    echo "fuzz: $harness: $runs executions, $covered"
    total=$((total + runs))
done
echo "fuzz: $total executions, nothing found"
