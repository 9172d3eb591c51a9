#!/usr/bin/env bash
# Under Wine: an action that fails; a PIPE_SDDL that is rejected; an installation during another
# one; a msiwatch that runs while its file is replaced.
# shellcheck source=tests/installer/lib.sh
. "$(dirname "$0")/lib.sh"

wine cmd /c exit

# ---- an action that fails fails the installation, says why, and nothing stays

cp "$msi" "$scratch/bad.msi"
msibuild "$scratch/bad.msi" -q "UPDATE \`CustomAction\` SET \`Target\` = 'C:\\nowhere\\' WHERE \`Action\` = 'TellConfigure'"
picture "$scratch/before"
install /i "$scratch/bad.msi"
# Windows says 1603, Wine 1627.
[[ $code == 1603 || $code == 1627 ]] || wrong "msiexec when an action fails: $code"
said | grep_all 'could not be configured: cannot run C:\\nowhere\\msiwatchd.exe: .*(error [0-9]*)' || wrong "the log does not say why: $(said)"
picture "$scratch/after"
same "files it left" '' "$(diff "$scratch/before/files" "$scratch/after/files" | grep -i msiwatch)"
same "left in the registry" '' "$(grep -i 'services.*msiwatch\|software.*msiwatch' "$scratch/after/registry")"

# ---- so does a program of ours that fails: a data folder that cannot be made, for a file is in the way

touch "$WINEPREFIX/drive_c/file"
wine reg add 'HKLM\SOFTWARE\MsiWatch' /v Data /t REG_SZ /d 'C:\file\data' /f >/dev/null
install /i "$msi" START_SERVICE=0 # which could have failed as well
[[ $code == 1603 || $code == 1627 ]] || wrong "msiexec when the data folder cannot be made: $code"
said | grep_all 'The service MsiWatch could not be configured: .*cannot create the data folder' || wrong "the log does not say why: $(said)"
[[ ! -e "$WINEPREFIX/drive_c/Program Files/MsiWatch" ]] || wrong "left: $(ls "$WINEPREFIX/drive_c/Program Files/MsiWatch")"
same "the service's entry" '' "$(registry 'HKLM\SYSTEM\CurrentControlSet\Services\MsiWatch')"
wine reg delete 'HKLM\SOFTWARE\MsiWatch' /f >/dev/null 2>&1 || true # Wine takes it back with the rest

# ---- a pipe that is open to everybody: not taken, and no default in its place; so the service would
# not start, which fails the installation, also one that does not start it

install /i "$msi" 'PIPE_SDDL=D:P(A;;GA;;;WD)' START_SERVICE=0
[[ $code == 1603 || $code == 1627 ]] || wrong "msiexec with a PIPE_SDDL that gives the pipe away: $code"
said | grep_all "The service MsiWatch could not be configured: .*pipe-sddl 'D:P(A;;GA;;;WD)' lets S-1-1-0 create instances" ||
    wrong "the log does not say why: $(said)"
same "the settings it left" '' "$(registry 'HKLM\SOFTWARE\MsiWatch')"
[[ ! -e "$WINEPREFIX/drive_c/Program Files/MsiWatch" ]] || wrong "left: $(ls "$WINEPREFIX/drive_c/Program Files/MsiWatch")"
[[ ! -e "$WINEPREFIX/drive_c/ProgramData/MsiWatch" ]] || wrong "left: $(ls "$WINEPREFIX/drive_c/ProgramData/MsiWatch")"

# ---- during another installation: real Windows answers 1618 there, as for any package; Wine has no
# such rule and goes ahead, and what it installs says that the other one is running.

wine "$BIN/msirig.exe" hold 60000 >"$scratch/held" 2>&1 </dev/null &
holder=$!
await "the rig's installation" grep -q held "$scratch/held"
install_well /i "$msi"
status
same "status during the other installation" 1618 "$code"
same "its state" busy "$(jq -r .state <<<"$out")"
kill "$holder"
is_idle() { status && [[ $code == 0 ]]; }
await "idle when the other installation is over" is_idle

# ---- a msiwatch that runs while an upgrade replaces its file: it goes on, and msiexec says 3010

wine "$WINEPREFIX/drive_c/Program Files/MsiWatch/msiwatch.exe" watch --json >"$scratch/watched" 2>&1 </dev/null &
watcher=$!
await "the watcher" test -s "$scratch/watched"
install /i "$NEXT_MSI" REBOOT=ReallySuppress
same "msiexec with a msiwatch that runs" 3010 "$code"
kill -0 "$watcher" || wrong "the watcher was ended"
status
same "status afterwards" 0 "$code"
same "the version that runs" "$NEXT" "$(ask about .version)"
conclude
