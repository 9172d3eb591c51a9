#!/usr/bin/env bash
# Soaks the service (natively, msiwatch-sim): random good and bad clients, transitions, reconnects.
# At the end handles, threads and memory must be what they were before. Prints a line per minute.
#
#   tests/soak.sh MINUTES [SETTING...]    settings of the service, like --data=DIR
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1:-} in
    '' | *[!0-9]*)
        echo "usage: tests/soak.sh MINUTES [SETTING...]" >&2
        exit 2
        ;;
esac
minutes=$1
seed=${MSIWATCH_SOAK_SEED:-$RANDOM}
shift
cmake --preset native >/dev/null
cmake --build --preset native --target attack-soak msiwatch-sim >/dev/null
echo "soak: $minutes minutes, MSIWATCH_SOAK_SEED=$seed"
exec nice build/native/bin/attack-soak build/native/bin/msiwatch-sim $((minutes * 60)) "$seed" "$@"
