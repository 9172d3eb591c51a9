# shellcheck shell=bash
# terminal.sh: runs a program in a terminal of its own; for scripts to source. It uses tmux, with a
# socket in a scratch folder and without any user's settings. One terminal at a time.

scratch=$(mktemp -d)
terminal=0 # how many there have been: a socket each, for a server that ends answers for a while yet
export LC_ALL=C.UTF-8
unset TMUX NO_COLOR

fail() {
    echo "top: FAILED: $*"
    echo "---- on the screen"
    screen || true
    exit 1
}

passed() { echo "top: $*"; }

# shellcheck source=tests/await.sh
. "$(dirname "${BASH_SOURCE[0]}")/../await.sh"

in_tmux() { tmux -u -S "$scratch/tmux.$terminal" "$@"; }

# Starts a program; what it writes is kept. It begins when its output is being kept.
terminal_start() { # WIDTH HEIGHT COMMAND...
    local width=$1 height=$2
    shift 2
    terminal=$((terminal + 1))
    rm -f "$scratch/go" "$scratch/pid"
    # In the foreground of the terminal, and yet with a process number to be known.
    cat >"$scratch/run" <<END
stty -g >"$scratch/stty"
echo before
until [[ -e "$scratch/go" ]]; do sleep 0.02; done
trap : INT # of this shell
bash -c 'echo \$\$ >"\$0"; exec "\$@"' "$scratch/pid" $(printf '%q ' "$@")
printf "\nended %s\n" "\$?" # on a line of its own, wherever the cursor is
stty -g >"$scratch/stty-after"
sleep 600
END
    : >"$scratch/bytes"
    rm -f "$scratch/stty-after"
    in_tmux -f /dev/null new-session -d -x "$width" -y "$height" "bash $scratch/run"
    in_tmux pipe-pane -O "cat >>$scratch/bytes"
    touch "$scratch/go"
}

terminal_stop() { in_tmux kill-server 2>/dev/null || true; }
terminal_resize() { in_tmux resize-window -x "$1" -y "$2"; }
terminal_keys() { in_tmux send-keys "$@"; }
program_pid() { cat "$scratch/pid"; }
screen() { in_tmux capture-pane -p; }
shows() { screen | grep -q "$1"; }
bytes_written() { wc -c <"$scratch/bytes"; }

terminal_is_sane() {
    await "the program has ended" test -s "$scratch/stty-after"
    cmp "$scratch/stty" "$scratch/stty-after" &&
        [[ $(in_tmux display-message -p '#{cursor_flag} #{wrap_flag} #{alternate_on}') == "1 1 0" ]]
}

# What differs from run to run. Digits stand for digits, so that columns stay columns.
normal() {
    sed -E 's/[0-9]{2}:[0-9]{2}:[0-9]{2}/hh:mm:ss/g; s/, for [0-9]+ s/, for N s/
        s/after [0-9.]+ (s|ms) /after N /; s/ [ 0-9][0-9] s  running/  N s  running/; s/ +$//'
}

# The screen is, within 20 s, that of the file. MSIWATCH_TEST_WRITE=1 writes the file instead.
must_show() { # FILE
    local end=$((SECONDS + 20))
    if [[ -n ${MSIWATCH_TEST_WRITE:-} ]]; then
        sleep 1
        screen | normal >"$1"
    fi
    until screen | normal | cmp -s - "$1"; do
        if ((SECONDS >= end)); then
            screen | normal | diff "$1" - || true
            fail "the screen is not that of ${1##*/}"
        fi
        sleep 0.05
    done
}
