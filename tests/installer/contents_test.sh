#!/usr/bin/env bash
# The bill of materials names every library that is linked in, with its version; the notices contain
# their licences; the manifests name this package.
# shellcheck source=tests/installer/lib.sh
. "$(dirname "$0")/lib.sh"

sbom=$BUILD/msiwatch-$VERSION-x64.spdx.json
query() { jq -r "$@" "$sbom"; }

# ---- the form: what SPDX 2.3 demands of every document, package, file and relationship

query -e '.spdxVersion == "SPDX-2.3" and .dataLicense == "CC0-1.0" and .SPDXID == "SPDXRef-DOCUMENT"
    and (.name | length > 0) and (.documentNamespace | test("^https://[^#]+$"))
    and (.creationInfo.created | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"))
    and (.creationInfo.creators | length > 0)
    and all(.packages[]; .name and .downloadLocation and .versionInfo and .licenseDeclared)
    and all(.files[]; (.fileName | startswith("./")) and any(.checksums[]; .algorithm == "SHA1"))
    and ([.packages[], .files[] | .SPDXID] | all(test("^SPDXRef-[A-Za-z0-9.-]+$")) and (unique | length) == length)' \
    >"$scratch/form" || wrong "not SPDX 2.3"
query -e '[.packages[], .files[], {SPDXID} | .SPDXID] as $ids
    | all(.relationships[]; [.spdxElementId, .relatedSpdxElement] | all(IN($ids[])))' >"$scratch/form" ||
    wrong "a relationship to something that is not there"

# ---- what is linked in, by the linker's own command

declare -A library=([libuv.a]=libuv [libuv_a.a]=libuv [libyyjson.a]=yyjson [libsqlite3.a]=SQLite)
for program in msiwatchd.exe msiwatch.exe msiwatch.dll msiwatchca.dll; do
    linked=$(ninja -C "$BUILD" -t commands "bin/$program" | grep -oE '[^ ]*deps/[^ ]*\.a' | sort -u) || true
    [[ -n $linked || $program == msiwatchca.dll ]] || wrong "$program: no libraries in its linker's command"
    expected="GCC runtime libraries"$'\n'"mingw-w64 runtime"
    for archive in $linked; do
        name=${library[${archive##*/}]:-}
        [[ -n $name ]] || wrong "$program links $archive, of which linked.sh does not know"
        expected+=$'\n'$name
    done
    told=$(query --arg file "SPDXRef-File-$program" '([.packages[] | {(.SPDXID): .name}] | add) as $name
        | .relationships[] | select(.relationshipType == "STATIC_LINK" and .spdxElementId == $file)
        | $name[.relatedSpdxElement]')
    same "$program contains" "$(sort -u <<<"$expected")" "$(sort <<<"$told")"
done

# ---- versions: those that setup.sh knows, or says a word about; and SQLite says its own

sqlite=$(query '.packages[] | select(.name == "SQLite") | .versionInfo')
strings -n 5 "$BUILD/stage/msiwatchd.exe" | grep_all -xF "$sqlite" || wrong "msiwatchd does not contain SQLite $sqlite"
for program in stage/{msiwatchd.exe,msiwatch.exe,msiwatch.dll,msiwatchevents.dll} inside/msiwatchca.dll; do
    same "$program's sum" "$(sha256sum <"$BUILD/$program" | cut -d ' ' -f 1)" \
        "$(query --arg name "./${program##*/}" '.files[] | select(.fileName == $name) | .checksums[] | select(.algorithm == "SHA256") | .checksumValue')"
done
same "the installed one" "$(sha256sum <"$sbom")" "$(sha256sum <"$BUILD/stage/sbom.spdx.json")"

# ---- notices

query '.packages[] | select(.name != "msiwatch") | .name' | while read -r name; do
    grep -q "^=* $name"$'\r' "$BUILD/stage/NOTICES.txt" || wrong "no notice of $name"
done
for words in 'libuv project contributors' 'YaoYuan' 'The author disclaims copyright' 'GCC Runtime Library Exception'; do
    grep -q "$words" "$BUILD/stage/NOTICES.txt" || wrong "NOTICES.txt: nothing of $words"
done

# ---- the zip

same "the zip" "LICENSE.txt MsiWatch/MsiWatch.Format.ps1xml MsiWatch/MsiWatch.psd1 MsiWatch/MsiWatch.psm1 MsiWatch/en-US/about_MsiWatch.help.txt NOTICES.txt README.txt msiwatch.dll msiwatch.exe msiwatchd.exe msiwatchevents.dll policy/MsiWatch.admx policy/en-US/MsiWatch.adml sbom.spdx.json sdk/README.txt sdk/bin/msiwatch.dll sdk/examples/CMakeLists.txt sdk/examples/msiwatch_example.c sdk/examples/msiwatch_example.cpp sdk/examples/msiwatch_example.cs sdk/examples/msiwatch_example.go sdk/examples/msiwatch_example.js sdk/examples/msiwatch_example.ps1 sdk/examples/msiwatch_example.py sdk/include/msiwatch.h sdk/lib/cmake/msiwatch/msiwatchConfig.cmake sdk/lib/cmake/msiwatch/msiwatchConfigVersion.cmake sdk/lib/cmake/msiwatch/msiwatch_shared-relwithdebinfo.cmake sdk/lib/cmake/msiwatch/msiwatch_shared.cmake sdk/lib/cmake/msiwatch/msiwatch_static-relwithdebinfo.cmake sdk/lib/cmake/msiwatch/msiwatch_static.cmake sdk/lib/libmsiwatch.a sdk/lib/libmsiwatch.dll.a sdk/lib/msiwatch.lib sdk/lib/pkgconfig/msiwatch.pc sdk/protocol/PROTOCOL.md sdk/protocol/openrpc.json sdk/protocol/protocol.schema.json settings.txt" \
    "$(zipinfo -1 "$BUILD/msiwatch-$VERSION-x64.zip" | sed 's|^[^/]*/||' | sort | tr '\n' ' ' | sed 's/ $//')"

# ---- manifests

sum=$(sha256sum <"$msi" | cut -d ' ' -f 1)
code=$(row "$msi" Property ProductCode)
grep -qiF "InstallerSha256: $sum" "$BUILD/winget/MsiWatch.MsiWatch.installer.yaml" || wrong "winget: another sum"
same "winget's product codes" 2 "$(grep -cF "ProductCode: '$code'" "$BUILD/winget/MsiWatch.MsiWatch.installer.yaml")"
grep -qF "UpgradeCode: '$(row "$msi" Property UpgradeCode)'" "$BUILD/winget/MsiWatch.MsiWatch.installer.yaml" ||
    wrong "winget: another upgrade code"
same "winget's versions" 3 "$(grep -lx "PackageVersion: $VERSION" "$BUILD"/winget/*.yaml | wc -l)"
same "Chocolatey's version" "<version>$VERSION</version>" "$(grep -o '<version>.*</version>' "$BUILD/chocolatey/msiwatch.nuspec")"
xmllint --noout "$BUILD/chocolatey/msiwatch.nuspec" || wrong "msiwatch.nuspec is not XML"
cmp "$msi" "$BUILD/chocolatey/tools/$(basename "$msi")" || wrong "Chocolatey's is another package"
grep -qF "$(basename "$msi")" "$BUILD/chocolatey/tools/chocolateyInstall.ps1" || wrong "chocolateyInstall.ps1: another file"
grep -qF "$code" "$BUILD/chocolatey/tools/chocolateyUninstall.ps1" || wrong "chocolateyUninstall.ps1: another product"
grep -qi "$sum" "$BUILD/chocolatey/tools/VERIFICATION.txt" || wrong "VERIFICATION.txt: another sum"
conclude
