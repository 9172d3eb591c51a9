#!/usr/bin/env bash
# Under Wine: two different builds of one version are two products, and the second replaces the
# first: one product is listed, and its service runs. Wine cannot show that the files are replaced,
# whose versions are equal, because it does not read REINSTALLMODE there. rules_test.sh plays
# Windows' rule.
# shellcheck source=tests/installer/lib.sh
. "$(dirname "$0")/lib.sh"

# Programs with some bytes more, by way of the one that signs: another build, with the same versions.
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir "$scratch/build"
cp -r "$BUILD/powershell" "$BUILD/sdk" "$scratch/build"
# shellcheck disable=SC2016 # for the script
printf '#!/bin/sh\n[ "${1##*.}" = msi ] || printf "another build" >>"$1"\n' >"$scratch/sign"
chmod +x "$scratch/sign"
"$root/installer/package.sh" --version "$VERSION" --build "$scratch/build" --bin "$BIN" \
    --deps "$root/build/deps/mingw" --compiler x86_64-w64-mingw32-gcc --url https://example.com \
    --home https://example.com/msiwatch --sign "$scratch/sign" || fail "packing another build"
other=$scratch/build/msiwatch-$VERSION-x64.msi
for code_of in Property:ProductCode Summary:PackageCode; do
    case $code_of in
        Property:*) codes=$(row "$msi" Property ProductCode && msiinfo export "$other" Property | tr -d '\r' | sed -n 's/^ProductCode\t//p') ;;
        *) codes=$(for each in "$msi" "$other"; do msiinfo suminfo "$each" | grep '^Revision'; done) ;;
    esac
    same "different ${code_of#*:}s" 2 "$(sort -u <<<"$codes" | wc -l)"
done

listed() {
    wine reg query 'HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall' /s | tr -d '\r' |
        grep -c 'DisplayName.*MsiWatch' || true
}
product() { # MSI
    wine reg query 'HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall' /s | tr -d '\r' |
        grep_all -F "$(cd "$scratch" && msiinfo export "$1" Property | tr -d '\r' | sed -n 's/^ProductCode\t//p')" ||
        wrong "not the product that is listed: $1"
}

install_well /i "$msi"
journal=$(ask about .journal.id)
install_well /i "$other"
product "$other"
tr -d '\r' <"$log" | grep_all '^Property(S): REINSTALLMODE = emus' || wrong "equal files are not replaced"
said | grep_all -x 'MsiWatch: MsiWatch is configured' || wrong "the other build was not installed: $(said)"
same "products listed" 1 "$(listed)"
status
same "status" 0 "$code"
same "the journal" "$journal" "$(ask about .journal.id)"

# And back, which is as good; the same build once more changes nothing.
install_well /i "$msi"
product "$msi"
same "products listed" 1 "$(listed)"
repair "$msi"
same "what ran of ours" '' "$(said)"
status
same "status" 0 "$code"

install_well /x "$msi"
same "products listed" 0 "$(listed)"
[[ ! -e "$WINEPREFIX/drive_c/Program Files/MsiWatch" ]] || wrong "left: $(ls "$WINEPREFIX/drive_c/Program Files/MsiWatch")"
conclude
