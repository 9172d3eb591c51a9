#!/usr/bin/env bash
# Measures what a status, an event and the client program cost, compared with bare controls in the
# same run, and how long it takes until a subscriber gets the event for a change of the mutex.
# README.md says what is measured and how.
#
#   tests/bench/run.sh [native|wine] [--quick] [--bin DIR] [--json FILE]
#
# FILE gets the printed figures, as an array.
#
# Natively it measures msiwatch-sim and a service of its own; under Wine the real msiwatchd.exe and
# a real mutex, in a Wine prefix that is removed at the end. Builds nothing: build/native/bin or
# build/mingw/bin must exist.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

where=native
bin=
json=
quick=false
while (($# > 0)); do
    case $1 in
        native | wine) where=$1 ;;
        --quick) quick=true ;;
        --bin) bin=${2:?} && shift ;;
        --json) json=${2:?} && shift ;;
        *)
            echo "usage: tests/bench/run.sh [native|wine] [--quick] [--bin DIR] [--json FILE]" >&2
            exit 2
            ;;
    esac
    shift
done

scratch=$(mktemp -d)
pids=()
finish() {
    local status=$?
    trap - EXIT
    if ((${#pids[@]} > 0)); then
        kill "${pids[@]}" 2>/dev/null || true
        wait "${pids[@]}" 2>/dev/null || true
    fi
    [[ $where != wine ]] || prefix_stop || status=1
    rm -rf "$scratch"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

begin() { # NAME COMMAND...: in the background, with its output in $scratch/NAME
    local name=$1
    shift
    : >"$scratch/$name"
    "$@" >"$scratch/$name" 2>&1 </dev/null &
    pids+=("$!")
}

await() { # NAME PATTERN: for at most 30 s
    local end=$((SECONDS + 30))
    until grep -q "$2" "$scratch/$1"; do
        if ((SECONDS >= end)); then
            echo "bench: $1 did not say '$2':" >&2
            cat "$scratch/$1" >&2
            exit 1
        fi
        sleep 0.02
    done
}

# What was recorded so far, as an array.
write_json() {
    [[ -n $json ]] || return 0
    sed -e '1s/^/[/' -e '$!s/$/,/' -e '$s/$/]/' "$scratch/figures" >"$json"
}

heading() { printf '\n%s\n' "$*"; }

# What is done for nobody: of all threads, the times that one gave up the processor by itself.
switches() { # PID
    cat "/proc/$1"/task/*/status | awk '/^voluntary_ctxt_switches/ { n += $2 } END { print n }'
}

figure() { # NAME UNIT VALUE
    printf '%-44s %19s %s\n' "$1" "$3" "$2"
    printf '{"name":"%s","unit":"%s","count":1,"p50":%s,"min":%s,"max":%s}\n' "$1" "$2" "$3" "$3" \
        "$3" >>"$scratch/figures"
}

doing_nothing() { # NAME PID SECONDS
    local before after private
    before=$(switches "$2")
    sleep "$3"
    after=$(switches "$2")
    private=$(awk '/^Private_/ { n += $2 } END { print n }' "/proc/$2/smaps_rollup")
    figure "$1, voluntary switches a second" "" \
        "$(awk "BEGIN { printf \"%.2f\", ($after - $before) / $3 }")"
    figure "$1, private memory" KiB "$private"
}

native() {
    local rounds=20 each=2000 edges=400
    ! $quick || rounds=3 each=50 edges=6
    bin=${bin:-$root/build/native/bin}
    begin sim "$bin/msiwatch-sim" --pipe "$scratch/sim.sock" --connections 1800 \
        --connections-kept 0 --connections-process 1800 --connections-user 1800
    begin echo "$bin/msiwatch-bench" echo --pipe "$scratch/echo.sock"
    await sim ready
    await echo ready
    heading "status round trip, Unix socket, $rounds rounds of $each each in turn"
    "$bin/msiwatch-bench" roundtrip --pipe "$scratch/sim.sock" --echo "$scratch/echo.sock" \
        --rounds "$rounds" --each "$each"
    local clients ms=300
    ! $quick || ms=20
    for clients in 1 50 1000; do
        heading "status at once, Unix socket, $clients clients"
        "$bin/msiwatch-bench" throughput --pipe "$scratch/sim.sock" --echo "$scratch/echo.sock" \
            --rounds "$rounds" --clients "$clients" --ms "$ms"
    done
    # Both ends of each are in one process, of the service's and of the bare server's.
    local files many
    files=$(ulimit -Hn)
    many=$(((files - 200) / 4 < 10000 ? (files - 200) / 4 : 10000))
    local few=$((many < 1000 ? many : 1000))
    ! $quick || few=20 many=200
    ulimit -n "$files"
    for clients in "$few" "$many"; do
        heading "an event to $clients subscribers, the last of them"
        rm -f "$scratch"/fan.*
        "$bin/msiwatch-bench" fanout --pipe "$scratch/fan" --clients "$clients" --rounds "$rounds"
    done
    heading "the client program, the whole process"
    "$bin/msiwatch-bench" startup --pipe "$scratch/sim.sock" --empty "$bin/msiwatch-empty" \
        --client "$bin/msiwatch" --rounds $((rounds * 5))
    heading "doing nothing, msiserver stopped"
    local seconds=60
    ! $quick || seconds=3
    begin idle "$bin/msiwatch-sim" --pipe "$scratch/idle.sock"
    await idle ready
    mkdir "$scratch/idle_data"
    begin idle_disk "$bin/msiwatch-sim" --pipe "$scratch/idle_disk.sock" --data "$scratch/idle_data"
    await idle_disk ready
    sleep 1
    doing_nothing "journal in memory" "${pids[-2]}" "$seconds"
    doing_nothing "journal on disk" "${pids[-1]}" "$seconds"
    heading "detection, Unix socket, interval 20 ms (msiserver runs), journal in memory"
    "$bin/msiwatch-bench" detect --pipe "$scratch/detect.sock" --edges "$edges"
    heading "the same with the journal on disk: an event is committed before it is sent"
    mkdir "$scratch/data"
    "$bin/msiwatch-bench" detect --pipe "$scratch/detect.sock" --edges "$edges" \
        --data "$scratch/data"
    heading "a look at all processes, played"
    "$bin/msiwatch-bench" processes --count 200 --looks $((rounds * 50))
    "$bin/msiwatch-bench" processes --count 2000 --looks $((rounds * 50))
    if [[ -x $bin/memory-test ]]; then # not built with sanitizers
        heading "memory, 1,000 idle subscribers"
        "$bin/memory-test" | grep -v '^\['
    fi
}

# Edges of the rig against what a subscriber hears.
detect_under_wine() { # COUNT HELD-MS FREE-MS
    begin events wine "$bin/msiwatch-bench.exe" follow --pipe bench --events $(($1 * 2))
    await events ready
    wine "$bin/msirig.exe" hold "$2" --count "$1" --free "$3" >"$scratch/edges" 2>&1 </dev/null
    wait "${pids[-1]}"
    wine "$bin/msiwatch-bench.exe" match --edges "$(winepath -w "$scratch/edges")" \
        --events "$(winepath -w "$scratch/events")"
}

# What the threads of processes have computed, in ms.
computed() { # PID...
    local pid
    for pid; do
        cat "/proc/$pid"/task/*/schedstat
    done | awk '{ n += $1 } END { printf "%.3f", n / 1e6 }'
}

# What tools compute that want to know, and what the service does, which may be for them.
tools_compute() { # SECONDS SERVICE COUNT HZ WAY...
    local seconds=$1 service=$2 count=$3 hz=$4 way tools before own for_them
    shift 4
    for way; do
        begin tools wine "$bin/msiwatch-bench.exe" tools --way "$way" --count "$count" --hz "$hz" \
            --pipe bench
        tools=${pids[-1]}
        await tools ready
        sleep 1
        own=$(computed "$tools")
        for_them=$(computed "$service")
        sleep "$seconds"
        own=$(awk "BEGIN { print $(computed "$tools") - $own }")
        for_them=$(awk "BEGIN { print $(computed "$service") - $for_them }")
        figure "$count x $way at $hz Hz, $seconds s: tools" ms "$own"
        figure "$count x $way at $hz Hz, $seconds s: service" ms "$for_them"
        kill "$tools"
    done
}

# An installer that takes the mutex without waiting, alone and beside 32 tools at 50 Hz.
grab_beside() { # ROUNDS EACH WAY...
    local rounds=$1 each=$2 way
    shift 2
    for way; do
        begin tools wine "$bin/msiwatch-bench.exe" tools --way "$way" --count 32 --hz 50 \
            --pipe bench --gate bench-gate
        await tools ready
        wine "$bin/msiwatch-bench.exe" grab --gate bench-gate --way "$way" --rounds "$rounds" \
            --each "$each"
        kill "${pids[-1]}"
    done
}

under_wine() {
    local rounds=10 each=300 edges=100
    ! $quick || rounds=2 each=20 edges=5
    bin=${bin:-$root/build/mingw/bin}
    prefix_start
    begin service wine "$bin/msiwatchd.exe" run --pipe bench --flapping 10000 \
        --data "$(winepath -w "$scratch")\\data"
    local service=${pids[-1]}
    await service 'listens on'
    begin echo wine "$bin/msiwatch-bench.exe" echo --pipe bench-echo
    await echo ready
    heading "status round trip, named pipe under Wine, $rounds rounds of $each each in turn"
    wine "$bin/msiwatch-bench.exe" roundtrip --pipe bench --echo bench-echo \
        --rounds "$rounds" --each "$each"
    local clients ms=500
    ! $quick || ms=100
    for clients in 1 50; do
        heading "status at once, named pipe under Wine, $clients clients"
        wine "$bin/msiwatch-bench.exe" throughput --pipe bench --echo bench-echo \
            --rounds "$rounds" --clients "$clients" --ms "$ms"
    done
    heading "the client program, the whole process"
    wine "$bin/msiwatch-bench.exe" startup --pipe bench \
        --empty "$(winepath -w "$bin/msiwatch-empty.exe")" \
        --client "$(winepath -w "$bin/msiwatch.exe")" --rounds $((rounds * 3))
    local seconds=10 each_grab=1000
    ! $quick || seconds=1 each_grab=20
    heading "tools that want to know, and what they and the service compute, msiserver stopped"
    tools_compute "$seconds" "$service" 1 10 open-and-wait-zero existence processes
    tools_compute "$seconds" "$service" 100 1 open-and-wait-zero block-and-release existence \
        processes status wait
    heading "an installer that does not wait, alone and beside 32 tools at 50 Hz"
    grab_beside "$rounds" "$each_grab" open-and-wait-zero block-and-release existence processes \
        status wait
    wine net start msiserver >"$scratch/net" 2>&1 </dev/null
    heading "detection under Wine, msiserver runs (20 ms between looks)"
    detect_under_wine "$edges" 137 176 # a period that is no multiple of the interval
    $quick && return
    wine net stop msiserver >"$scratch/net" 2>&1 </dev/null
    heading "detection under Wine, msiserver is stopped (1 s between looks while idle)"
    detect_under_wine 15 1700 2570
}

export MSIWATCH_BENCH_FIGURES=$scratch/figures
: >"$scratch/figures"
if [[ $where == native ]]; then
    native
else
    # Its processes must outlive one prefix.sh call.
    export MSIWATCH_TEST_TIMEOUT=${MSIWATCH_TEST_TIMEOUT:-600}
    # shellcheck source=tests/wine/prefix.sh
    . "$root/tests/wine/prefix.sh"
    MSIWATCH_BENCH_FIGURES=Z:${scratch//\//\\}\\figures
    under_wine
fi
write_json
