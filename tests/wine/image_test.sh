#!/usr/bin/env bash
# image_test.sh: started over a link, the service is installed where it is, not where the link is:
# whoever owns the link could lead SYSTEM elsewhere. Wine makes neither junctions nor symbolic
# links: this one is of the system below it.
#
#   tests/wine/prefix.sh tests/wine/image_test.sh BIN
set -euo pipefail

bin=$1
key='HKLM\System\CurrentControlSet\Services\MsiWatch'

registered() { wine reg query "$key" /v ImagePath | tr -d '\r' | sed -n 's/.*ImagePath *REG_[A-Z_]* *//p'; }

is_installed_as() { # STARTED EXPECTED
    local path
    wine "$1" install --unsafe-image >/dev/null
    path=$(registered)
    wine "$1" uninstall >/dev/null
    if [[ $path != "\"$2\" service" ]]; then
        echo "image_test: FAILED: $1 is installed as $path instead of \"$2\" service"
        exit 1
    fi
    echo "image_test: $1 is installed as $path"
}

mkdir "$WINEPREFIX/drive_c/where it is"
cp "$bin/msiwatchd.exe" "$WINEPREFIX/drive_c/where it is/"
ln -s 'where it is' "$WINEPREFIX/drive_c/link"
is_installed_as 'C:\where it is\msiwatchd.exe' 'C:\where it is\msiwatchd.exe'
is_installed_as 'C:\link\msiwatchd.exe' 'C:\where it is\msiwatchd.exe'
is_installed_as 'C:\WHERE IT IS\MSIWATCHD.EXE' 'C:\where it is\msiwatchd.exe'
