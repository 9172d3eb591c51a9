#!/usr/bin/env bash
# What setup.sh fetches is refused if its content has changed; everything that setup.sh names is
# pinned.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "FAILED: $*"
    exit 1
}

printf 'as it was' >"$scratch/a_1.0.orig.tar.xz"
printf 'as it was' >"$scratch/b-1.0.tgz"
(cd "$scratch" && sha256sum a_1.0.orig.tar.xz b-1.0.tgz) >"$scratch/list"
export MSIWATCH_SOURCES=$scratch/list
"$here/sources.sh" "$scratch"/a_* "$scratch"/b-* || fail "what is as it was is refused"
printf 'as it was' >"$scratch/a_1.1.orig.tar.xz"
"$here/sources.sh" "$scratch/a_1.1.orig.tar.xz" | grep -q '^note: ' || fail "nothing is said of another version"
for file in c-1.0.tgz d.1.0.nupkg; do
    printf 'as it was' >"$scratch/$file"
    ! "$here/sources.sh" "$scratch/$file" >/dev/null || fail "$file is not listed and is taken"
done
for file in a_1.0.orig.tar.xz b-1.0.tgz; do
    printf 'X' >>"$scratch/$file"
    ! "$here/sources.sh" "$scratch/$file" >"$scratch/said" || fail "$file was tampered with and is taken"
    grep -q "^refused: $file " "$scratch/said" || fail "nothing says that $file is refused"
done
unset MSIWATCH_SOURCES

# Each of setup.sh's names has a line.
while read -r package; do
    name=${package#@}
    grep -q " ${name//\//-}\.tgz\$" <(sed 's/@/-/g' "$here/sources.sha256") || fail "$package is not pinned"
done < <(sed -n '/^npm_packages=(/,/^)/p' "$here/setup.sh" | grep -oE '[a-z@][^ ]*@[0-9.]+' | sed 's/\(.\)@/\1-/')
while read -r package; do
    grep -qi " $package\.nupkg\$" "$here/sources.sha256" || fail "$package is not pinned"
done < <(sed -nE 's/.*Include="([^"]*)" Version="\[(.*)\]".*/\1.\2/p' "$here"/stock/StreamJsonRpc/*.csproj)
while IFS='=' read -r package version; do
    grep -qE " ${package}_${version}(\+ds)?\.orig\.tar" "$here/sources.sha256" || fail "$package $version is not pinned"
done < <(sed -n 's/^declare -A versions=(\(.*\))$/\1/p' "$here/setup.sh" | tr ' ' '\n' | tr -d '[]')

# Each package of the lock file has its checksum, and no address: npm takes it from where it takes all.
jq -e '.packages | del(.[""]) | length > 0 and all(.[]; (.integrity | startswith("sha512-")) and .resolved == null)' \
    "$here/npm/package-lock.json" >"$scratch/said" || fail "tests/npm/package-lock.json has a package without a checksum"

# Actions of the workflow are pinned by commit.
if grep -nE 'uses: ' "$here/../.github/workflows/"*.yml | grep -vE '@[0-9a-f]{40} # v[0-9.]+$'; then
    fail "not pinned by a commit"
fi
echo "sources: pinned, and what was tampered with is refused"
