#!/usr/bin/env bash
# Compiles the Go example for this system and runs it, and compiles it for Windows. Go takes half a
# gigabyte, so setup.sh does not install it.
#
#   go_test.sh BIN
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command -v go >/dev/null || {
    echo "skipped: there is no go here (Debian: golang-go), so the Go example was not compiled"
    exit 77
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export GOCACHE=${XDG_CACHE_HOME:-$HOME/.cache}/msiwatch/go GO111MODULE=off
GOOS=windows GOARCH=amd64 go vet "$here/../../client/examples/msiwatch_example.go"
go build -o "$scratch/example" "$here/../../client/examples/msiwatch_example.go"
"$here/example_test.sh" sim "$1" "$scratch/example"
