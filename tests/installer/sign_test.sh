#!/usr/bin/env bash
# Tests where Authenticode signing happens: with a program that signs, the programs (including those
# in the packages), the PowerShell module and the MSI are signed; without one, nothing is. The
# certificate is made here, and nobody trusts it.
# shellcheck source=tests/installer/lib.sh
. "$(dirname "$0")/lib.sh"

said=$(osslsigncode verify -in "$BUILD/stage/msiwatchd.exe" 2>&1) || true
grep -qi 'no signature' <<<"$said" || wrong "something was signed without being asked"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=MsiWatch test' -sha256 \
    -addext 'extendedKeyUsage=codeSigning' -keyout "$scratch/key.pem" -out "$scratch/cert.pem" 2>/dev/null
cat >"$scratch/sign" <<END
#!/bin/sh
osslsigncode sign -certs "$scratch/cert.pem" -key "$scratch/key.pem" -h sha256 -in "\$1" -out "\$1.signed" >/dev/null &&
    mv "\$1.signed" "\$1"
END
chmod +x "$scratch/sign"

root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir "$scratch/build"
package() { # PROGRAM
    ln -sfn "$BUILD/powershell" "$BUILD/sdk" "$scratch/build/"
    "$root/installer/package.sh" --version "$VERSION" --build "$scratch/build" --bin "$BIN" \
        --deps "$root/build/deps/mingw" --compiler x86_64-w64-mingw32-gcc --url https://example.com --home https://example.com \
        --sign "$1"
}
package "$scratch/sign" || fail "packing with a program that signs"
signed() { # FILE
    osslsigncode verify -CAfile "$scratch/cert.pem" -in "$1" >"$scratch/said" 2>&1 ||
        wrong "$1: $(tail -n 3 "$scratch/said")"
}
mkdir "$scratch/out" "$scratch/zip"
msiextract -C "$scratch/out" "$scratch/build/msiwatch-$VERSION-x64.msi" >/dev/null
unzip -q "$scratch/build/msiwatch-$VERSION-x64.zip" -d "$scratch/zip"
signed "$scratch/build/msiwatch-$VERSION-x64.msi"
find "$scratch/out" "$scratch/zip" -name examples -prune -o \( -name '*.exe' -o -name '*.dll' -o -name '*.ps*1*' \) -print \
    >"$scratch/programs"
msiinfo extract "$scratch/build/msiwatch-$VERSION-x64.msi" Binary.actions >"$scratch/out/actions.dll"
echo "$scratch/out/actions.dll" >>"$scratch/programs"
same "programs and scripts looked at" 19 "$(wc -l <"$scratch/programs")"
while read -r file; do
    signed "$file"
done <"$scratch/programs"

if package false 2>"$scratch/said"; then
    wrong "a signature that failed was passed over"
fi
grep -q 'did not sign' "$scratch/said" || wrong "it does not say what failed: $(<"$scratch/said")"
conclude
