#!/bin/sh
# cost_test.sh TURNS_COST: granting a turn with 100 and 512 turns waiting takes at most 1.2 times
# the instructions that it takes with 10; and a sample takes at most as many with 1,000 turns
# waiting as with 1,000 waits. The cost of a round is the difference of two runs of different
# lengths.
set -eu
program=$1
failed=0

count() { # SCENARIO COUNT ROUNDS
    said=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no \
        --toggle-collect=counted_release --toggle-collect=counted_look "$program" "$@" 2>&1) || {
        echo "$said" >&2
        exit 1
    }
    echo "$said" | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

a_round() { # SCENARIO COUNT
    long=$(count "$1" "$2" 60)
    short=$(count "$1" "$2" 10)
    echo $(((long - short) / 50))
}

must() { # WHAT A B: A is at most B
    if [ "$2" -gt "$3" ]; then
        echo "FAILED: $1"
        failed=1
    fi
}

few=$(a_round grant 10)
some=$(a_round grant 100)
many=$(a_round grant 512)
echo "from a release to the next grant: $few instructions with 10 waiting, $some with 100, $many with 512"
must "nothing was counted" 1000 "$few"
must "100 that wait make granting slower" $((some * 10)) $((few * 12))
must "512 that wait make granting slower" $((many * 10)) $((few * 12))
turns=$(a_round turns 1000)
waits=$(a_round waits 1000)
echo "a sample while busy: $turns instructions with 1000 turns waiting, $waits with 1000 waits"
must "nothing was counted" 100 "$turns"
must "turns that wait cost more than waits" "$turns" "$waits"
exit "$failed"
