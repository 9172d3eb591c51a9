#!/usr/bin/env bash
# Creates the packages that people install. CMakeLists.txt runs it.
#
#   package.sh --version V --build DIR --bin DIR --deps DIR --compiler CC --url URL --home URL
#              --sign PROGRAM
#
# It reads powershell/MsiWatch and sdk (the installed client library) in the build folder, and writes
# msiwatch-V-x64.msi, .zip and .spdx.json, winget/ and chocolatey/ there. The same sources give the same
# bytes, no matter where and when they are built: files are dated SOURCE_DATE_EPOCH, or a fixed day. Only
# the MSI's summary information contains the time of the build.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1767225600}
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
declare -A given=()
while (($# >= 2)); do
    given[${1#--}]=$2
    shift 2
done
version=${given[version]} build=${given[build]} sign=${given[sign]:-}
name=msiwatch-$version-x64
stage=$build/stage
inside=$build/inside # files that the MSI contains but does not install
programs=(msiwatchd.exe msiwatch.exe msiwatch.dll msiwatchevents.dll)

die() {
    echo "package.sh: $*" >&2
    exit 1
}

sign() { # FILE
    [[ -n $sign ]] || return 0
    "$sign" "$1" || die "$sign did not sign $1"
}

# ---- the files ----------------------------------------------------------------------------------

stage_files() {
    local program
    rm -rf "$stage" "$inside"
    mkdir -p "$stage" "$inside"
    for program in "${programs[@]/#/$stage/}" "$inside/msiwatchca.dll"; do
        # The debug information stays in the build folder.
        "${given[compiler]%gcc}strip" -o "$program" "${given[bin]}/${program##*/}"
        sign "$program"
    done
    "$here/icon.py" "$inside/msiwatch.ico"
    as_text "$here/../LICENSE" >"$stage/LICENSE.txt"
    "$here/linked.sh" notices "${given[deps]}" "${given[compiler]}" >"$stage/NOTICES.txt"
    as_text "$stage/NOTICES.txt" >"$stage/NOTICES.new" && mv "$stage/NOTICES.new" "$stage/NOTICES.txt"
    bill_of_materials >"$stage/sbom.spdx.json"
    stage_module
    find "$stage" -type f -exec chmod 644 {} +
    chmod 755 "${programs[@]/#/$stage/}"
    find "$stage" "$inside" -type f -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
}

# The PowerShell module is a folder in the zip, next to msiwatch.exe, where the module finds it.
stage_module() {
    local file
    mkdir -p "$stage/MsiWatch/en-US"
    for file in MsiWatch.psd1 MsiWatch.psm1 MsiWatch.Format.ps1xml en-US/about_MsiWatch.help.txt; do
        as_text "$build/powershell/MsiWatch/$file" >"$stage/MsiWatch/$file"
        [[ $file == *.txt ]] || sign "$stage/MsiWatch/$file"
    done
}

# Converts a text to Windows' line ends.
as_text() { sed 's/\r*$/\r/' "$1"; }

# SPDX 2.3: the programs and the DLL, and which libraries are linked into each of them.
bill_of_materials() {
    local program files="[]"
    for program in "${programs[@]/#/$stage/}" "$inside/msiwatchca.dll"; do
        files=$(jq --arg name "${program##*/}" \
            --arg sha1 "$(sha1sum <"$program" | cut -d ' ' -f 1)" \
            --arg sha256 "$(sha256sum <"$program" | cut -d ' ' -f 1)" \
            '. + [{name: $name, sha1: $sha1, sha256: $sha256}]' <<<"$files")
    done
    "$here/linked.sh" list "${given[deps]}" "${given[compiler]}" |
        jq -R -s --arg version "$version" --argjson files "$files" \
            --arg created "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" \
            -f "$here/sbom.jq"
}

# ---- the packages ------------------------------------------------------------------------------

make_zip() {
    local folder=$build/zip
    rm -rf "$folder" "$build/$name.zip"
    mkdir -p "$folder/$name"
    cp -pr "$stage"/* "$folder/$name/"
    as_text "$here/zip.txt" >"$folder/$name/README.txt"
    mkdir -p "$folder/$name/policy/en-US"
    cp "$here"/policy/MsiWatch.admx "$folder/$name/policy/"
    cp "$here"/policy/en-US/MsiWatch.adml "$folder/$name/policy/en-US/"
    as_text "$here/policy/settings.md" >"$folder/$name/settings.txt"
    add_sdk "$folder/$name/sdk"
    (cd "$folder/$name" && find README.txt settings.txt policy sdk -type f ! -name '*.dll' -exec chmod 644 {} +)
    find "$folder" -type f -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
    # -X: no access times and no user; -D: no entries for folders; sorted by name.
    (cd "$folder" && find . -type f -printf '%P\n' | sort | zip -q -X -D -@ "$build/$name.zip")
    rm -rf "$folder"
}

# Adds the SDK: the installed library (with the shipped DLL, and without debug information), the
# protocol's documents for programs that use the pipe, and the examples.
add_sdk() { # FOLDER
    local file
    mkdir "$1"
    cp -r "$build/sdk/." "$1"
    cp -p "$stage/msiwatch.dll" "$1/bin/"
    "${given[compiler]%gcc}strip" -D --strip-debug "$1/lib/libmsiwatch.a"
    mkdir "$1/examples" "$1/protocol"
    as_text "$here/sdk/README.md" >"$1/README.txt"
    for file in "$here"/sdk/CMakeLists.txt "$here"/../client/examples/msiwatch_example.*; do
        as_text "$file" >"$1/examples/${file##*/}"
    done
    for file in PROTOCOL.md protocol.schema.json; do
        as_text "$here/../common/$file" >"$1/protocol/$file"
    done
    "$here/../common/bundle_openrpc.py" "${given[home]}" >"$1/protocol/openrpc.json"
}

# Replaces each @...@ in every file FOLDER/x.in, and writes the result to x. Fails if an @...@ remains.
fill_in_folder() { # FROM TO SED-SCRIPT
    local file
    rm -rf "$2"
    (cd "$1" && find . -type f -printf '%P\n') | while read -r file; do
        mkdir -p "$2/$(dirname "$file")"
        sed "$3" "$1/$file" >"$2/${file%.in}"
        ! grep -n '@[A-Z_0-9]*@' "$2/${file%.in}" || die "not filled in: $file"
    done
}

make_manifests() {
    local msi=$build/$name.msi script sum code
    sum=$(sha256sum <"$msi" | cut -d ' ' -f 1 | tr a-f A-F)
    code=$(msiinfo export "$msi" Property | tr -d '\r' | sed -n 's/^ProductCode\t//p')
    script="s|@VERSION@|$version|g; s|@MSI@|$name.msi|g; s|@URL@|${given[url]}|g
        s|@SHA256@|$sum|g; s|@PRODUCT_CODE@|$code|g
        s|@DATE@|$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d)|g"
    fill_in_folder "$here/winget" "$build/winget" "$script"
    fill_in_folder "$here/chocolatey" "$build/chocolatey" "$script"
    cp -p "$stage/LICENSE.txt" "$stage/NOTICES.txt" "$msi" "$build/chocolatey/tools/"
}

stage_files
"$here/make_msi.sh" "$stage" "$inside" "$version" "${given[home]}" "$build/$name.msi"
sign "$build/$name.msi"
make_zip
cp "$stage/sbom.spdx.json" "$build/$name.spdx.json"
make_manifests
