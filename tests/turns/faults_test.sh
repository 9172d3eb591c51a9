#!/bin/sh
# faults_test.sh PROGRAM...: each program is the model with a fault planted in the queue, and must
# find it. The fault that makes a turn starve must be found as such, so that one runs without the
# check of the order.
set -u
missed=0
for program in "$@"; do
    name=${program##*turns-fault-}
    option=
    [ "$name" != starving ] || option=--no-order
    said=$("$program" $option)
    code=$?
    if [ "$code" -ne 1 ]; then
        echo "$name: not found (exit code $code)"
        missed=$((missed + 1))
    else
        echo "$name: $(echo "$said" | sed -n 's/^turns-model: \(.*\), after:$/\1/p')"
    fi
done
[ "$#" -ge 5 ] && [ "$missed" -eq 0 ]
