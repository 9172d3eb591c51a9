# sbom.jq: makes an SPDX 2.3 document of the lines of linked.sh. Arguments: $version, $created, and
# $files with name, sha1 and sha256.
def id(kind; name): "SPDXRef-" + kind + "-" + (name | gsub("[^A-Za-z0-9.]+"; "-"));

[split("\n")[] | select(. != "") | split("|")
    | {name: .[0], version: .[1], licence: .[2], source: .[3], purl: .[4], programs: (.[5] / " "), sha256: .[6]}
] as $linked
| {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: ("msiwatch-" + $version),
    # This must be unique. It contains the programs' checksums, so it is as unique as they are.
    documentNamespace: ("https://spdx.org/spdxdocs/msiwatch-" + $version + "-" + ($files | map(.sha256[0:16]) | join("-"))),
    creationInfo: {created: $created, creators: ["Tool: msiwatch-installer"]},
    packages: ([{
        name: "msiwatch", SPDXID: "SPDXRef-Package-msiwatch", versionInfo: $version,
        downloadLocation: "NOASSERTION", filesAnalyzed: false, licenseConcluded: "MIT",
        licenseDeclared: "MIT", copyrightText: "NOASSERTION", primaryPackagePurpose: "APPLICATION"
    }] + ($linked | map({
        name, SPDXID: id("Package"; .name), versionInfo: .version, downloadLocation: .source,
        filesAnalyzed: false, licenseConcluded: .licence, licenseDeclared: .licence,
        copyrightText: "NOASSERTION", primaryPackagePurpose: "LIBRARY",
        externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
                        referenceLocator: .purl}]
    } + (if (.sha256 // "") == "" then {}
         else {checksums: [{algorithm: "SHA256", checksumValue: .sha256}]} end)))),
    files: ($files | map({
        fileName: ("./" + .name), SPDXID: id("File"; .name), fileTypes: ["BINARY"],
        licenseConcluded: "NOASSERTION", copyrightText: "NOASSERTION",
        checksums: [{algorithm: "SHA1", checksumValue: .sha1},
                    {algorithm: "SHA256", checksumValue: .sha256}]
    })),
    hasExtractedLicensingInfos: [{
        licenseId: "LicenseRef-public-domain", name: "public domain",
        extractedText: "Parts of the mingw-w64 runtime are in the public domain."
    }],
    relationships: (
        [{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES",
          relatedSpdxElement: "SPDXRef-Package-msiwatch"}]
        + ($files | map({spdxElementId: "SPDXRef-Package-msiwatch", relationshipType: "CONTAINS",
                         relatedSpdxElement: id("File"; .name)}))
        + [$linked[] as $library | $library.programs[]
           | {spdxElementId: id("File"; .), relationshipType: "STATIC_LINK",
              relatedSpdxElement: id("Package"; $library.name)}])
}
