#!/usr/bin/env bash
# Checks the package by Windows Installer's documented rules (rules.py), and plays it by them
# (play.py). Both must also find faults: each fault that is planted in a copy is found by its rule.
# shellcheck source=tests/installer/lib.sh
. "$(dirname "$0")/lib.sh"

here=$(cd "$(dirname "$0")" && pwd)
for check in rules play; do
    python3 -B "$here/$check.py" "$msi" >"$scratch/said" || wrong "$check: $(<"$scratch/said")"
    tail -n 1 "$scratch/said"
done

# A later wixl, Debian 13's, makes more tables, without rows: the package is none the worse for them.
mkdir "$scratch/later"
cat >"$scratch/later/wixl" <<EOF
#!/bin/bash
set -e
$(command -v wixl) "\$@"
while [[ \$1 != -o ]]; do shift; done
for table in Environment IniFile; do
    msibuild "\$2" -q "CREATE TABLE \\\`\$table\\\` (\\\`\$table\\\` CHAR(72) NOT NULL, \\\`Name\\\` CHAR(64) NOT NULL LOCALIZABLE, \\\`Value\\\` CHAR(255) LOCALIZABLE, \\\`Component_\\\` CHAR(72) NOT NULL PRIMARY KEY \\\`\$table\\\`)"
done
EOF
chmod +x "$scratch/later/wixl"
PATH=$scratch/later:$PATH "$here/../../installer/make_msi.sh" "$BUILD/stage" "$BUILD/inside" "$VERSION" https://example.com \
    "$scratch/later.msi" >"$scratch/said" 2>&1 || wrong "not built with a later wixl: $(<"$scratch/said")"
python3 -B "$here/rules.py" "$scratch/later.msi" >"$scratch/said" || wrong "built with a later wixl: $(<"$scratch/said")"

planted=0
# fault CHECK RULE-OR-WORDS QUERY...: the changes are found, by this rule, in words that hold these.
fault() {
    local check=$1 expected=$2 query copy=$scratch/fault.msi
    shift 2
    cp "$msi" "$copy"
    for query in "$@"; do
        msibuild "$copy" -q "$query" >"$scratch/said" 2>&1 || fail "msibuild refuses: $query: $(<"$scratch/said")"
    done
    planted=$((planted + 1))
    if python3 -B "$here/$check.py" "$copy" >"$scratch/said"; then
        wrong "not found by $check: $*"
    else
        grep_all -E "$expected" "$scratch/said" || wrong "$check does not say '$expected' of: $*: $(<"$scratch/said")"
    fi
}

fault rules '^every_value_is_allowed: Media.DiskId' "INSERT INTO \`Media\` (\`DiskId\`, \`LastSequence\`) VALUES (0, 99)"
fault rules '^every_column_is_described: Error' "DELETE FROM \`_Validation\` WHERE \`Table\` = 'Error'"
fault rules '^foreign_keys_lead_somewhere: .*Nothing' "INSERT INTO \`FeatureComponents\` (\`Feature_\`, \`Component_\`) VALUES ('MsiWatch', 'Nothing')"
fault rules '^sequences_are_in_order: .*RemoveFiles' "UPDATE \`InstallExecuteSequence\` SET \`Sequence\` = 4500 WHERE \`Action\` = 'RemoveFiles'"
fault rules '^deferred_actions_are_within_the_script: Configure' "UPDATE \`InstallExecuteSequence\` SET \`Sequence\` = 6601 WHERE \`Action\` = 'Configure'"
fault rules '^components_keep_the_rules: .* has the GUID of' "UPDATE \`Component\` SET \`ComponentId\` = '{0E6A1B7D-94C5-4F0E-A3B8-7C1D5E2F9011}' WHERE \`Component\` = 'Sbom'"
fault rules '^each_component_has_one_key_path_of_its_own: .*Library' "UPDATE \`Component\` SET \`KeyPath\` = 'msiwatch.exe' WHERE \`Component\` = 'Library'"
fault rules '^each_component_has_one_key_path_of_its_own: CommandLine has 2 files' "UPDATE \`File\` SET \`Component_\` = 'CommandLine' WHERE \`File\` = 'msiwatch.dll'"
fault rules '^secure_properties_are_ours_and_public: INSTALLFOLDER' "UPDATE \`Property\` SET \`Value\` = 'PIPE_SDDL;RETENTION_DAYS;METRICS_TEXTFILE;START_SERVICE;PURGE;OLDER_VERSION_FOUND;OTHER_BUILD_FOUND;NEWER_VERSION_FOUND;INSTALLFOLDER' WHERE \`Property\` = 'SecureCustomProperties'"
fault rules '^no_action_starts_a_program: Configure: type 3090, as SYSTEM' "UPDATE \`CustomAction\` SET \`Type\` = 3090, \`Source\` = 'msiwatchd.exe', \`Target\` = 'install --configure' WHERE \`Action\` = 'Configure'"
fault rules '^nobody_chooses_the_folder: ' "UPDATE \`Component\` SET \`Directory_\` = 'TARGETDIR' WHERE \`Component\` = 'Service'"
fault rules '^nobody_chooses_the_folder: ModuleScript' "UPDATE \`Component\` SET \`Directory_\` = 'Module32' WHERE \`Component\` = 'ModuleScript'"
fault rules '^components_keep_the_rules: Module32Script is not 32-bit' "UPDATE \`Component\` SET \`Attributes\` = 256 WHERE \`Component\` = 'Module32Script'"
fault rules '^the_service_is_as_documented: MsiWatch runs as' "UPDATE \`ServiceInstall\` SET \`StartName\` = 'NT AUTHORITY\\LocalService' WHERE \`ServiceInstall\` = 'MsiWatch'"
fault rules '^the_registry_is_ours_alone: ' "INSERT INTO \`Registry\` (\`Registry\`, \`Root\`, \`Key\`, \`Name\`, \`Value\`, \`Component_\`) VALUES ('More', 2, 'SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run', 'MsiWatch', 'x', 'Service')"
fault rules '^a_repair_runs_nothing_and_takes_nothing: Configure' "UPDATE \`InstallExecuteSequence\` SET \`Condition\` = 'NOT Installed OR START_SERVICE=\"1\"' WHERE \`Action\` = 'Configure'"
fault rules '^a_repair_runs_nothing_and_takes_nothing: SettingPipeSddl' "UPDATE \`Component\` SET \`Condition\` = 'PIPE_SDDL' WHERE \`Component\` = 'SettingPipeSddl'"
fault rules '^files_have_a_version_or_a_hash: msiwatchd.exe' "UPDATE \`File\` SET \`Version\` = '' WHERE \`File\` = 'msiwatchd.exe'"
fault rules '^no_table_that_fails_on_windows: MsiServiceConfig' "CREATE TABLE \`MsiServiceConfig\` (\`MsiServiceConfig\` CHAR(72) NOT NULL PRIMARY KEY \`MsiServiceConfig\`)"
fault play 'failing at InstallFiles: the service does not run' "DELETE FROM \`InstallExecuteSequence\` WHERE \`Action\` = 'StartAgain'"
fault play 'started with new files' "UPDATE \`InstallExecuteSequence\` SET \`Sequence\` = 4500 WHERE \`Action\` = 'StartAgain'"
fault play "the service's process has not ended" "DELETE FROM \`InstallExecuteSequence\` WHERE \`Action\` = 'WaitForEnd'"
fault play 'another build of the same version replaces \[\]' "DELETE FROM \`InstallExecuteSequence\` WHERE \`Action\` = 'ReplaceEqualFiles'"
echo "$planted planted faults"
conclude
