#!/usr/bin/env bash
# guard.sh [--update] [--bin DIR]: measures what the service's work costs, in instructions, as
# ratios to what a bare libuv server spends on one answer in the same run. Fails if a ratio is more
# than 5 % above the one stored in guard.txt, and says which are more than 5 % below it; --update
# stores the new ones. Builds nothing.
#
# The cost of a round is the difference of two runs of different lengths; only the server is
# counted.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$here/../../../build/native/bin
update=false
while (($# > 0)); do
    case $1 in
        --update) update=true ;;
        --bin) bin=${2:?} && shift ;;
        *)
            echo "usage: tests/bench/cost/guard.sh [--update] [--bin DIR]" >&2
            exit 2
            ;;
    esac
    shift
done

stored=$here/guard.txt
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

count() { # PROGRAM ARGUMENT...: how many instructions it executes
    local toggle=()
    [[ $1 != */turns-cost ]] ||
        toggle=(--collect-atstart=no --toggle-collect=counted_release --toggle-collect=counted_look)
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "${toggle[@]}" "$@" \
        >"$scratch/said" 2>&1 || {
        cat "$scratch/said" >&2
        return 1
    }
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$scratch/said"
}

a_round() { # LONG SHORT PROGRAM ARGUMENT...
    local long=$1 short=$2 most least
    shift 2
    most=$(count "$@" "$long") || return 1
    least=$(count "$@" "$short") || return 1
    if ((most - least < (long - short) * 500)); then
        echo "guard: $*: nothing was counted" >&2
        return 1
    fi
    echo $(((most - least) / (long - short)))
}

a_round_of() { # NAME
    case $1 in
        echo | status) a_round 2100 100 "$bin/msiwatch-cost" "$1" ;;
        event_to_1000) a_round 9 1 "$bin/msiwatch-cost" event ;;
        records_1000) a_round 1100 100 "$bin/msiwatch-cost" records ;;
        history_page) a_round 110 10 "$bin/msiwatch-cost" history ;;
        turn_granted) a_round 60 10 "$bin/turns-cost" grant 10 ;;
    esac
}

# In ten thousandths of the echo. A thousand records are a thousand rounds.
ratio_of() { # NAME
    local round times=1
    round=$(a_round_of "$1") || return 1
    [[ $1 != records_1000 ]] || times=1000
    echo $((round * times * 10000 / echo))
}

echo=$(a_round_of echo) || exit 1
printf '%-16s %12s\n' "" "instructions"
printf '%-16s %12d\n' echo "$echo"
failed=0
: >"$scratch/new"
for name in status event_to_1000 records_1000 history_page turn_granted; do
    now=$(ratio_of "$name") || exit 1
    printf '%s %d.%04d\n' "$name" $((now / 10000)) $((now % 10000)) >>"$scratch/new"
    before=$(sed -n "s/^$name \([0-9]*\)\.\([0-9]*\)\$/\1\2/p" "$stored" 2>/dev/null || true)
    before=${before:+$((10#$before))} # "06212" would be octal
    printf '%-16s %12d  %d.%04d x echo' "$name" $((now * echo / 10000)) $((now / 10000)) \
        $((now % 10000))
    if $update; then
        echo
    elif [[ -z $before ]]; then
        echo ", and nothing is stored"
        failed=1
    elif ((now * 100 > before * 105)); then
        echo ", over 5 % above $((before / 10000)).$(printf %04d $((before % 10000)))"
        failed=1
    elif ((now * 105 < before * 100)); then
        echo ", less than $((before / 10000)).$(printf %04d $((before % 10000))): --update"
    else
        echo
    fi
done
if $update; then
    {
        echo "# Written by guard.sh --update: instructions, as ratios to one answer of a bare echo."
        cat "$scratch/new"
    } >"$stored"
fi
exit "$failed"
