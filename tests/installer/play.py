#!/usr/bin/env python3
"""Plays what Windows Installer does with a package's execute sequence, by its documented rules, where
Wine does something else: rollback in the reverse order, which files are replaced, and a service whose
process ends a moment after it has reported so.

    play.py MSI

An upgrade and a removal are made to fail at each step: the old service must run again, with the old
files in place, whether or not Windows Installer starts by itself what it has stopped (it is known to,
but no page promises it). Prints what is wrong, and exits with 1 if anything is.
"""
import sys

import msi

DEFERRED, ROLLBACK = 1024, 256
OLD, NEW = 'old', 'new'


class Machine:
    """With the old version installed."""

    def __init__(self, runs):
        self.running, self.process = runs, runs
        self.files = self.entry = OLD
        self.wrong = []

    def start(self):
        if not self.running:
            if self.files != self.entry:
                self.wrong.append(f'the {self.entry} service was started with {self.files} files')
            self.running = self.process = True

    def stop(self):
        self.running = False  # the process lives on for a moment


class Installation:
    """A run of the sequence: first the script is written, then it is executed."""

    def __init__(self, tables, machine, starts_by_itself, properties):
        self.actions = {row['Action']: row for row in tables['CustomAction'].rows}
        self.machine, self.starts_by_itself = machine, starts_by_itself
        self.properties = {'VersionNT': '603', 'VersionNT64': '603', 'WINMAJOR': '#10',
                           'START_SERVICE': '1', 'REINSTALLMODE': 'omus', **properties}
        self.removes = self.properties.get('$Service') == 2
        self.script, self.undo = [], []
        rows = sorted(tables['InstallExecuteSequence'].rows, key=lambda row: int(row['Sequence']))
        for row in rows:
            if msi.Condition(row['Condition']).holds(self.properties):
                self.write(row['Action'])

    def write(self, action):
        """An immediate action of ours runs here; all others become steps of the script."""
        row = self.actions.get(action)
        if row is None or int(row['Type']) & DEFERRED:
            self.script.append(action)
        elif int(row['Type']) & 63 == 51:
            self.properties[row['Source']] = row['Target']
        elif row['Target'] == 'LookAtService':
            self.properties['ServiceProcess'] = '1' if self.machine.running else None

    def run(self, fails_at=None):
        """Executes the script; with a step's number, that step fails and all is taken back."""
        for number, action in enumerate(self.script):
            if number == fails_at:
                for undo in reversed(self.undo):
                    undo()
                return
            row = self.actions.get(action)
            if row is None:
                self.standard(action)
            elif int(row['Type']) & ROLLBACK:
                self.undo.append(self.machine.start)  # StartAgain
            else:
                self.ours(row['Target'])

    def ours(self, target):
        machine = self.machine
        if target.lower() == 'stop':  # of 'msiwatchd stop', which also waits for the process
            machine.running = machine.process = False
        elif target == 'WaitForEnd' and not machine.running:
            machine.process = False

    def standard(self, action):
        machine = self.machine
        if action == 'StopServices' and machine.running:
            machine.stop()
            if self.starts_by_itself:
                self.undo.append(machine.start)
        elif action in ('InstallFiles', 'RemoveFiles') and self.removes == (action == 'RemoveFiles'):
            if machine.process:
                machine.wrong.append(f'{action}: the service\'s process has not ended')
            machine.files = NEW
            self.undo.append(lambda: setattr(machine, 'files', OLD))
        elif action in ('InstallServices', 'DeleteServices') \
                and self.removes == (action == 'DeleteServices'):
            machine.entry = NEW
            self.undo.append(lambda: setattr(machine, 'entry', OLD))
        elif action == 'StartServices' and not self.removes:
            machine.start()
            self.undo.append(self.stop_new)

    def stop_new(self):
        self.machine.running = self.machine.process = False


# ---- which files are replaced: REINSTALLMODE's letters o (older), e (older or equal), a (all) ----

def numbers(version):
    return tuple(int(n) for n in version.split('.'))


def is_replaced(mode, on_disk, in_package):
    """Of two files with versions."""
    if 'a' in mode:
        return True
    if numbers(on_disk) == numbers(in_package):
        return 'e' in mode
    return numbers(on_disk) < numbers(in_package)


# ---- what must hold ----

def components(tables, action):
    return {'$' + row['Component']: action for row in tables['Component'].rows}


def fail_everywhere(tables, what, properties):
    for starts_by_itself in (True, False):
        for runs in (True, False):
            steps = len(Installation(tables, Machine(runs), starts_by_itself, properties).script)
            for step in range(steps + 1):
                machine = Machine(runs)
                installation = Installation(tables, machine, starts_by_itself, properties)
                installation.run(step if step < steps else None)
                at = installation.script[step] if step < steps else 'no step'
                yield from (f'{what}, failing at {at}: {wrong}' for wrong in machine.wrong)
                if step < steps and machine.running != runs:
                    yield f'{what}, failing at {at}: the service {"does not run" if runs else "runs"} ' \
                          'afterwards'
                if step < steps and (machine.files, machine.entry) != (OLD, OLD):
                    yield f'{what}, failing at {at}: {machine.files} files, {machine.entry} entry'
                if step == steps and machine.running != (properties['$Service'] == 3):
                    yield f'{what}: the service {"runs" if machine.running else "does not run"} afterwards'


def replaced_files(tables, properties, change):
    """Those of the package that replace files of another version; `change`: of a version's numbers."""
    installation = Installation(tables, Machine(True), True, properties)
    mode = installation.properties['REINSTALLMODE']
    files = {row['File']: row['Version'] for row in tables['File'].rows if row['Version']}
    return {name for name, version in files.items()
            if is_replaced(mode, version if name == 'msiwatchevents.dll' else change(version), version)}


def check_files(tables):
    programs = {'msiwatchd.exe', 'msiwatch.exe', 'msiwatch.dll'}
    local = components(tables, 3)
    older = replaced_files(tables, {**local, 'OLDER_VERSION_FOUND': '{}'}, lambda _: '0.0.1.0')
    if not older >= programs or 'msiwatchevents.dll' in older:
        yield f'an upgrade replaces {sorted(older)}; the file that others map must not be among them'
    other = replaced_files(tables, {**local, 'OTHER_BUILD_FOUND': '{}'}, lambda version: version)
    if not other >= programs:
        yield f'another build of the same version replaces {sorted(other)}, not {sorted(programs)}'


def main():
    tables, _ = msi.read_package(sys.argv[1])
    wrong = list(check_files(tables))
    for found in ('OLDER_VERSION_FOUND', 'OTHER_BUILD_FOUND'):
        wrong += fail_everywhere(tables, f'an upgrade ({found})', {**components(tables, 3), found: '{}'})
    wrong += fail_everywhere(tables, 'a removal', {**components(tables, 2), 'Installed': '1', 'REMOVE': 'ALL'})
    for what in dict.fromkeys(wrong):
        print(what)
    print(f'played: {len(wrong)} wrong')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
