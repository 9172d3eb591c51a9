#!/usr/bin/env bash
# Compiles and runs the client on Go's net/rpc. Go takes half a gigabyte, so setup.sh does not
# install it.
#
#   net_rpc_test.sh RUN...
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command -v go >/dev/null || {
    echo "skipped: there is no go here (Debian: golang-go), so the client on net/rpc was not compiled"
    exit 77
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export GOCACHE=${XDG_CACHE_HOME:-$HOME/.cache}/msiwatch/go GO111MODULE=off
go vet "$here/net_rpc.go"
go build -o "$scratch/client" "$here/net_rpc.go"
"$@" "$scratch/client"
