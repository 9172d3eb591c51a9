#!/usr/bin/env bash
# Builds the product once more, in another folder, and compares: programs, zip and bill of materials
# must be identical byte by byte; the MSI must have the same content. Then builds the next version,
# for upgrades.
#
#   elsewhere.sh SOURCE FOLDER VERSION NEXT
#
# The folder stays, so that only what has changed is compiled again.
# shellcheck source=tests/installer/lib.sh
. "$(dirname "$0")/lib.sh"

source=$1 folder=$2 next=$4
mkdir -p "$folder/build"

# What git knows or would add; without git, all but the build folder. cp -u: as make sees it.
list_sources() {
    if git -C "$source" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git -C "$source" ls-files -co --exclude-standard
    else
        (cd "$source" && find . -name build -prune -o -name .git -prune -o -type f -printf '%P\n')
    fi
}
list_sources | sort >"$scratch/sources"
while read -r file; do
    [[ ! -f $source/$file ]] || printf '%s\0' "$file"
done <"$scratch/sources" | (cd "$source" && xargs -0 cp -pu --parents -t "$folder")
# Files that are gone since.
(cd "$folder" && find . -name build -prune -o -type f -printf '%P\n' | sort) |
    comm -13 "$scratch/sources" - | while read -r file; do rm "$folder/$file"; done
rm -rf "$folder/build/deps"
cp -a "$source/build/deps" "$folder/build/"

build() { # VERSION
    (cd "$folder" && cmake --preset mingw -DMSIWATCH_TESTS=OFF -DMSIWATCH_VERSION="$1" &&
        cmake --build --preset mingw --target installer) >"$scratch/log" 2>&1 ||
        { tail -n 30 "$scratch/log" && fail "building $1 in $folder"; }
}

there=$folder/build/mingw
build "$VERSION"
for file in bin/msiwatchd.exe bin/msiwatch.exe bin/msiwatch.dll bin/msiwatchca.dll bin/msiwatchevents.dll "msiwatch-$VERSION-x64.zip" "msiwatch-$VERSION-x64.spdx.json"; do
    cmp "$BUILD/$file" "$there/$file" || wrong "$file differs"
done
# A build in another folder that compared a file with itself would be no test.
[[ ! $BUILD/bin/msiwatch.exe -ef $there/bin/msiwatch.exe ]] || wrong "it is the same folder"

# The MSI: every table and the cabinet are the same; its summary says when it was made.
other=$there/msiwatch-$VERSION-x64.msi
for each in "$msi" "$other"; do
    at=$scratch/$([[ $each == "$msi" ]] && echo here || echo there)
    mkdir -p "$at"
    for name in $(msiinfo tables "$each"); do
        # Where it is run it also leaves the files that a table holds.
        [[ $name == _SummaryInformation ]] || (cd "$at" && msiinfo export "$each" "$name" >"$name.idt")
    done
    msiinfo extract "$each" msiwatch.cab >"$at/msiwatch.cab"
    msiinfo suminfo "$each" | grep -vE '^(Created|Last saved): ' >"$at/summary"
done
diff -r "$scratch/here" "$scratch/there" || wrong "the packages differ in more than their dates"
echo "the MSI files differ in $(cmp -l "$msi" "$other" | wc -l) bytes: the times in the summary information"

events=$(sha256sum <"$there/bin/msiwatchevents.dll")
build "$next"
same "the DLL of events in the next version, whose words are the same" "$events" "$(sha256sum <"$there/bin/msiwatchevents.dll")"
[[ -f $NEXT_MSI ]] || wrong "no $NEXT_MSI"
conclude
