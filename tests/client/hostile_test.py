#!/usr/bin/python3
"""Each command of msiwatch that prints what others wrote, in each of its forms, against a service
that says each hostile text (tests/hostile.h) in every place that a text of others can have: nothing
steers a terminal, CSV stays a table without formulas, JSON stays JSON, HTML has no markup of theirs.

    hostile_test.py MSIWATCH HOSTILE.H PROTOCOL.MD
"""
import ast
import csv
import html.parser
import io
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import unicodedata

MSIWATCH, LIST, PROTOCOL = sys.argv[1:]
problems = []


def hostile_texts():
    """The list as bytes. C's literals are Python's, but for what ends \\x: two digits, here."""
    with open(LIST, encoding='utf-8') as file:
        body = file.read().split('hostile[] = {')[1].split('\n};')[0]
    body = re.sub(r'/\*.*?\*/', '', body)
    entries = re.findall(r'\(((?:\s*"(?:[^"\\]|\\.)*")+)\)|("(?:[^"\\]|\\.)*")', body)
    return [b''.join(ast.literal_eval('b' + part) for part in re.findall(r'"(?:[^"\\]|\\.)*"', a or b))
            for a, b in entries]


TEXTS = hostile_texts()
# What is not UTF-8 cannot be said in JSON: the client answers it with 13 (client.answers), and the
# service has replaced it (unit.install_record).
SAID = [text.decode() for text in TEXTS if text.decode('utf-8', 'ignore').encode() == text]

# Members whose text is somebody else's, wherever they are.
THEIRS = {'owner_image', 'image', 'product', 'version', 'package', 'user', 'label', 'why', 'process',
          'problem', 'reboot_by', 'install_log', 'name', 'key', 'product_code', 'patch_code', 'source'}


def examples():
    """The protocol's own examples: results by method, and events."""
    results, events, asked = {}, [], {}
    with open(PROTOCOL, encoding='utf-8') as file:
        for line in file:
            if re.match(r'[<>] \{', line):
                said = json.loads(line[2:])
                if line[0] == '>':
                    asked[said['id']] = said['method']
                elif 'result' in said:
                    results[asked[said['id']]] = said['result']
            elif line.startswith('{"seq"'):
                events.append(json.loads(line))
    return results, events


RESULTS, EVENTS = examples()
INSTALL = next(event['install'] for event in EVENTS if event['kind'] == 'install')
TURN = dict(RESULTS['turn.list']['holder'], why='x')
STATUS = dict(RESULTS['status'], state='busy', reasons=['mutex'], install=dict(
    INSTALL, in_use={'process': 'x', 'pid': 1}, user='x', patch_code='x'), reboot='required', reboot_by='x',
    turns={'holder': TURN, 'waiting': 1, 'hold': {'until': None, 'why': 'x'}},
    mutex={'state': 'held', 'owner_pid': 4242, 'owner_image': 'x', 'owner_foreign': True, 'owner_role': 'other'})
ABOUT = dict(RESULTS['about'], settings_rejected=[{'name': 'x', 'key': 'x', 'why': 'x'}])
ABOUT['journal'] = dict(ABOUT['journal'], problem='x', set_aside=['x'])
QUEUE = {'holder': TURN, 'waiting_count': 1, 'waiting': [dict(TURN, turn=8)], 'hold': {'until': None, 'why': 'x'}}


def with_text(value, text, member=None):
    if isinstance(value, dict):
        return {key: with_text(inner, text, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_text(inner, text, 'name' if member == 'set_aside' else member) for inner in value]
    return text if member in THEIRS and isinstance(value, str) else value


def all_events():
    """A busy period, with all that can be said of it, for each text."""
    events = []
    for text in SAID:
        of = len(events) + 1
        begun = {'kind': 'transition', 'from': 'idle', 'to': 'busy', 'reasons': ['mutex'], 'after_ms': 5,
                 'owner': {'pid': 4242, 'image': 'x', 'foreign': True, 'user': 'x'}}
        ended = {'kind': 'transition', 'from': 'busy', 'to': 'idle', 'reasons': [], 'after_ms': 61250}
        installed = {'kind': 'install', 'of': of, 'install': dict(STATUS['install'], action='install')}
        turn = {'kind': 'turn', 'turn': next(event['turn'] for event in EVENTS if event['kind'] == 'turn')}
        for event in (begun, installed, ended, turn):
            events.append({'seq': len(events) + 1, 'kind': event['kind'],
                           'at': f'2026-11-22T10:{len(events) // 60:02d}:{len(events) % 60:02d}.000Z',
                           **with_text(event, text)})
    return events


ALL = all_events()


class Service:
    """Answers any client, each in a thread; `text` is the one of the moment."""

    def __init__(self, folder):
        self.path = os.path.join(folder, 'pipe')
        self.text = SAID[0]
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def answer(self, method, params):
        status = dict(with_text(STATUS, self.text), seq=len(ALL), sampled_at='2026-11-22T11:00:00.000Z')
        if method == 'history':
            after, before = params.get('after', 0), params.get('before', 1 << 60)
            page = [event for event in ALL if after < event['seq'] < before]
            page = page[::-1] if params.get('order') == 'desc' else page
            size = params.get('limit', 64)
            more = len(page) > size
            page = page[:size]
            return {'journal': RESULTS['subscribe']['journal'], 'events': page, 'first_seq': 1,
                    'last_seq': len(ALL), 'more': more, **({'next': page[-1]['seq']} if more else {})}
        if method == 'metrics' and params:
            return '\n'.join(f'msiwatch_x{{text="{text}"}} 1' for text in SAID)
        return {'status': status, 'about': {**with_text(ABOUT, self.text), 'name': 'msiwatch', 'sensors': ABOUT['sensors']},
                'turn.list': with_text(QUEUE, self.text),
                'metrics': RESULTS['metrics'], 'wait': {'status': status, 'waited_ms': 1},
                'subscribe': {**RESULTS['subscribe'], 'status': status}}.get(method, True)

    def serve(self, client):
        with client, client.makefile('rwb') as lines:
            for line in lines:
                request = json.loads(line)
                says = [{'id': request['id'], 'result': self.answer(request['method'], request.get('params', {}))}]
                if request['method'] == 'subscribe':
                    says += [{'method': 'event', 'params': {'subscription': 1, 'event': event}} for event in ALL]
                    says.append({'method': 'closing', 'params': {'reason': 'shutdown'}})
                try:
                    for said in says:
                        lines.write(json.dumps({'jsonrpc': '2.0', **said}, ensure_ascii=False).encode() + b'\n')
                    lines.flush()
                except OSError:
                    return
                if len(says) > 1:
                    return


# ---- what is neutral ----

def steers(line):
    """As client/cli/base/text.h says it: control characters and what turns the direction of writing."""
    return any(unicodedata.category(c) in ('Cc', 'Zl', 'Zp') or c in '\u061c\u200e\u200f'
               or '\u202a' <= c <= '\u202e' or '\u2066' <= c <= '\u2069' for c in line)


def wrong_in_text(out):
    return next((line for line in out.split('\n') if steers(line)), None)


def wrong_in_json(out):
    if not out.isascii():
        return 'not ASCII'
    for line in out.splitlines():
        try:
            json.loads(line)
        except ValueError as error:
            return f'{error}: {line}'
    return None


def wrong_in_csv(out):
    rows = list(csv.reader(io.StringIO(out), strict=True))
    return wrong_in_text(out) or next(
        (row for row in rows if len(row) != len(rows[0])
         or any(field[:1] in tuple('=+-@\t\r') and not re.fullmatch(r'-?\d+', field) for field in row if field)), None)


class Markup(html.parser.HTMLParser):
    """Elements and attributes that a page has."""

    def __init__(self, page):
        super().__init__()
        self.wrong = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag in ('script', 'img') or any(name.startswith('on') for name, _ in attributes):
            self.wrong = self.get_starttag_text()


def wrong_in_html(out):
    return wrong_in_text(out) or Markup(out).wrong


# Each command that prints, its form, and whether one run has all texts (else a run each).
COMMANDS = [
    ('status', wrong_in_text, False),
    ('status --json', wrong_in_json, False),
    ('wait', wrong_in_text, False),
    ('wait --json', wrong_in_json, False),
    ('about', wrong_in_text, False),
    ('about --json', wrong_in_json, False),
    ('turn list', wrong_in_text, False),
    ('turn list --json', wrong_in_json, False),
    ('turn list --json=powershell', wrong_in_json, False),
    ('watch --no-reconnect', wrong_in_text, True),
    ('watch --no-reconnect --json', wrong_in_json, True),
    ('watch --no-reconnect --csv', wrong_in_csv, True),
    ('history --after 0', wrong_in_text, True),
    ('history --after 0 --json', wrong_in_json, True),
    ('history --after 0 --json=powershell', wrong_in_json, True),
    ('history --after 0 --csv', wrong_in_csv, True),
    ('history --installs --after 0', wrong_in_text, True),
    ('history --installs --after 0 --json', wrong_in_json, True),
    ('history --installs --after 0 --csv', wrong_in_csv, True),
    ('report --changes --since 2026-11-22T09:00:00Z --html -', wrong_in_html, True),
    ('metrics', wrong_in_text, True),
    ('metrics --json', wrong_in_json, True),
]
# Without any text of others: what the service, or the program itself, makes of its own words.
OWN = {'run': 'client.run_command', 'hold': 'client.turn_command', 'top': 'client.top',
       'doctor': 'client.doctor', 'completion': 'client.completion'}


def must_be_neutral(service, command, wrong, texts):
    service.text = texts[0]
    done = subprocess.run([MSIWATCH, *command.split(), '--pipe', service.path], capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=30)
    out = done.stdout.decode('utf-8', 'surrogateescape')
    said = ascii(texts[0]) if len(texts) == 1 else 'all texts'
    if len(out) < 20 * len(texts):
        problems.append(f'{command}, {said}: only {out!r}, {done.stderr!r}')
    elif (found := wrong(out) or wrong_in_text(done.stderr.decode())) is not None:
        problems.append(f'{command}, {said}: {found!r}')


def must_find_faults():
    """Each check finds what it is there for."""
    for wrong, out in ((wrong_in_text, 'a\x1b[2J\n'), (wrong_in_text, 'a\u202eb\n'), (wrong_in_json, '{"a":"\n'),
                       (wrong_in_json, '"\u00e9"\n'), (wrong_in_csv, 'a,b\n1,=2\n'), (wrong_in_csv, 'a,b\n1\n'),
                       (wrong_in_html, '<p><script>x</script>'), (wrong_in_html, '<p onload="x">')):
        if wrong(out) is None:
            problems.append(f'{wrong.__name__} does not find {out!r}')


def main():
    must_find_faults()
    known = re.findall(r'^  ([a-z]+)  ', subprocess.run([MSIWATCH, '--help'], capture_output=True, text=True,
                                                        check=True).stdout, re.M)
    missing = set(known) - set(OWN) - {command.split()[0] for command, _, _ in COMMANDS}
    if missing or len(SAID) < 25 or len(TEXTS) <= len(SAID):
        problems.append(f'not in the table: {missing}; {len(SAID)} of {len(TEXTS)} texts')
    with tempfile.TemporaryDirectory() as folder:
        service = Service(folder)
        for command, wrong, together in COMMANDS:
            for texts in [SAID] if together else [[text] for text in SAID]:
                must_be_neutral(service, command, wrong, texts)
    for problem in problems:
        print('FAILED:', problem)
    print(f'{len(SAID)} texts, {len(COMMANDS)} commands and forms')
    return 1 if problems else 0


sys.exit(main())
