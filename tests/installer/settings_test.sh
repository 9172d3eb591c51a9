#!/usr/bin/env bash
# Under Wine: properties become settings, which the administrator owns from then on; START_SERVICE=0
# does not start the service; a removal with PURGE=1 leaves nothing.
# shellcheck source=tests/installer/lib.sh
. "$(dirname "$0")/lib.sh"

install_another
metrics=$WINEPREFIX/drive_c/metrics
mkdir -m 755 "$metrics"
picture "$scratch/before"

# An SDDL without AU, which is the default's: the service does not start with one it refuses.
sddl='D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x12019b;;;IU)'
install_well /i "$msi" "PIPE_SDDL=$sddl" RETENTION_DAYS=30 'METRICS_TEXTFILE=C:\metrics\msiwatch.prom' START_SERVICE=0
same "the settings" "MetricsTextfile REG_SZ C:\\metrics\\msiwatch.prom
PipeSddl REG_SZ $sddl
RetentionDays REG_DWORD 0x1e" "$(registry 'HKLM\SOFTWARE\MsiWatch' | sort)"
status
same "status of a service that was not to be started" 1062 "$code"
run_well "$installed\\msiwatchd.exe" start
await "the metrics" test -s "$metrics/msiwatch.prom"

# They are the administrator's: a repair sets nothing back.
wine reg add 'HKLM\SOFTWARE\MsiWatch' /v RetentionDays /t REG_DWORD /d 7 /f >/dev/null
wine reg delete 'HKLM\SOFTWARE\MsiWatch' /v MetricsTextfile /f >/dev/null
wine reg add 'HKLM\SOFTWARE\MsiWatch' /v Flapping /t REG_DWORD /d 100 /f >/dev/null
repair "$msi" REINSTALL=ALL REINSTALLMODE=amus
same "the settings after a repair" "Flapping REG_DWORD 0x64
PipeSddl REG_SZ $sddl
RetentionDays REG_DWORD 0x7" "$(registry 'HKLM\SOFTWARE\MsiWatch' | sort)"

# The metrics go with the service, and what it would have left if it had been killed.
wine reg add 'HKLM\SOFTWARE\MsiWatch' /v MetricsTextfile /t REG_SZ /d 'C:\metrics\msiwatch.prom' /f >/dev/null
await "the metrics" test -s "$metrics/msiwatch.prom"
touch "$metrics/msiwatch.prom.0123456789abcdef.tmp"

# A damaged journal that was set aside and a hold of the queue go, too; what is not the service's does not.
data=$WINEPREFIX/drive_c/ProgramData/MsiWatch
touch "$data/history.db.20260101T000000Z.damaged" "$data/msiwatchd.hold" "$data/somebody's"
install_well /x "$msi" PURGE=1
same "what is in the data folder" "somebody's" "$(ls "$data")"

# Without such, nothing is left, the folder neither.
rm "$data/somebody's"
install_well /i "$msi"
[[ -s $data/history.db ]] || wrong "no journal"
install_well /x "$msi" PURGE=1
picture "$scratch/after"
diff "$scratch/before/files" "$scratch/after/files" || wrong "files are left"
diff "$scratch/before/registry" "$scratch/after/registry" ||
    wrong "left in the registry"

# The zip's way: by the program itself.
mkdir "$WINEPREFIX/drive_c/zip"
cp "$BUILD"/stage/*.{exe,dll} "$WINEPREFIX/drive_c/zip/"
run_well 'C:\zip\msiwatchd.exe' install --unsafe-image --data 'C:\its data'
run_well 'C:\zip\msiwatchd.exe' start
same "its event source" 'C:\zip\msiwatchevents.dll' \
    "$(value 'HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\MsiWatch' EventMessageFile)"
[[ -f "$WINEPREFIX/drive_c/its data/history.db" ]] || wrong "no journal"
run_well 'C:\zip\msiwatchd.exe' uninstall --purge
[[ ! -e "$WINEPREFIX/drive_c/its data" ]] || wrong "left: $(ls "$WINEPREFIX/drive_c/its data")"
run 'C:\zip\msiwatchd.exe' install --configure
same "--configure without an entry" 1060 "$code"
run 'C:\zip\msiwatchd.exe' install --configure --flapping 100
same "--configure with an option" 87 "$code"
conclude
