# lib.sh: what the tests of the installer share; for scripts to source. CMakeLists.txt sets BUILD,
# BIN, VERSION, NEXT and NEXT_MSI.
# shellcheck shell=bash disable=SC2034 # the scripts use what is set here
set -euo pipefail
shopt -s inherit_errexit

msi=$BUILD/msiwatch-$VERSION-x64.msi
failures=0

# Counts a failure and goes on.
wrong() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# Cannot go on.
fail() {
    echo "FAILED: $*"
    exit 1
}

# The last command of a test.
conclude() {
    ((failures == 0)) || fail "$failures of the above"
    echo "as it should be: $(basename "$0")"
}

same() { # WHAT EXPECTED ACTUAL
    [[ $2 == "$3" ]] || wrong "$1: '$3', not '$2'"
}

# grep -q that reads to the end: or what writes to it fails, if it is quick.
grep_all() { grep "$@" >/dev/null; }

# ---- a package's tables -------------------------------------------------------------------------

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A table's rows, fields apart by tabs. Each is read once.
table() { # MSI TABLE
    local kept=$scratch/$2.${1##*/}
    [[ -f $kept ]] || (cd "$scratch" && msiinfo export "$1" "$2") | tr -d '\r' | tail -n +4 >"$kept"
    cat "$kept"
}

# The same, fields apart by a character that bash's read does not take two of for one.
fields() { table "$@" | tr '\t' '\037'; }

# The rows whose first field is KEY, without it.
row() { # MSI TABLE KEY
    table "$1" "$2" | awk -F '\t' -v key="$3" '$1 == key { sub(/^[^\t]*\t/, ""); print }'
}

# ---- under Wine ---------------------------------------------------------------------------------

installed='C:\Program Files\MsiWatch'

# Runs a program and gives its whole exit code in $code and what it prints in $out; a Unix shell
# would see eight bits of the code.
code='' out=''
run() { # PROGRAM ARGUMENT...
    local line='' word
    for word in "$@"; do line+=" \"$word\""; done
    run_line "${line# }"
}

# The same for a command line as cmd gets it.
run_line() { # LINE
    printf '@echo off\r\n%s\r\necho exit code %%errorlevel%%\r\n' "$1" >"$WINEPREFIX/drive_c/run.cmd"
    out=$(wine cmd /c 'C:\run.cmd' 2>"$WINEPREFIX/run.err" </dev/null | tr -d '\r') || true
    rm -f "$WINEPREFIX/drive_c/run.cmd"
    code=${out##*exit code }
    out=${out%exit code *}
}

run_well() {
    run "$@"
    [[ $code == 0 ]] || fail "$*: exit code $code: $out $(<"$WINEPREFIX/run.err")"
}

# msiexec, with properties as they are; its exit code in $code, its log in $log. It wants options
# without quotation marks, and those of a property around the value alone; Wine 8's takes anything.
log=$scratch/msi.log
install() { # /i|/x MSI PROPERTY=VALUE...
    local line property
    line="msiexec $1 \"$(winepath -w "$2")\" /l*v \"$(winepath -w "$log")\""
    shift 2
    rm -f "$log"
    for property in "$@"; do line+=" ${property%%=*}=\"${property#*=}\""; done
    run_line "$line /qn"
}

install_well() {
    install "$@"
    [[ $code == 0 ]] || fail "msiexec $*: exit code $code: $(said) $(<"$WINEPREFIX/run.err")
$(grep -av '^Property' "$log" | tail -n 25)"
}

# A repair, or the same package once more. Wine's StopServices does not wait until the service has
# stopped, and its StartServices fails on one that still stops: so the service is stopped before.
# Windows' waits; there the workflow repairs with the service running.
repair() { # MSI PROPERTY=VALUE...
    run_well "$installed\\msiwatchd.exe" stop
    install_well /i "$@"
}

# What our actions wrote to msiexec's log, and the errors there that are the package's own.
said() { tr -d '\r' <"$log" | grep -aE '^MsiWatch: |The (service|journal) .*MsiWatch.* could not' || true; }

status() { run "$installed\\msiwatch.exe" status --json; }

# A number of the service's, by jq's path.
ask() { # COMMAND PATH
    run "$installed\\msiwatch.exe" "$1" --json
    jq -r "$2" <<<"$out"
}

# The values of a key in the registry, "NAME TYPE VALUE" a line; nothing if it is not there.
registry() { # KEY
    wine reg query "$1" 2>/dev/null | tr -d '\r' | sed -nE 's/^ {4}([^ ].*) {4}(REG_[A-Z_]+) {4}(.*)$/\1 \2 \3/p' || true
}

value() { # KEY NAME
    registry "$1" | sed -nE "s/^$2 REG_[A-Z_]+ //p"
}

system_path() {
    value 'HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment' PATH
}

# Installs and removes another package: what Windows (and Wine) sets up at its first installation,
# and keeps, is then there before ours; and so are the folders of PowerShell's modules, as on every
# Windows.
install_another() {
    install_well /i "$BIN/sample.msi" HOLD_MS=1
    install_well /x "$BIN/sample.msi" HOLD_MS=1
    mkdir -p "$WINEPREFIX/drive_c/Program Files"{,' (x86)'}/WindowsPowerShell/Modules
}

# Each value in a file of Wine's registry, in one line with its key.
values_of() { # FILE
    sed -e ':a' -e '/\\$/{N;s/\\\n *//;ba' -e '}' "$1" |
        awk '/^\[/ { sub(/ [0-9]+$/, ""); key = $0; print; next } /^#/ { next } NF { print key " " $0 }'
}

# Everything on the machine that an installation could leave: its files with their sizes, and the
# registry: the machine's, the user's and that of new users. Ends all that runs in the prefix, so
# that Wine writes its registry; to export it takes ten times as long. Left out are Wine's display
# devices, which it enters whenever a program has a window, and its fonts, which it enters by a
# program's locale; the number of services started so far; PATH, which has tests of its own; and the
# empty key of the Application log, for Wine takes keys away that are empty when ours is gone, and
# on Windows that one is not.
picture() { # FOLDER
    local hive
    mkdir -p "$1"
    wineserver -k || true
    wineserver -w
    (cd "$WINEPREFIX" && find . -path './*.reg' -prune -o -path ./run.err -prune -o -path ./wineserver -prune \
        -o -path './drive_c/users/*/Temp*' -prune -o -type d -printf '%p\n' -o -printf '%p %s\n' |
        sort) >"$1/files"
    values_of "$WINEPREFIX/system.reg" |
        grep -viE '^\[(Hardware|System\\\\(CurrentControlSet|ControlSet001)\\\\(Enum|Hardware Profiles|Control\\\\(Class|DeviceClasses|ServiceCurrent|Video)))(\]|\\)' |
        grep -viE '^\[System\\\\(CurrentControlSet|ControlSet001)\\\\Services\\\\Eventlog\\\\Application\]$' |
        grep -vi 'Session Manager\\\\Environment\] "PATH"=' | sort >"$1/registry"
    for hive in user userdef; do
        values_of "$WINEPREFIX/$hive.reg" | grep -viE '^\[Software\\\\Wine\\\\Fonts[]\\]' |
            sort | sed "s/^/$hive /" >>"$1/registry"
    done
    wineserver "-p${MSIWATCH_TEST_TIMEOUT:-120}"
}

patience=60
# shellcheck source=tests/await.sh
. "$(dirname "${BASH_SOURCE[0]}")/../await.sh"
