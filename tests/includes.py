#!/usr/bin/env python3
"""Holds every include of service, client and common against the table of rooms in ARCHITECTURE.md.

    tests/includes.py [FOLDER]      FOLDER: the checkout; by default the one this file is in

A room may name itself and the rooms that its row lists, which must stand below it; what a row
lists and nobody uses is a mistake of the table. A header of ours is included by its path below
service/ or client/, or as common/...; the library's public header as "msiwatch.h". Files must not
form a circle either: a source and its header are one, and so is a private header (one without a
source) that includes the public header of the file that includes it. The library's public header
stands alone, because several sources define what it declares.

Prints FILE:LINE: what is wrong, and exits with 1 if anything is.
"""
import os
import re
import sys

ROOT = os.path.abspath(sys.argv[1] if len(sys.argv) > 1
                       else os.path.join(os.path.dirname(__file__), '..'))
TABLE = 'ARCHITECTURE.md'
GENERATED = {'version.h', 'messages.h'}
PUBLIC = 'client/lib/msiwatch.h'
INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')
problems = []


def complain(file, line, text):
    problems.append(f'{file}:{line}: {text}')


def read(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        return file.read().splitlines()


def rooms_of_the_table():
    """Each room's line and the rooms that it may name, in the order of the rows."""
    rooms = {}
    for number, line in enumerate(read(TABLE), 1):
        cells = [cell.strip() for cell in line.strip().strip('|').split('|')]
        name = re.fullmatch(r'`((?:service|client|common)(?:/[\w./]*)?)`', cells[0])
        if line.startswith('|') and len(cells) == 3 and name:
            rooms[name.group(1)] = (number, re.findall(r'`([\w./]+)`', cells[2]))
    order = list(rooms)
    for room, (number, below) in rooms.items():
        for other in below:
            if other not in rooms:
                complain(TABLE, number, f'{room} may name {other}, which has no row')
            elif order.index(other) <= order.index(room):
                complain(TABLE, number, f'{room} may name {other}, which does not stand below it')
    return rooms


def sources():
    for top in ('service', 'client', 'common'):
        for folder, _, names in sorted(os.walk(os.path.join(ROOT, top))):
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), ROOT)
                if name.endswith(('.c', '.h')) and not path.startswith('client/examples/'):
                    yield path


def room_of(path, rooms):
    folder = os.path.dirname(path)
    return path if path in rooms else folder if folder in rooms else None


def target_of(spelled, files):
    """The file that an include means, and how it should be spelled."""
    if spelled == 'msiwatch.h':
        return PUBLIC, spelled
    for start in ('service/', 'client/', ''):
        if start + spelled in files:
            return start + spelled, spelled
    candidates = [path for path in files if path.endswith('/' + spelled)]
    if len(candidates) != 1:
        return None, None
    path = candidates[0]
    return path, path if path.startswith('common/') else path.split('/', 1)[1]


def unit_of(path):
    return re.sub(r'(_win32|_posix)?\.[ch]$', '', path)


def private_owner(header, includes, files):
    """The unit of the public header that a private one includes, or its own."""
    if os.path.splitext(header)[0] + '.c' in files or not header.endswith('.h'):
        return unit_of(header)
    for target, _ in includes[header]:
        source = unit_of(target) + '.c'
        if source in files and any(path == header for path, _ in includes[source]):
            return unit_of(target)
    return unit_of(header)


def find_circles(includes, files):
    owner = {path: private_owner(path, includes, files) for path in files}
    owner[PUBLIC] = PUBLIC
    arrows = {}
    for path in files:
        for target, number in includes[path]:
            if owner[path] != owner[target]:
                arrows.setdefault(owner[path], {}).setdefault(owner[target], (path, number))
    state, stack = {}, []

    def visit(unit):
        state[unit] = 'open'
        stack.append(unit)
        for target in sorted(arrows.get(unit, {})):
            if state.get(target) == 'open':
                circle = stack[stack.index(target):] + [target]
                complain(*arrows[unit][target], 'closes a circle: ' + ' -> '.join(circle))
            elif target not in state:
                visit(target)
        stack.pop()
        state[unit] = 'done'

    for unit in sorted(arrows):
        if unit not in state:
            visit(unit)


def main():
    rooms = rooms_of_the_table()
    if not rooms:
        complain(TABLE, 1, 'has no table of rooms')
    files = set(sources())
    includes = {path: [] for path in files}
    used = set()
    for path in sorted(files):
        room = room_of(path, rooms)
        if room is None:
            complain(path, 1, f'is in no room of {TABLE}')
            continue
        for number, line in enumerate(read(path), 1):
            match = INCLUDE.match(line)
            if not match or match.group(1) in GENERATED:
                continue
            target, spelled = target_of(match.group(1), files)
            if target is None:
                complain(path, number, f'no header of ours is called "{match.group(1)}"')
                continue
            if match.group(1) != spelled:
                complain(path, number, f'say "{spelled}"')
            includes[path].append((target, number))
            other = room_of(target, rooms)
            used.add((room, other))
            if other not in (None, room) and other not in rooms[room][1]:
                complain(path, number, f'{room} must not name {other} ({TABLE})')
    for room, (number, below) in rooms.items():
        for other in below:
            if (room, other) not in used:
                complain(TABLE, number, f'{room} does not name {other}: take it out of the row')
    find_circles(includes, files)
    print('\n'.join(sorted(problems)) if problems else
          f'{len(files)} files in {len(rooms)} rooms: every include goes down, no circles')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
