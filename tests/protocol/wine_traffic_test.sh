#!/usr/bin/env bash
# What clients under Wine send to the real service, and get, agrees with the protocol's documents.
# Runs some of the tests of wine/, library/ and examples/ with a msiwatchd.exe that records
# everything.
#
#   wine_traffic_test.sh BIN RECORDED NODE
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Everything in one prefix.
if [[ ${MSIWATCH_TEST_PREFIX:-} == "" ]]; then
    MSIWATCH_TEST_TIMEOUT=230 exec "$here/../wine/prefix.sh" "$0" "$@"
fi
bin=$1 recorded=$2 node=$3
scratch=$(mktemp -d "$(dirname "$recorded")/traffic.XXXXXX") # of one file system with BIN
trap 'rm -rf "$scratch"' EXIT

mkdir "$scratch/bin" "$scratch/traffic"
ln "$bin"/*.{exe,dll,msi} "$scratch/bin"
ln -f "$recorded" "$scratch/bin/msiwatchd.exe"

run() {
    "$@" >"$scratch/log" 2>&1 || { tail -n 30 "$scratch/log" && echo "failed: $*" && exit 1; }
}
# Services have the system's environment, which is in the registry, as it was at Wine's start.
folder=Z:${scratch//\//\\}\\traffic
run wine reg add 'HKLM\System\CurrentControlSet\Control\Session Manager\Environment' \
    /v MSIWATCH_TRAFFIC /d "$folder"
wineserver -k
wineserver -w
# The server that wine starts by itself ends with the last program: it would shut the prefix down
# between install and start, boot again at the next call, and start the service before the test does.
wineserver "-p${MSIWATCH_TEST_TIMEOUT:-120}"
for test in wine_msiwatch_test wine_stop_test wine_service_test library-tests wine_settings_test wine_attack_test \
    wine_turns_test; do
    run wine "$scratch/bin/$test.exe"
done
run "$here/../examples/example_test.sh" wine "$scratch/bin" "$node" \
    "$here/../../client/examples/msiwatch_example.js"
"$here/check.py" some-traffic "$scratch/traffic"
