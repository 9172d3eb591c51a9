#!/usr/bin/python3
"""What can be known here of .github/workflows/windows.yml: actionlint has nothing to say of it, nor of
the recipe for GitHub Actions, whose script tests/powershell runs; each of its scripts, and those in
tests/windows, are read by a grammar of PowerShell, by PowerShell's own parser where there is a pwsh, or
by bash; what its steps start is there; and what MSVC and vcpkg would refuse of the second build. And all
of this finds faults.

    workflow_test.py NPM        NPM: build/deps/npm
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, '..', '..')
WORKFLOW = os.path.join(ROOT, '.github', 'workflows', 'windows.yml')
RECIPE = os.path.join(ROOT, 'installer', 'recipes', 'github-actions.yml')
NPM = os.path.abspath(sys.argv[1])
PWSH = shutil.which('pwsh')
wrong = []


def output(*command):
    """What it prints, and whether it ended with 0."""
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stdout + done.stderr, done.returncode == 0


def grammar(what, *files):
    return output(os.path.join(HERE, 'grammar.js'), NPM, what, *files)


def parse(*files):
    return output(PWSH, '-NoProfile', '-File', os.path.join(HERE, 'parse.ps1'), *files)


def expect(good, text, what):
    if not good:
        wrong.append(f'{what}: {text.strip()}')


def steps_of(workflow):
    """(name, shell, script) of each step that has one."""
    for job_name, job in workflow['jobs'].items():
        default = job.get('defaults', {}).get('run', {}).get('shell')
        for number, step in enumerate(job['steps']):
            if 'run' in step:
                name = re.sub(r'\W+', '-', f'{job_name}-{number}-{step.get("name", "")}')
                yield name, step.get('shell', default), step['run']


def write_scripts(workflow, folder):
    """The steps' scripts as files; GitHub's expressions, which it fills in itself, as a word."""
    files = {'pwsh': [], 'bash': []}
    for name, shell, script in steps_of(workflow):
        kind = 'pwsh' if shell in ('pwsh', 'powershell') else shell
        expect(kind in files, f'shell {shell}', name)
        path = os.path.join(folder, name + ('.ps1' if kind == 'pwsh' else '.sh'))
        with open(path, 'w', encoding='utf-8') as file:
            file.write(re.sub(r'\$\{\{.*?\}\}', 'expression', script))
        files[kind].append(path)
    return files


def check_what_steps_start(workflow):
    """Files of ours that a step names, and parameters that the script has."""
    for name, _, script in steps_of(workflow):
        for path, arguments in re.findall(r'(?:^|[\s&])(tests[\\/][\w\\/.]+\.(?:ps1|sh))([^\n]*)', script):
            file = os.path.join(ROOT, path.replace('\\', '/'))
            if not os.path.isfile(file):
                wrong.append(f'{name}: there is no {path}')
            elif file.endswith('.ps1'):
                with open(file, encoding='utf-8') as text:
                    known = re.findall(r'\]\$(\w+)', text.read().split('$ErrorActionPreference')[0])
                given = re.findall(r'\s-(\w+)', arguments)
                expect(sorted(known) == sorted(given), f'{known} are wanted, {given} given', name)


def check_the_readme(workflow):
    """Each step that tests/README.md names is there."""
    with open(os.path.join(ROOT, 'tests', 'README.md'), encoding='utf-8') as file:
        table = file.read().split('## What Wine cannot show')[1].split('\n|---')[1]
    rows = [line.strip('| ').split(' | ') for line in table.splitlines()[1:] if line.startswith('|')]
    expect(len(rows) > 10, f'{len(rows)} rows', 'the table in tests/README.md')
    steps = {f'{name}: {step["name"]}' for name, job in workflow['jobs'].items()
             for step in job['steps'] if 'name' in step}
    for row in rows:
        for step in row[3].split('; '):
            expect(step in steps or step.startswith('none'), f'there is no step "{step}"', row[0])


def check_that_faults_are_found(scripts, folder):
    """Without one brace, a script is no script; without its needs, a workflow no workflow."""
    with open(scripts[0], encoding='utf-8') as file:
        text = file.read()
    bad = os.path.join(folder, 'bad.ps1')
    with open(bad, 'w', encoding='utf-8') as file:
        file.write('if ($true) {\n' + text)
    expect(not grammar('powershell', bad)[1], 'a script without a brace is taken', 'the grammar')
    if PWSH:
        expect(not parse(bad)[1], 'a script without a brace is taken', 'PowerShell')
    with open(WORKFLOW, encoding='utf-8') as file:
        text = file.read()
    for good, fault in (('needs: package', 'needs: nobody'), ('matrix.os', 'matrix.so')):
        bad = os.path.join(folder, 'bad.yml')
        with open(bad, 'w', encoding='utf-8') as file:
            file.write(text.replace(good, fault))
        expect(text != text.replace(good, fault) and not grammar('workflow', bad)[1],
               f'{fault} is taken', 'actionlint')


def faults_of_the_second_build(manifest, cmake):
    """What the build with MSVC and vcpkg would refuse: a manifest without a baseline, and C4996."""
    baseline = json.loads(manifest).get('builtin-baseline', '')
    if not re.fullmatch('[0-9a-f]{40}', baseline):
        yield f'vcpkg.json has no builtin-baseline but "{baseline}"'
    for name in '_CRT_SECURE_NO_WARNINGS', '_CRT_NONSTDC_NO_WARNINGS':
        if not re.search(rf'target_compile_definitions\(msiwatch_flags INTERFACE[^)]*\b{name}\b', cmake):
            yield f'{name} is not defined'


def check_the_second_build():
    texts = []
    for name in 'vcpkg.json', 'CMakeLists.txt':
        with open(os.path.join(ROOT, name), encoding='utf-8') as file:
            texts.append(file.read())
    wrong.extend(faults_of_the_second_build(*texts))
    bad = list(faults_of_the_second_build(texts[0].replace('builtin-', ''), texts[1].replace('_CRT_', '_X_')))
    expect(len(bad) == 3, f'of 3 faults {len(bad)} are found', 'the build with MSVC')


def main():
    with open(WORKFLOW, encoding='utf-8') as file:
        workflow = yaml.safe_load(file)
    for file in WORKFLOW, RECIPE:
        text, good = grammar('workflow', file)
        expect(good, text, 'actionlint')
    with tempfile.TemporaryDirectory() as folder:
        files = write_scripts(workflow, folder)
        scripts = files['pwsh'] + sorted(glob.glob(os.path.join(HERE, '*.ps1')))
        text, good = grammar('powershell', *scripts)
        expect(good, text, 'the grammar of PowerShell')
        if PWSH:
            text, good = parse(*scripts)
            expect(good, text, 'PowerShell')
        for script in files['bash']:
            text, good = output('bash', '-n', script)
            expect(good, text, os.path.basename(script))
        check_that_faults_are_found(scripts, folder)
    check_what_steps_start(workflow)
    check_the_readme(workflow)
    check_the_second_build()
    for what in wrong:
        print(f'FAILED: {what}')
    print(f'{len(scripts)} PowerShell scripts and {len(files["bash"])} of bash read'
          + ('' if PWSH else '; SKIPPED: PowerShell\'s own parser, for there is no pwsh here'))
    return 1 if wrong else 0


sys.exit(main())
