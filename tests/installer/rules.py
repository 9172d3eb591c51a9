#!/usr/bin/env python3
"""Holds a package's tables against what Windows Installer documents, and against what ours promises.

    rules.py MSI

Each rule has a name; a line for each thing that is wrong: "rule: what". Exits with 1 if anything is.
What Windows' own validation (ICE) finds, it finds on Windows: .github/workflows/windows.yml.
"""
import re
import sys

import msi

IDENTIFIER = re.compile(r'[A-Za-z_][A-Za-z0-9_.]*')
GUID = re.compile(r'\{[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}\}')
VERSION = re.compile(r'\d{1,5}(\.\d{1,5}){0,3}')
SHORT_NAME = re.compile(r'[^\\?|><:/*"+,;=\[\] .]{1,8}(\.[^\\?|><:/*"+,;=\[\] .]{1,3})?')
LONG_NAME = re.compile(r'[^\\?|><:/*"]+')
FORMATS = {
    'Identifier': IDENTIFIER, 'Guid': GUID, 'UpperCase': re.compile(r'[^a-z]*'),
    'Property': re.compile(r'%?[A-Za-z_][A-Za-z0-9_.]*'),
    'Language': re.compile(r'\d+(,\d+)*'), 'Cabinet': re.compile(r'#?[A-Za-z0-9_.]+'),
    'RegPath': re.compile(r'[^\\][^\t]*[^\\]'), 'CustomSource': IDENTIFIER,
    'DefaultDir': re.compile(r'[^\t]+'),
}
# Kinds of custom actions, the lowest six bits of their type.
DLL_IN_BINARY, SET_PROPERTY = 1, 51
DEFERRED, ROLLBACK, COMMIT, AS_SYSTEM = 1024, 256, 512, 2048
# Where the standard actions must be, in this order; what a package lacks is passed over.
ORDER = ['FindRelatedProducts', 'AppSearch', 'LaunchConditions', 'ValidateProductID', 'CostInitialize',
         'FileCost', 'CostFinalize', 'InstallValidate', 'InstallInitialize', 'ProcessComponents',
         'UnpublishFeatures', 'StopServices', 'DeleteServices', 'RemoveRegistryValues',
         'RemoveEnvironmentStrings', 'RemoveFiles', 'InstallFiles', 'WriteRegistryValues',
         'WriteEnvironmentStrings', 'InstallServices', 'StartServices', 'InstallExecute',
         'RemoveExistingProducts', 'RegisterUser', 'RegisterProduct', 'PublishFeatures',
         'PublishProduct', 'InstallFinalize']
ELSEWHERE = {'ExecuteAction', 'InstallAdminPackage'}
REGISTRY = [r'SYSTEM\CurrentControlSet\Services\EventLog\Application\MsiWatch', r'SOFTWARE\MsiWatch']
TABLES_THAT_FAIL = {'MsiServiceConfig', 'MsiServiceConfigFailureActions', 'SelfReg'}
RULES = []


def rule(function):
    RULES.append(function)
    return function


def integer(text):
    return int(text) if text not in ('', None) else None


# ---- every table, by _Validation ----

def is_of_category(category, value):
    if category == 'Filename':
        short, bar, long = value.partition('|')
        return bool(SHORT_NAME.fullmatch(short)) and (not bar or bool(LONG_NAME.fullmatch(long)))
    if category == 'Version':
        return bool(VERSION.fullmatch(value)) and all(int(n) < 65536 for n in value.split('.'))
    if category in ('Formatted', 'Template'):
        return value.count('[') == value.count(']')
    if category == 'Condition':
        try:
            msi.Condition(value)
        except ValueError:
            return False
        return True
    return category not in FORMATS or bool(FORMATS[category].fullmatch(value))


def check_value(column, value):
    """What is wrong with a value by its row of _Validation; None if nothing is."""
    if value == '':
        return None if column['Nullable'] == 'Y' else 'is empty'
    if column['KeyTable'] and column['Table'] == '_Validation':
        return None
    if column['Set'] and value in column['Set'].split(';'):
        return None
    if column['MinValue'] or column['MaxValue']:
        if not re.fullmatch(r'-?\d+', value):
            return f'{value} is no number'
        low, high = integer(column['MinValue']), integer(column['MaxValue'])
        if (low is not None and int(value) < low) or (high is not None and int(value) > high):
            return f'{value} is not between {low} and {high}'
        return None
    if column['Set']:
        return f'{value} is none of {column["Set"]}'
    if column['Table'] == '_Validation' and column['Column'] == 'KeyTable':
        return None if all(IDENTIFIER.fullmatch(name) for name in value.split(';')) else value
    if not is_of_category(column['Category'], value):
        return f'"{value}" is no {column["Category"]}'
    return None


@rule
def every_column_is_described(tables, _):
    described = {(row['Table'], row['Column']) for row in tables['_Validation'].rows} \
        if '_Validation' in tables else set()
    for name, table in tables.items():
        for column in table.columns:
            if (name, column) not in described:
                yield f'{name}.{column} has no row in _Validation'
    for name, column in sorted(described):
        if name not in tables or column not in tables[name].columns:
            yield f'_Validation describes {name}.{column}, which is not there'


@rule
def every_value_is_allowed(tables, _):
    for column in tables['_Validation'].rows:
        table = tables.get(column['Table'])
        for row in table.rows if table else ():
            wrong = check_value(column, row.get(column['Column'], ''))
            if wrong:
                yield f'{column["Table"]}.{column["Column"]} of {row[table.columns[0]]}: {wrong}'


@rule
def texts_fit_their_columns(tables, _):
    for name, table in tables.items():
        for column, kind in zip(table.columns, table.types):
            room = int(kind[1:])
            for row in table.rows:
                if kind[0] in 'sSlL' and room and len(row[column]) > room:
                    yield f'{name}.{column} of {row[table.columns[0]]}: more than {room} characters'


@rule
def keys_are_unique(tables, _):
    for name, table in tables.items():
        seen = set()
        for row in table.rows:
            key = tuple(row[column] for column in table.keys)
            if key in seen:
                yield f'{name}: {" ".join(key)} is there twice'
            seen.add(key)


@rule
def foreign_keys_lead_somewhere(tables, _):
    for column in tables['_Validation'].rows:
        table = tables.get(column['Table'])
        if not column['KeyTable'] or table is None or column['Table'] == '_Validation':
            continue
        known = set()
        for name in column['KeyTable'].split(';'):
            if name in tables:
                key = tables[name].columns[int(column['KeyColumn']) - 1]
                known |= {row[key] for row in tables[name].rows}
        for row in table.rows:
            value = row[column['Column']]
            if value and value not in known and not (column['Column'] == 'Version'
                                                     and VERSION.fullmatch(value)):
                yield f'{column["Table"]}.{column["Column"]}: {value} is in no {column["KeyTable"]}'


# ---- the package as a whole ----

@rule
def no_table_that_fails_on_windows(tables, _):
    for name in sorted(TABLES_THAT_FAIL & set(tables)):
        yield f'{name} ends an installation with an error on real systems'


@rule
def the_summary_is_complete(_, summary):
    wanted = {'Template': 'x64;1033', 'Security': '2 (2)', 'Version': '500 (1f4)', 'Source': '2 (2)'}
    for name, value in wanted.items():
        if summary.get(name) != value:
            yield f'{name} is {summary.get(name)}, not {value}'
    if not GUID.fullmatch(summary.get('Revision number (UUID)', '')):
        yield f'the package code is {summary.get("Revision number (UUID)")}'


def properties_of(tables):
    return {row['Property']: row['Value'] for row in tables['Property'].rows}


@rule
def properties_are_complete(tables, _):
    properties = properties_of(tables)
    for name in ('Manufacturer', 'ProductCode', 'ProductLanguage', 'ProductName', 'ProductVersion',
                 'UpgradeCode', 'ARPNOREPAIR', 'ARPHELPLINK', 'ARPPRODUCTICON'):
        if not properties.get(name):
            yield f'{name} has no value'
    for name in ('ProductCode', 'UpgradeCode'):
        if not GUID.fullmatch(properties.get(name, '')):
            yield f'{name} is no GUID in capitals: {properties.get(name)}'
    numbers = [int(n) for n in properties.get('ProductVersion', '0').split('.')]
    if len(numbers) != 3 or numbers[0] > 255 or numbers[1] > 255 or numbers[2] > 65535:
        yield f'ProductVersion {properties.get("ProductVersion")} cannot be compared'
    icons = {row['Name'] for row in tables['Icon'].rows}
    if properties.get('ARPPRODUCTICON') not in icons:
        yield f'ARPPRODUCTICON {properties.get("ARPPRODUCTICON")} is no icon'


# ---- components, files, folders ----

@rule
def components_keep_the_rules(tables, _):
    guids, in_feature = {}, {row['Component_'] for row in tables['FeatureComponents'].rows}
    for row in tables['Component'].rows:
        name, guid = row['Component'], row['ComponentId']
        if guid and guid in guids:
            yield f'{name} has the GUID of {guids[guid]}'
        guids[guid] = name
        if bool(int(row['Attributes']) & 256) == row['Directory_'].endswith('32'):
            yield f'{name} is not {"32" if row["Directory_"].endswith("32") else "64"}-bit'
        if name not in in_feature:
            yield f'{name} is in no feature'
        if not guid and not name.startswith('Setting'):
            yield f'{name} has no GUID, so no removal'
        if guid and row['Condition']:
            yield f'{name} depends on {row["Condition"]}: an upgrade would take it away'


@rule
def each_component_has_one_key_path_of_its_own(tables, _):
    files, values = {}, {}
    for row in tables['File'].rows:
        files.setdefault(row['Component_'], []).append(row['File'])
    for row in tables['Registry'].rows:
        values.setdefault(row['Component_'], []).append(row['Registry'])
    for row in tables['Component'].rows:
        name, key, registry = row['Component'], row['KeyPath'], int(row['Attributes']) & 4
        if len(files.get(name, [])) > 1:
            yield f'{name} has {len(files[name])} files: only one can be its key'
        if key not in (values if registry else files).get(name, []):
            yield f'the key path of {name}, {key or "none"}, is not its own'


@rule
def files_have_a_version_or_a_hash(tables, _):
    hashed = {row['File_'] for row in tables['MsiFileHash'].rows}
    for row in tables['File'].rows:
        if bool(row['Version']) == (row['File'] in hashed):
            yield f'{row["File"]}: version "{row["Version"]}", and {"a" if row["File"] in hashed else "no"} hash'
        if row['Version'] and not row['Language']:
            yield f'{row["File"]} has a version and no language'
    numbers = sorted(int(row['Sequence']) for row in tables['File'].rows)
    media = tables['Media'].rows
    if numbers != list(range(1, len(numbers) + 1)) or int(media[-1]['LastSequence']) != numbers[-1]:
        yield f'the files are numbered {numbers}, the cabinet ends with {media[-1]["LastSequence"]}'
    if not all(row['Cabinet'].startswith('#') for row in media):
        yield 'a cabinet is not within the package'


@rule
def nobody_chooses_the_folder(tables, _):
    folders = {row['Directory']: row['Directory_Parent'] for row in tables['Directory'].rows}
    expected = {'TARGETDIR': '', 'InstallFolder': 'ProgramFiles64Folder'}
    for bits, root in (('', 'ProgramFiles64Folder'), ('32', 'ProgramFilesFolder')):
        expected.update({root: 'TARGETDIR', f'PowerShell{bits}': root, f'Modules{bits}': f'PowerShell{bits}',
                         f'Module{bits}': f'Modules{bits}', f'ModuleHelp{bits}': f'Module{bits}'})
    if folders != expected:
        yield f'folders: {folders}'
    for row in tables['Component'].rows:
        parts = re.match('Module(32)?', row['Component'])
        if not re.fullmatch(f'Module(Help)?{parts[1] or ""}' if parts else 'InstallFolder', row['Directory_']):
            yield f'{row["Component"]} goes to {row["Directory_"]}'
    for row in tables['Feature'].rows:
        if row['Directory_']:
            yield f'people can choose {row["Directory_"]}'


@rule
def the_registry_is_ours_alone(tables, _):
    for row in tables['Registry'].rows:
        if row['Root'] != '2' or row['Key'] not in REGISTRY:
            yield f'{row["Registry"]} writes to root {row["Root"]}, {row["Key"]}'


# ---- the service ----

@rule
def the_service_is_as_documented(tables, _):
    for row in tables['ServiceInstall'].rows:
        # Own process, not interactive (256); automatic; a failed start is logged, and vital.
        if (row['ServiceType'], row['StartType']) != ('16', '2'):
            yield f'{row["Name"]}: type {row["ServiceType"]}, start {row["StartType"]}'
        if row['StartName'] or row['Password']:
            yield f'{row["Name"]} runs as {row["StartName"]}'
        key = [c['KeyPath'] for c in tables['Component'].rows if c['Component'] == row['Component_']]
        if key != ['msiwatchd.exe']:
            yield f'the program of {row["Name"]} is {key}'
    for row in tables['ServiceControl'].rows:
        # 1 start, 2 stop, 8 delete when it is installed; 16, 32, 128 when it is removed.
        if int(row['Event']) != 1 | 2 | 32 | 128 or row['Wait'] != '1':
            yield f'{row["Name"]}: event {row["Event"]}, wait {row["Wait"]}'
    names = [{row['Name'] for row in tables[name].rows} for name in ('ServiceInstall', 'ServiceControl')]
    if names[0] != names[1]:
        yield f'installed are {names[0]}, controlled {names[1]}'


# ---- actions ----

def sequence_of(tables, name='InstallExecuteSequence'):
    return {row['Action']: int(row['Sequence']) for row in tables[name].rows}


def actions_of(tables):
    return {row['Action']: row for row in tables['CustomAction'].rows}


@rule
def no_action_starts_a_program(tables, _):
    for name, row in actions_of(tables).items():
        kind = int(row['Type']) & 63
        if kind not in (DLL_IN_BINARY, SET_PROPERTY):
            yield f'{name}: type {row["Type"]}' + (
                ', as SYSTEM' if int(row['Type']) & AS_SYSTEM else '')
        if kind == DLL_IN_BINARY and row['Source'] not in {b['Name'] for b in tables['Binary'].rows}:
            yield f'{name} is in {row["Source"]}, which the package does not hold'


@rule
def sequences_are_in_order(tables, _):
    actions = actions_of(tables)
    for name in ('InstallExecuteSequence', 'InstallUISequence', 'AdminExecuteSequence',
                 'AdminUISequence', 'AdvtExecuteSequence'):
        at = sequence_of(tables, name)
        known = [action for action in ORDER if action in at]
        for before, after in zip(known, known[1:]):
            if at[before] >= at[after]:
                yield f'{name}: {before} ({at[before]}) is not before {after} ({at[after]})'
        numbers = {}
        for action, number in at.items():
            if number in numbers:
                yield f'{name}: {action} and {numbers[number]} have the same number, {number}'
            numbers[number] = action
            if action not in ORDER and action not in actions and action not in ELSEWHERE:
                yield f'{name}: {action} is neither a standard action nor one of ours'
    for action in actions:
        if action not in sequence_of(tables):
            yield f'{action} is in no sequence'


@rule
def deferred_actions_are_within_the_script(tables, _):
    at, actions = sequence_of(tables), actions_of(tables)
    for action, row in actions.items():
        if action not in at or not int(row['Type']) & DEFERRED:
            continue
        if not at['InstallInitialize'] < at[action] < at['InstallFinalize']:
            yield f'{action} at {at[action]} is outside InstallInitialize and InstallFinalize'
        for other, setter in actions.items():
            if setter['Source'] == action and int(setter['Type']) & 63 == SET_PROPERTY \
                    and at.get(other, 0) >= at[action]:
                yield f'{other} tells {action} something after it was written into the script'


# ---- a repair, which any user can start, with any value of the properties that the package lets in

@rule
def a_repair_runs_nothing_and_takes_nothing(tables, _):
    secure = [name for name in properties_of(tables).get('SecureCustomProperties', '').split(';') if name]
    for value in ('1', '0', 'x'):
        state = {'Installed': '1', 'REINSTALL': 'ALL', 'VersionNT': '603', 'VersionNT64': '603',
                 **{name: value for name in secure},
                 **{'$' + row['Component']: 3 for row in tables['Component'].rows}}
        conditions = {row['Action']: row['Condition'] for row in tables['InstallExecuteSequence'].rows}
        for action in actions_of(tables):
            if action in conditions and msi.Condition(conditions[action]).holds(state):
                yield f'{action} runs at a repair with {";".join(secure)} = {value}'
        for row in tables['Component'].rows:
            if not row['ComponentId'] and msi.Condition(row['Condition'] or '1').holds(state):
                yield f'{row["Component"]} is written at a repair'
        if msi.Condition(conditions['StartServices']).holds({**state, 'START_SERVICE': '0'}) != \
                msi.Condition(conditions['StartServices']).holds(state):
            yield 'START_SERVICE counts at a repair'


@rule
def secure_properties_are_ours_and_public(tables, _):
    secure = properties_of(tables).get('SecureCustomProperties', '').split(';')
    found = {row['ActionProperty'] for row in tables['Upgrade'].rows}
    given = {'PIPE_SDDL', 'RETENTION_DAYS', 'METRICS_TEXTFILE', 'START_SERVICE', 'PURGE'}
    for name in secure:
        if name not in found | given:
            yield f'{name} is let in, and nothing of ours'
        if name != name.upper():
            yield f'{name} is not public'
    for name in sorted(found | given):
        if name not in secure:
            yield f'{name} does not reach the service\'s half of an installation'


def main():
    tables, summary = msi.read_package(sys.argv[1])
    wrong = 0
    for check in RULES:
        try:
            for what in dict.fromkeys(check(tables, summary)):
                print(f'{check.__name__}: {what}')
                wrong += 1
        except (KeyError, ValueError, IndexError) as error:
            print(f'{check.__name__}: cannot be read: {error!r}')
            wrong += 1
    print(f'{len(RULES)} rules, {len(tables)} tables: {wrong} wrong')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
