#!/usr/bin/env python3
"""Checks that what the documents cite exists: files that are linked or named, and tests.

    tests/cited.py [FOLDER]      FOLDER: the checkout; by default the one this file is in

A document is any .md file. Checked are the targets of links, what stands between backticks, paths
below tests/, and what ctest is asked for:
  tests     `unit.turns`, `attack.*`, -R '^wine': a name in a CMakeLists.txt below tests, written out or
            put together (PREFIX.${variable} and a word of the same file)
  names     `uv_async_send`, `wine_host_test`: two underscores or more; a word of some source
  files     `common/PROTOCOL.md`, `rules.py`, `observe/sampler`: from the document's folder, from the
            root or from a folder that documents leave out, or (without a slash) of that name anywhere

Prints FILE:LINE: what is missing, and exits with 1 if anything is.
"""
import fnmatch
import os
import re
import sys

ROOT = os.path.abspath(sys.argv[1] if len(sys.argv) > 1
                       else os.path.join(os.path.dirname(__file__), '..'))
SKIPPED = {'build', '.git', 'node_modules'}
# What documents leave out before a path.
BASES = ('', 'service', 'client', 'client/cli', 'tests', 'installer')
SOURCE = re.compile(r'\.(c|h|py|sh|md|json|cmake|wxs|sql|idt|ps1|psm1|mc|rc|xml|yml|yaml|jq|dict|sha256'
                    r'|admx|adml)$')
# A name that stands for others, or that only a build or a service makes.
PLACEHOLDER = re.compile(r'NAME|VERSION|^\.\w+$|^sbom\.spdx\.json$|^history\.')
# Where a path begins that has no ending.
FOLDERS = {'service', 'client', 'common', 'tests', 'installer', 'docs', 'api', 'config', 'decide',
           'eventlog', 'files', 'host', 'journal', 'metrics', 'observe', 'pipe', 'rpc', 'base', 'cli', 'lib',
           '.github'}
PATH = re.compile(r'[\w.*-]+(/[\w.*-]+)*/?')
NAME = re.compile(r'[a-z0-9_]+(\.[a-z0-9_*]+)+')
METRICS = 'service/metrics/prometheus.c'
files = []
known = set()


def read(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        return file.read()


def find_files():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        for name in folders + sorted(names):
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            files.append(path)
            # A module is named without what tells its system.
            known.update((path, re.sub(r'\.[ch]$', '', path),
                          re.sub(r'(_win32|_posix)?\.[ch]$', '', path)))


def find_tests():
    names = set()
    for path in files:
        if not path.startswith('tests/') or not path.endswith('CMakeLists.txt'):
            continue
        text = re.sub(r'#.*', '', read(path))
        names.update(name for name in re.findall(r'(?<![\w./$}-])[a-z0-9]+(?:\.[a-z0-9_]+)+', text)
                     if not SOURCE.search(name))
        for prefix in re.findall(r'(?<![\w./$}-])([a-z0-9.]+\.)\$\{\w+\}', text):
            names.update(prefix + word for word in re.findall(r'[a-z0-9_]+', text))
    return names


def find_words():
    """Every word of the sources, and of what builds them; a metric's also with its prefix."""
    words = set()
    for path in files:
        if re.search(r'\.(c|h|py|sh|json|ps1|psm1|cmake|js)$|CMakeLists\.txt$', path):
            words.update(re.findall(r'\w+', read(path)))
    for path in files:
        if re.fullmatch(r'tests/(wine|record)/\w+\.c', path):
            words.add('_'.join(path[:-2].split('/')[1:]))
    words.update(['msiwatch_' + word for word in re.findall(r'\w+', read(METRICS))])
    return words


def is_test(name, names):
    return bool(fnmatch.filter(names, name))


def is_file(path, document):
    path = path.rstrip('/')
    if '/' not in path:
        return any(fnmatch.fnmatch(os.path.basename(file), path) for file in files)
    for base in (os.path.dirname(document),) + BASES:
        whole = os.path.normpath(os.path.join(base, path))
        if whole in known or '*' in whole and fnmatch.filter(known, whole):
            return True
    return False


def check_line(document, line, names, words):
    """Yields what is missing."""
    for target in re.findall(r'\]\(([^)# ]+)', line):
        here = os.path.normpath(os.path.join(ROOT, os.path.dirname(document), target))
        if not target.startswith('https:') and not os.path.exists(here):
            yield f'the link to {target} leads nowhere'
    for pattern in re.findall(r"-R '?([^\s'`]+)", line):
        if not any(re.search(pattern, name) for name in names):
            yield f'there is no test {pattern}'
    for path in re.findall(r'(?<![\w/.*}])tests/[\w./*-]*\w', line):
        if not is_file(path, document):
            yield f'there is no file {path}'
    for token in re.findall(r'`([^`]+)`', line):
        word = token.split(' ')[0]
        if PLACEHOLDER.search(word):
            continue
        if re.fullmatch(r'[a-z]+(_[a-z0-9]+){2,}', token) and token not in words:
            yield f'nothing is named {token}'
        elif SOURCE.search(word) and PATH.fullmatch(word) or (
                '/' in word and PATH.fullmatch(word) and word.split('/')[0] in FOLDERS):
            if not is_file(word, document):
                yield f'there is no file {word}'
        elif NAME.fullmatch(token) and token.split('.')[0] in {name.split('.')[0] for name in names}:
            if not is_test(token, names):
                yield f'there is no test {token}'


def main():
    find_files()
    names = find_tests()
    words = find_words()
    documents = [file for file in files if file.endswith('.md')]
    problems = [f'{document}:{number}: {problem}' for document in documents
                for number, line in enumerate(read(document).splitlines(), 1)
                for problem in check_line(document, line, names, words)]
    print('\n'.join(problems) if problems else
          f'{len(documents)} documents cite only what exists')
    return 1 if problems else 0


sys.exit(main())
