#!/usr/bin/env bash
# Compiles the client on StreamJsonRpc from what tests/setup.sh fetched, without the network, and
# runs it.
#
#   streamjsonrpc_test.sh PACKAGES RUN...     PACKAGES: build/deps/streamjsonrpc
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ -d $1 ]] && command -v dotnet >/dev/null || {
    echo "skipped: there is no StreamJsonRpc here (tests/setup.sh fetches it if dotnet is on PATH)"
    exit 77
}
packages=$(realpath "$1")
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp "$here"/StreamJsonRpc/* "$scratch"
mkdir "$scratch/none" # where it would look for more
export DOTNET_CLI_HOME=$scratch/home NUGET_PACKAGES=$packages DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=1
# No compiler that stays for the next one.
dotnet build "$scratch/StreamJsonRpc.csproj" -o "$scratch/out" --source "$scratch/none" -nodereuse:false \
    -p:UseSharedCompilation=false >"$scratch/log" 2>&1 ||
    { tail -n 20 "$scratch/log" && exit 1; }
"$@" dotnet "$scratch/out/client.dll"
