#!/usr/bin/env bash
# Compiles and runs the C# example with Mono, with the client library in the place of msiwatch.dll.
#
#   csharp_test.sh BIN LIBRARY-FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mcs -warnaserror -out:"$scratch/example.exe" "$here/../../client/examples/msiwatch_example.cs"
LD_LIBRARY_PATH=$2 "$here/example_test.sh" sim "$1" mono "$scratch/example.exe"
