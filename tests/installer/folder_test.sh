#!/usr/bin/env bash
# Under Wine: data folders into which others have put something. Their files stay, and prevent
# neither installing nor removing the product.
# shellcheck source=tests/installer/lib.sh
. "$(dirname "$0")/lib.sh"

wine cmd /c exit
own=$WINEPREFIX/drive_c/ProgramData/MsiWatch shared=$WINEPREFIX/drive_c/shared

# As anybody may who can log in: ProgramData's folders are open to users.
put_something_into() { # FOLDER
    mkdir -p "$1"
    chmod 777 "$1"
    echo x >"$1/theirs.txt"
}

# ---- the service's own place, made by hand: it is closed, whatever it holds

put_something_into "$own"
install_well /i "$msi"
same "whether the journal in its own place is durable" true "$(ask about .journal.durable)"
[[ $(stat -c %a "$own") == *0 ]] || wrong "its own place is open: $(stat -c %a "$own")"
install_well /x "$msi" PURGE=1
same "what a removal left there" theirs.txt "$(ls "$own")"

# ---- a folder that others use: it stays as it is, and the journal is in memory, saying why

put_something_into "$shared"
echo theirs >"$shared/history.db"
wine reg add 'HKLM\SOFTWARE\MsiWatch' /v Data /t REG_SZ /d 'C:\shared' /f >/dev/null
install_well /i "$msi"
same "whether the journal in a shared place is durable" false "$(ask about .journal.durable)"
ask about .journal.problem | grep -q "open to other users and contains files that are not msiwatchd's" ||
    wrong "it does not say why: $(ask about .journal)"
run_well "$installed\\msiwatchd.exe" install --configure
grep -q 'journal will be kept in memory only: C:\\shared: it is open to other users' "$WINEPREFIX/run.err" ||
    wrong "--configure does not say so: $(<"$WINEPREFIX/run.err")"
install_well /x "$msi" PURGE=1
same "what is left of it" 'history.db theirs.txt' "$(ls "$shared" | tr '\n' ' ' | sed 's/ $//')"
same "a history.db of others" theirs "$(<"$shared/history.db")"
same "its rights" 777 "$(stat -c %a "$shared")"
conclude
