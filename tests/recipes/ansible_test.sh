#!/usr/bin/env bash
# Runs the recipe for Ansible with ansible-playbook and msiwatch-sim. Its modules are for PowerShell
# and are in no package of Debian, so two stand-ins (collections/) take their arguments.
#
#   ansible_test.sh BIN
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$1
command -v ansible-playbook >/dev/null || {
    echo "skipped: there is no ansible-playbook here (Debian: ansible-core)"
    exit 77
}
scratch=$(mktemp -d)

clean_up() {
    local status=$?
    exec 7>&- || true
    [[ -z ${sim_pid:-} ]] || kill "$sim_pid" 2>/dev/null || true
    rm -rf "$scratch"
    exit "$status"
}
trap clean_up EXIT

fail() {
    echo "FAILED: $*"
    tail -n 40 "$scratch"/*.txt 2>/dev/null || true
    exit 1
}
# shellcheck source=tests/await.sh
. "$here/../await.sh"

mkfifo "$scratch/commands"
"$bin/msiwatch-sim" --pipe "$scratch/pipe" --data "$scratch/data" <"$scratch/commands" >"$scratch/sim.txt" 2>&1 &
sim_pid=$!
exec 7>"$scratch/commands"
await "msiwatch-sim is ready" grep -q ready "$scratch/sim.txt"

cat >"$scratch/play.yml" <<PLAY
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.include_tasks: $here/../../installer/recipes/ansible-step.yml
      vars: { install_command: "sh -c 'exit {{ code }}'" }
PLAY
export MSIWATCH_PIPE=$scratch/pipe ANSIBLE_COLLECTIONS_PATH=$here/collections ANSIBLE_LOCALHOST_WARNING=False
export ANSIBLE_INVENTORY_UNPARSED_WARNING=False ANSIBLE_NOCOLOR=1 ANSIBLE_HOME=$scratch/home
play() { # CODE TIMEOUT; ends as ansible-playbook does
    ansible-playbook "$scratch/play.yml" -e "code=$1" -e "install_timeout=$2" -e "msiwatch=$bin/msiwatch" \
        >"$scratch/said.txt" 2>&1
}
says() { grep -qE "$1" "$scratch/said.txt" || fail "it does not say: $1"; }

play 0 20s || fail "an installation that is done"
says 'ok=2 +changed=1 .*failed=0 +skipped=1' # the restart
play 194 20s || fail "an installation that wants a restart"

says 'ok=3 +changed=2'
! play 5 20s || fail "an installation that failed is taken for done"
says '"rc": 5'
echo "mutex held 4242" >&7
is_busy() { [[ $("$bin/msiwatch" status 2>/dev/null || true) == busy* ]]; }
await "it is busy" is_busy
! play 0 300ms || fail "it did not wait for its turn"
says '"rc": 1618'
echo "Ansible installs, restarts, and waits for its turn"
