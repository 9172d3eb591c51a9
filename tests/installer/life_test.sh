#!/usr/bin/env bash
# Under Wine, with a real msiexec: after installing, the service works; after a repair, everything
# is there again; after removing, only the journal is left.
# shellcheck source=tests/installer/lib.sh
. "$(dirname "$0")/lib.sh"

install_another
picture "$scratch/before"
path_before=$(system_path)

# ---- installed

install_well /i "$msi"
# What an action says is in msiexec's log, and on no console, which it does not have.
said | grep_all -E '^MsiWatch: .*was not set: this system does not know it' ||
    wrong "the log does not report what Wine lacks: $(said)"
said | grep_all -x 'MsiWatch: MsiWatch is configured' || wrong "the log: $(said)"
same "what msiexec printed" '' "$out$(grep -a msiwatchd "$WINEPREFIX/run.err")"
status
same "the exit code of the installed msiwatch status" 0 "$code"
same "its state" idle "$(jq -r .state <<<"$out")"
same "the version that runs" "$VERSION" "$(ask about .version)"

run_well "$installed\\msiwatchd.exe" query
grep -qx 'state  running' <<<"$out" || wrong "query: not running: $out"
grep -qxF "image  \"$installed\\msiwatchd.exe\" service" <<<"$out" || wrong "query: the image path: $out"
for part in "the service's own SID" 'the only privilege it needs' 'the restart after a stop that failed'; do
    grep -qE "^lacks  $part: this system does not know it: .*\(error (87|124)\)" <<<"$out" ||
        wrong "query does not say that it lacks $part: $out"
done
same "the start" 0x2 "$(value 'HKLM\SYSTEM\CurrentControlSet\Services\MsiWatch' Start)"
same "the account" LocalSystem "$(value 'HKLM\SYSTEM\CurrentControlSet\Services\MsiWatch' ObjectName)"
same "the event source" "$installed\\msiwatchevents.dll" \
    "$(value 'HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\MsiWatch' EventMessageFile)"
same "PATH" "${path_before%;};$installed\\" "$(system_path)"
same "settings that nobody gave" '' "$(registry 'HKLM\SOFTWARE\MsiWatch')"
same "the files" "LICENSE.txt NOTICES.txt msiwatch.dll msiwatch.exe msiwatchd.exe msiwatchevents.dll sbom.spdx.json " \
    "$(find "$WINEPREFIX/drive_c/Program Files/MsiWatch" -type f -printf '%f\n' | sort | tr '\n' ' ')"
for file in "$BUILD"/stage/*.*; do
    cmp "$file" "$WINEPREFIX/drive_c/Program Files/MsiWatch/${file##*/}" || wrong "${file##*/} is not as packed"
done
modules=("$WINEPREFIX/drive_c/Program Files"{,' (x86)'}/WindowsPowerShell/Modules/MsiWatch)
for module in "${modules[@]}"; do
    diff -r "$BUILD/stage/MsiWatch" "$module" || wrong "$module is not as packed"
done

# ---- repaired

rm "$WINEPREFIX/drive_c/Program Files/MsiWatch/"{msiwatch.exe,NOTICES.txt} "${modules[1]}/MsiWatch.psm1"
repair "$msi" REINSTALL=ALL REINSTALLMODE=amus
same "what ran of ours at the repair" '' "$(said)"
cmp "$BUILD/stage/msiwatch.exe" "$WINEPREFIX/drive_c/Program Files/MsiWatch/msiwatch.exe" || wrong "not repaired"
cmp "$BUILD/stage/NOTICES.txt" "$WINEPREFIX/drive_c/Program Files/MsiWatch/NOTICES.txt" || wrong "not repaired"
cmp "$BUILD/stage/MsiWatch/MsiWatch.psm1" "${modules[1]}/MsiWatch.psm1" || wrong "the module is not repaired"
status
same "status after the repair" 0 "$code"
same "PATH after the repair" "${path_before%;};$installed\\" "$(system_path)"

# ---- removed

journal=$(ask about .journal.id)
run_well "$installed\\msiwatch.exe" hold --for 1d --why 'patch day'
await "the hold on the disk" test -s "$WINEPREFIX/drive_c/ProgramData/MsiWatch/msiwatchd.hold"
install_well /x "$msi"
# Wine takes the folder out of PATH and leaves the semicolon.
same "PATH" "${path_before%;}" "$(system_path | sed 's/;*$//')"
picture "$scratch/after"
# Only the journal, not the hold: what is new is its folder and its file.
same "new files" $'> ./drive_c/ProgramData/MsiWatch\n> ./drive_c/ProgramData/MsiWatch/history.db' \
    "$(diff "$scratch/before/files" "$scratch/after/files" | grep '^[<>]' | sed -E '/history\.db/s/ [0-9]+$//')"
leftovers=$(diff "$scratch/before/registry" "$scratch/after/registry") ||
    wrong "left in the registry: $leftovers"
same "mentions in the registry" '' "$(grep -i msiwatch "$scratch/after/registry")"

# ---- and again, with the journal that was left

install_well /i "$msi"
same "the journal" "$journal" "$(ask about .journal.id)"
conclude
