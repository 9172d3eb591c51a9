#!/usr/bin/env bash
# image_test.sh: if it is started through a link, the service is installed with the path of the
# file, not of the link, because the owner of the link could lead SYSTEM elsewhere. Wine makes
# neither junctions nor symbolic links, so the link is one of the system below it.
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

# `install --configure`, which the package runs, refuses an image that others can replace, as
# `install` does, and leaves the entry as it was. Of a file's descriptor Wine keeps whether everybody
# may write, as the system below has it.
refuses_to_configure() { # IMAGE
    local code=0
    wine "$1" install --configure >/dev/null 2>"$WINEPREFIX/said" || code=$?
    if [[ $code != 5 ]] || ! grep -q 'who could then run any program as SYSTEM' "$WINEPREFIX/said" ||
        [[ $(registered) != "$entry" ]]; then
        echo "image_test: FAILED: $1 configures with $code: $(<"$WINEPREFIX/said"); $(registered)"
        exit 1
    fi
    echo "image_test: $1 is refused"
}

wine 'C:\where it is\msiwatchd.exe' install --unsafe-image >/dev/null
entry=$(registered)
mkdir -p "$WINEPREFIX/drive_c/open/below" "$WINEPREFIX/drive_c/file"
cp "$bin/msiwatchd.exe" "$WINEPREFIX/drive_c/open/below/"
cp "$bin/msiwatchd.exe" "$WINEPREFIX/drive_c/file/"
chmod a+w "$WINEPREFIX/drive_c/open" "$WINEPREFIX/drive_c/file/msiwatchd.exe"
refuses_to_configure 'C:\file\msiwatchd.exe'
refuses_to_configure 'C:\open\below\msiwatchd.exe'
refuses_to_configure 'C:\link\..\file\msiwatchd.exe'
if ! wine 'C:\where it is\msiwatchd.exe' install --configure >/dev/null; then
    echo "image_test: FAILED: an image that only its owner can replace is not configured"
    exit 1
fi
wine 'C:\where it is\msiwatchd.exe' uninstall >/dev/null
