#!/usr/bin/env bash
# Builds the package. wixl builds it from msiwatch.wxs; msibuild then adds what wixl does not know, and
# the table _Validation, which says what every column may contain. Windows' validation (ICE) reads it.
#
#   make_msi.sh STAGE INSIDE VERSION HOME OUT.msi
#
#   STAGE   the folder with the files to install
#   INSIDE  the folder with the files that the package needs for itself: msiwatchca.dll, msiwatch.ico
#   HOME    the project's page
#
# Only the two dates in the summary information depend on when and where the package is built. The
# product code and the package code are computed from its content.
set -euo pipefail
shopt -s inherit_errexit

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
stage=$1 inside=$2 version=$3 home=$4 out=$5
upgrade_code=6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310 # as in msiwatch.wxs

die() {
    echo "make_msi.sh: $*" >&2
    exit 1
}

# Computes a UUID (version 8, which allows any method) from standard input.
uuid_of() {
    local hex
    hex=$(sha256sum | cut -c 1-32 | tr a-f A-F)
    echo "${hex:0:8}-${hex:8:4}-8${hex:13:3}-8${hex:17:3}-${hex:20:12}"
}

# Prints what a program's own resources say, for example "0.1.0.0" or "1033".
resource_of() { # VERSION|LANGUAGE FILE
    local text value
    text=$(x86_64-w64-mingw32-windres -J coff -O rc "$stage/$2") || die "$2 has no resources"
    case $1 in
        VERSION) value=$(sed -nE 's/^ *FILEVERSION ([0-9]+), ([0-9]+), ([0-9]+), ([0-9]+).*/\1.\2.\3.\4/p' <<<"$text") ;;
        LANGUAGE) value=$(sed -nE 's/^ *VALUE "Translation", *(0x[0-9a-f]+|[0-9]+),.*/\1/p' <<<"$text") ;;
    esac
    [[ -n $value ]] || die "no $1 in the resources of $2"
    [[ $1 == VERSION ]] || value=$((value))
    echo "$value"
}

# Replaces each @...@ in a line.
fill_in() { # LINE
    local line=${1//@VERSION@/$version}
    while [[ $line =~ @(VERSION|LANGUAGE)_OF\ ([^@]+)@ ]]; do
        line=${line//"${BASH_REMATCH[0]}"/$(resource_of "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}")}
    done
    printf '%s\n' "$line"
}

# Everything that the package contains. So another build has other codes, even of the same version.
content=$( (cd "$stage" && find . -type f | LC_ALL=C sort | xargs sha256sum && cd "$inside" && sha256sum -- * && echo "$home" &&
    cd "$here" && sha256sum -- msiwatch.wxs msiwatch.sql Environment.idt _Validation.idt make_msi.sh) | sha256sum)
product_code=$(printf 'product %s %s %s' "$upgrade_code" "$version" "$content" | uuid_of)
package_code=$(printf 'package %s %s %s' "$upgrade_code" "$version" "$content" | uuid_of)

rm -f "$out.new"
(cd "$stage" && # wixl looks for files here, and takes no absolute paths
    wixl -a x64 -D Version="$version" -D ProductCode="$product_code" \
        -D Inside="$(realpath --relative-to=. "$inside")" -D Home="$home" -o "$out.new" \
        "$here/msiwatch.wxs")
while read -r line; do
    [[ -n $line && $line != \#* ]] || continue
    line=$(fill_in "$line")
    msibuild "$out.new" -q "$line" || die "msibuild refuses: $line"
done <"$here/msiwatch.sql"
# An import also replaces a table that wixl has created: wixl 0.106 creates an empty Environment.
for table in Environment _Validation; do
    msibuild "$out.new" -i "$here/$table.idt" || die "msibuild refuses $table.idt"
done
# wixl also creates some tables that this package does not need.
for table in $(msiinfo tables "$out.new"); do
    [[ $table == _* ]] || grep -q "^$table"$'\t' "$here/_Validation.idt" ||
        msibuild "$out.new" -q "DROP TABLE \`$table\`" || die "msibuild refuses to drop $table"
done
msibuild "$out.new" -s "MsiWatch $version" MsiWatch "x64;1033" "{$package_code}"
mv "$out.new" "$out"
