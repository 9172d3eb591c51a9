#!/usr/bin/env bash
# Reads the package's tables with msiinfo: what must be true on a Windows that no test here can run.
# shellcheck source=tests/installer/lib.sh
. "$(dirname "$0")/lib.sh"

root=$(cd "$(dirname "$0")/../.." && pwd)
sequence_of() { row "$msi" InstallExecuteSequence "$1" | cut -f 2; }

same "the upgrade code" '{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310}' "$(row "$msi" Property UpgradeCode)"
same "the version" "$VERSION" "$(row "$msi" Property ProductVersion)"
same "older versions" "{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310} 0.0.0 $VERSION 257 OLDER_VERSION_FOUND" \
    "$(table "$msi" Upgrade | awk -F '\t' '$7 ~ /OLDER/ { print $1, $2, $3, $5, $7 }')"
same "other builds of this version" "{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310} $VERSION $VERSION 769 OTHER_BUILD_FOUND" \
    "$(table "$msi" Upgrade | awk -F '\t' '$7 ~ /OTHER/ { print $1, $2, $3, $5, $7 }')"
same "newer versions" "{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310} $VERSION  2 NEWER_VERSION_FOUND" \
    "$(table "$msi" Upgrade | awk -F '\t' '$7 ~ /NEWER/ { print $1, $2, $3, $5, $7 }')"
table "$msi" LaunchCondition | grep_all '^Installed OR NOT NEWER_VERSION_FOUND.A newer version of MsiWatch' ||
    wrong "a downgrade is not refused"

# ---- files: each with the version of its own resources, or with a hash

while IFS=$'\037' read -r file component name _ file_version language _ _; do
    short=${name%%|*}
    [[ $short =~ ^[^.]{1,8}(\.[^.]{1,3})?$ ]] || wrong "$file: '$short' is no short name"
    if [[ $file == *.exe || $file == *.dll ]]; then
        resources=$(x86_64-w64-mingw32-windres -J coff -O rc "$BUILD/stage/$file")
        resources=$(sed -nE 's/^ *FILEVERSION ([0-9]+), ([0-9]+), ([0-9]+), ([0-9]+).*/\1.\2.\3.\4/p' <<<"$resources")
        same "$file's version" "$resources" "$file_version"
        [[ $file == msiwatchevents.dll ]] || same "$file's version" "$VERSION.0" "$file_version"
        same "$file's language" 1033 "$language"
        same "$file's hash" '' "$(row "$msi" MsiFileHash "$file")"
    else
        [[ -n $(row "$msi" MsiFileHash "$file") ]] || wrong "$file: neither version nor hash"
    fi
    # Component rules: a file is its component's key, so no component has two.
    same "the key of $component" "$file" "$(row "$msi" Component "$component" | cut -f 5)"
done < <(fields "$msi" File)

# ---- the words of the events: in a file that holds nothing else, so that it need not be replaced
# while the Event Log service maps it; its version follows them, and only them

words=$(sha256sum <"$BUILD/service/messages/MSG00409.bin" | cut -d ' ' -f 1)
known=$(grep -v '^#' "$(dirname "$0")/messages.txt" | tail -n 1)
same "the words of events (if they changed: raise the version in service/eventlog/events.rc and add a line to tests/installer/messages.txt)" \
    "$known" "$(row "$msi" File msiwatchevents.dll | cut -f 4) $words"
grep -v '^#' "$(dirname "$0")/messages.txt" | sort -V -c || wrong "messages.txt: versions must rise"
same "words that are there twice" '' "$(grep -v '^#' "$(dirname "$0")/messages.txt" | cut -d ' ' -f 2 | sort | uniq -d)"
headers=$(x86_64-w64-mingw32-objdump -p "$BUILD/stage/msiwatchevents.dll")
grep_all -E '^AddressOfEntryPoint\s+0+$' <<<"$headers" || wrong "msiwatchevents.dll has code that runs"
! grep_all 'DLL Name: ' <<<"$headers" || wrong "msiwatchevents.dll needs another DLL"

# ---- components: a GUID each, none twice, 64-bit; the settings' have none

same "GUIDs that are there twice" '' "$(table "$msi" Component | cut -f 2 | grep . | sort | uniq -d)"
# What a GUID stands for must never change, or upgrades break: so here they are once more.
same "the components" "CommandLine {2C9D4E81-6F3A-4B57-9D20-8E4A1F6B7C12} msiwatch.exe
EventMessages {C35E9A17-2B84-4D6F-9C70-8A1E4F6D3B18} msiwatchevents.dll
EventSource {91C4D6E8-7A2B-4F5C-8D03-6B1E9F0A4C16} 
Library {3B6E0D59-8C2F-4A71-9E46-5D7A1C8F2B17} msiwatch.dll
Licence {47F1A0B3-5E8C-4D62-B7A9-0C3D6E5F8A13} LICENSE.txt
Module32About {D914FC43-6941-4448-9A56-6E4917B0345D} about_MsiWatch.help.txt.x86
Module32Manifest {D0A24088-FC35-4576-8CBD-F68C4A7F8B4C} MsiWatch.psd1.x86
Module32Script {25D81BD8-1A9B-469F-8833-A483D3CA6F6D} MsiWatch.psm1.x86
Module32Views {AC332228-2F52-48C6-851A-B4E2D486FF79} MsiWatch.Format.ps1xml.x86
ModuleAbout {4D456DF7-A4B1-4D65-BB05-5F369F606BC4} about_MsiWatch.help.txt
ModuleManifest {DCB1A2C3-64EF-4C7E-A43C-2DBDD37D6A0E} MsiWatch.psd1
ModuleScript {033BDE93-6EB0-44F4-B23F-0C03D9F593F8} MsiWatch.psm1
ModuleViews {B29FB9AC-F5C4-42FA-8246-5A9341C551D4} MsiWatch.Format.ps1xml
Notices {5A3E7C9F-1B64-4E08-A5D1-9F2B4C6D7E14} NOTICES.txt
Sbom {7D8B2F60-4C1E-4A37-8B95-3E6F0A1C2D15} sbom.spdx.json
Service {0E6A1B7D-94C5-4F0E-A3B8-7C1D5E2F9011} msiwatchd.exe" \
    "$(table "$msi" Component | awk -F '\t' '$2 != "" { sub(/^reg.*/, "", $6); print $1, $2, $6 }' | sort)"
while IFS=$'\037' read -r component guid folder attributes condition _; do
    bits=64 expected=InstallFolder
    case $component in
        Module32*) bits=32 expected=Module32 ;;
        Module*) expected=Module ;;
    esac
    [[ $component != Module*About ]] || expected=${expected/Module/ModuleHelp}
    ((attributes & 256 ? bits == 64 : bits == 32)) || wrong "$component is not $bits-bit"
    same "$component's folder" "$expected" "$folder"
    [[ -n $guid || $component == Setting* ]] || wrong "$component has no GUID"
    [[ -z $guid || $condition == '' ]] || wrong "$component depends on '$condition'"
done < <(fields "$msi" Component)
for setting in PipeSddl:PIPE_SDDL RetentionDays:RETENTION_DAYS MetricsTextfile:METRICS_TEXTFILE; do
    same "Setting${setting%:*}" "${setting#*:} AND NOT Installed" "$(row "$msi" Component "Setting${setting%:*}" | cut -f 4)"
    table "$msi" Registry | cut -f 2-4 | grep_all -x "2"$'\t''SOFTWARE\\MsiWatch'$'\t'"${setting%:*}" ||
        wrong "${setting%:*} is not written"
    [[ ";$(row "$msi" Property SecureCustomProperties);" == *";${setting#*:};"* ]] ||
        wrong "${setting#*:} does not reach the service's half of an installation"
done
# Where both PowerShells look for modules that belong to the machine.
same "the module's folders" "Module32|Modules32|MsiWatch
ModuleHelp32|Module32|en-US
ModuleHelp|Module|en-US
Modules32|PowerShell32|Modules
Modules|PowerShell|Modules
Module|Modules|MsiWatch
PowerShell32|ProgramFilesFolder|WINDOW~1|WindowsPowerShell
PowerShell|ProgramFiles64Folder|WINDOW~1|WindowsPowerShell" \
    "$(table "$msi" Directory | grep -E '^(Module|PowerShell)' | tr '\t' '|' | LC_ALL=C sort)"
# Nobody may move what SYSTEM runs: the folder's property is private.
[[ $(table "$msi" Directory | grep -c '^[A-Z]*'$'\t') == 1 ]] || wrong "a folder can be set from outside"

# ---- the service

same "its entry" "MsiWatch MsiWatch 16 2 1 service" \
    "$(row "$msi" ServiceInstall MsiWatch | awk -F '\t' '{ print $1, $2, $3, $4, $5, $10 }' | sed 's/  */ /g')"
same "its account (none is LocalSystem)" '' "$(row "$msi" ServiceInstall MsiWatch | cut -f 8)"
same "started, stopped, removed" 163 "$(row "$msi" ServiceControl MsiWatch | cut -f 2)"
# On real systems these tables end an installation with 1939 and take it back.
msiinfo tables "$msi" | tr -d '\r' | grep_all -x 'MsiServiceConfig.*' && wrong "a table that Windows fails on"
[[ -z $(sequence_of MsiConfigureServices) ]] || wrong "MsiConfigureServices has nothing to do"
# Windows 10 and Server 2016 or later, by a value that older ones lack; MSI's own numbers do not tell.
table "$msi" LaunchCondition | grep_all '^Installed OR (VersionNT64 AND WINMAJOR).MsiWatch needs' ||
    wrong "the launch condition: $(table "$msi" LaunchCondition)"
same "where WINMAJOR comes from" 'WindowsMajor 2 SOFTWARE\Microsoft\Windows NT\CurrentVersion CurrentMajorVersionNumber 18' \
    "$(table "$msi" RegLocator | tr '\t' ' ')"
same "who asks for it" "WINMAJOR WindowsMajor" "$(table "$msi" AppSearch | tr '\t' ' ')"
for sequence in InstallExecuteSequence InstallUISequence; do
    search=$(row "$msi" "$sequence" AppSearch | cut -f 2)
    launch=$(row "$msi" "$sequence" LaunchConditions | cut -f 2)
    [[ -z $launch ]] || ((search > 0 && search < launch)) || wrong "$sequence: AppSearch at '$search', not before $launch"
done
same "no repair from the list of programs" 1 "$(row "$msi" Property ARPNOREPAIR)"

# ---- actions: of the DLL in the package (1), deferred (1024), as SYSTEM (2048), and whose failure
# fails the installation; 64 would let it pass; 256: at a rollback. 51 sets the text that a deferred one gets.

same "actions" "Configure 3073 actions Configure
LookAtService 65 actions LookAtService
RemoveJournal 3073 actions RemoveJournal
RemoveLogs 3137 actions RemoveLogs
ReplaceEqualFiles 51 REINSTALLMODE emus
StartAgain 3393 actions StartAgain
TellConfigure 51 Configure [InstallFolder]
TellRemoveJournal 51 RemoveJournal [InstallFolder]
TellRemoveLogs 51 RemoveLogs [InstallFolder]
WaitForEnd 3137 actions WaitForEnd" "$(table "$msi" CustomAction | tr '\t' ' ' | sed 's/ $//' | sort)"
# A program, installed (18), of the package (2) or of the system (34, 50), would show a window, and
# what it says would be lost.
while IFS=$'\037' read -r action type _; do
    case $((type & 63)) in 2 | 18 | 34 | 50) wrong "$action starts a program: type $type" ;; esac
done < <(fields "$msi" CustomAction)
msiinfo extract "$msi" Binary.actions >"$scratch/actions.dll"
cmp "$BUILD/inside/msiwatchca.dll" "$scratch/actions.dll" || wrong "the package holds another DLL"
for entry in $(table "$msi" CustomAction | awk -F '\t' '$2 % 64 == 1 { print $4 }'); do
    x86_64-w64-mingw32-objdump -p "$scratch/actions.dll" | grep_all -E "^\s*\[ *[0-9]+\] (\+base\[ *[0-9]+\] [0-9a-f]+ )?$entry\$" ||
        wrong "msiwatchca.dll exports no $entry"
done
# Its own errors have their words in the package, or nobody learns why it failed.
for error in $(sed -nE 's/.*SESSION_NOT_[A-Z_]+ = ([0-9]+),.*/\1/p' "$root/installer/actions/session.h"); do
    [[ $(row "$msi" Error "$error") == *"MsiWatch"*"[2]" ]] || wrong "error $error has no words"
    error_numbers=1
done
[[ -n ${error_numbers:-} ]] || wrong "no errors found in session.h"

# ---- what the list of programs shows

for property in ARPHELPLINK ARPURLINFOABOUT ARPURLUPDATEINFO; do
    [[ $(row "$msi" Property $property) == https://* ]] || wrong "$property: '$(row "$msi" Property $property)'"
done
same "the icon" msiwatch.ico "$(row "$msi" Property ARPPRODUCTICON)"
same "an icon's first bytes, of three pictures" "00 00 01 00 03 00" \
    "$(msiinfo extract "$msi" Icon.msiwatch.ico | head -c 6 | od -An -tx1 | sed 's/^ //')"

# ---- when what runs

in_order() { # ACTION...
    local action last=0 now
    for action in "$@"; do
        now=$(sequence_of "$action")
        [[ -n $now ]] && ((now > last)) || wrong "$action at '$now', after $last"
        last=${now:-$last}
    done
}
in_order FindRelatedProducts ReplaceEqualFiles LaunchConditions InstallValidate InstallInitialize LookAtService StartAgain StopServices WaitForEnd TellRemoveLogs RemoveLogs \
    RemoveJournal DeleteServices RemoveRegistryValues RemoveEnvironmentStrings RemoveFiles InstallFiles \
    WriteRegistryValues WriteEnvironmentStrings InstallServices TellConfigure Configure \
    StartServices InstallExecute RemoveExistingProducts RegisterProduct PublishProduct InstallFinalize
# None of them when another version takes over, whose service runs by then.
condition() { row "$msi" InstallExecuteSequence "$1" | cut -f 1; }
same "when LookAtService runs" '(NOT Installed AND (OLDER_VERSION_FOUND OR OTHER_BUILD_FOUND)) OR ($Service=2 AND NOT UPGRADINGPRODUCTCODE)' "$(condition LookAtService)"
same "when ReplaceEqualFiles runs" "OTHER_BUILD_FOUND AND NOT Installed" "$(condition ReplaceEqualFiles)"
same "when StartAgain runs" ServiceProcess "$(condition StartAgain)"
same "when WaitForEnd runs" ServiceProcess "$(condition WaitForEnd)"
for action in RemoveLogs RemoveJournal Configure; do
    same "when Tell$action runs" "$(condition "$action")" "$(condition "Tell$action")"
done
same "when RemoveLogs runs" '$Service=2 AND NOT UPGRADINGPRODUCTCODE AND PURGE<>"1"' "$(condition RemoveLogs)"
same "when RemoveJournal runs" '$Service=2 AND NOT UPGRADINGPRODUCTCODE AND PURGE="1"' "$(condition RemoveJournal)"
same "when Configure runs" 'NOT Installed' "$(condition Configure)"
same "START_SERVICE" 'VersionNT AND (Installed OR START_SERVICE<>"0")' "$(row "$msi" InstallExecuteSequence StartServices | cut -f 1)"
same "running msiwatch processes" DisableShutdown "$(row "$msi" Property MSIRESTARTMANAGERCONTROL)"
same "PATH" "=-*PATH [~];[InstallFolder] CommandLine" "$(row "$msi" Environment Path | tr '\t' ' ')"
same "the event source" "EventMessageFile [#msiwatchevents.dll] EventSource
TypesSupported #7 EventSource" "$(table "$msi" Registry | awk -F '\t' '$3 == "SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\MsiWatch" { print $4, $5, $6 }' | sort)"
conclude
