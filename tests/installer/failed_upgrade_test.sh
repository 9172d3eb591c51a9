#!/usr/bin/env bash
# Under Wine: after an upgrade that fails, the old service runs, started again by the package.
#
# Wine's own rollback also removes what the old version has, and starts a service whoever has
# stopped it; Windows' rollback restores everything, and starts only what its StopServices stopped.
# So the package that fails here has none of the standard actions that Wine would roll back, and an
# action of the test stops the service: only the package's own actions can start it again.
# rules_test.sh shows what happens to the whole sequence by Windows' rules.
# shellcheck source=tests/installer/lib.sh
. "$(dirname "$0")/lib.sh"

failing=$scratch/failing.msi
cp "$NEXT_MSI" "$failing"
query() { msibuild "$failing" -q "$1" || fail "msibuild refuses: $1"; }
for action in StopServices DeleteServices RemoveRegistryValues RemoveEnvironmentStrings RemoveFiles InstallFiles \
    WriteRegistryValues WriteEnvironmentStrings InstallServices StartServices; do
    query "DELETE FROM \`InstallExecuteSequence\` WHERE \`Action\` = '$action'"
done
# Programs that are installed (18), deferred (1024); 64: whose failure does not count.
query "INSERT INTO \`CustomAction\` (\`Action\`, \`Type\`, \`Source\`, \`Target\`) VALUES ('PlayStop', 1106, 'msiwatchd.exe', 'stop')"
query "INSERT INTO \`CustomAction\` (\`Action\`, \`Type\`, \`Source\`, \`Target\`) VALUES ('Fail', 1042, 'msiwatchd.exe', 'no-such-command')"
query "INSERT INTO \`InstallExecuteSequence\` (\`Action\`, \`Sequence\`) VALUES ('PlayStop', 1900)"
query "INSERT INTO \`InstallExecuteSequence\` (\`Action\`, \`Sequence\`) VALUES ('Fail', 1930)"

process() {
    run "$installed\\msiwatchd.exe" query
    sed -n 's/^pid *//p' <<<"$out"
}

# ---- it ran: it runs again, the old one, with a process of its own

install_well /i "$msi"
before=$(process)
[[ -n $before ]] || fail "no service runs"
install /i "$failing"
[[ $code == 1603 || $code == 1627 ]] || wrong "msiexec when the upgrade fails: $code"
after=$(process)
[[ -n $after ]] || wrong "the service does not run after an upgrade that failed: $(said)"
[[ $after != "$before" ]] || wrong "the service was not stopped: the test shows nothing"
same "the version that runs" "$VERSION" "$(ask about .version)"
said | grep_all -x 'MsiWatch: the installation failed; the service is running again' || wrong "the log: $(said)"
tr -d '\r' <"$log" | awk '/^Action start .*: PlayStop/ { stop = NR } /^Action start .*: WaitForEnd/ { wait = NR }
    END { exit !(stop && wait > stop) }' || wrong "nobody waited for the end of the process"

# ---- an administrator had stopped it: it stays so

run_well "$installed\\msiwatchd.exe" stop
install /i "$failing"
[[ $code == 1603 || $code == 1627 ]] || wrong "msiexec when the upgrade fails: $code"
same "a service that did not run" '' "$(process)"
same "what was said of it" '' "$(said)"
conclude
