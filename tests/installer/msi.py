"""A package's tables, read by msiinfo, and Windows Installer's conditions, for rules.py and play.py."""
import os
import re
import subprocess
import tempfile


class Table:
    """Rows as dictionaries of texts, in the order of the file; `types` as in the header (s72)."""

    def __init__(self, text):
        lines = [line.split('\t') for line in text.replace('\r', '').split('\n')]
        self.columns, self.types, self.keys = lines[0], lines[1], lines[2][1:]
        self.rows = [dict(zip(self.columns, line)) for line in lines[3:] if line != ['']]


def read_package(path):
    """The tables by name; the summary's lines by theirs."""
    def msiinfo(*arguments):
        with tempfile.TemporaryDirectory() as folder:  # it leaves the streams it finds there
            return subprocess.run(['msiinfo', *arguments], cwd=folder, check=True,
                                  capture_output=True, text=True).stdout
    path, tables = os.path.abspath(path), {}
    for name in msiinfo('tables', path).split():
        if name not in ('_SummaryInformation', '_ForceCodepage'):
            tables[name] = Table(msiinfo('export', path, name))
    summary = dict(line.split(': ', 1) for line in msiinfo('suminfo', path).splitlines()
                   if ': ' in line)
    return tables, summary


# ---- conditions ----

TOKEN = re.compile(r'\s*(?:(?P<string>"[^"]*")|(?P<number>-?\d+)|(?P<operator><>|>=|<=|=|<|>|\(|\))'
                   r'|(?P<name>[$?&!%]?[A-Za-z_][A-Za-z0-9_.]*))')
WORDS = ('NOT', 'AND', 'OR', 'XOR', 'EQV', 'IMP')


def tokens_of(text):
    at, tokens = 0, []
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError(f'no condition: {text}')
        kind, token = match.lastgroup, match.group(match.lastgroup)
        if kind == 'name' and token.upper() in WORDS:
            kind, token = 'word', token.upper()
        tokens.append((kind, token))
        at = match.end()
    return tokens


class Condition:
    """Of what our package uses: NOT, AND, OR, comparisons, properties, $component, literals."""

    def __init__(self, text):
        self.tokens = tokens_of(text)
        self.names = [token for kind, token in self.tokens if kind == 'name']
        self.properties, self.at = {}, 0
        self.holds({})  # a text that is no condition is found here

    def holds(self, properties):
        """`properties`: texts, or None for what has no value; $Component: its action, a number."""
        self.properties, self.at = properties, 0
        if not self.tokens:
            return True
        value = self._or()
        if self.at != len(self.tokens):
            raise ValueError(f'a condition that goes on: {self.tokens[self.at:]}')
        return value

    def _peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else (None, None)

    def _take(self, kind, *values):
        if self._peek()[0] == kind and (not values or self._peek()[1] in values):
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def _or(self):
        value = self._and()
        while self._take('word', 'OR'):
            value = self._and() or value
        return value

    def _and(self):
        value = self._not()
        while self._take('word', 'AND'):
            value = self._not() and value
        return value

    def _not(self):
        if self._take('word', 'NOT'):
            return not self._not()
        if self._take('operator', '('):
            value = self._or()
            if not self._take('operator', ')'):
                raise ValueError('a parenthesis is missing')
            return value
        return self._comparison()

    def _operand(self):
        kind, token = self._peek()
        if kind not in ('name', 'string', 'number'):
            raise ValueError(f'no value: {token}')
        self.at += 1
        if kind == 'name':
            return self.properties.get(token)
        return token[1:-1] if kind == 'string' else int(token)

    def _comparison(self):
        left = self._operand()
        operator = self._take('operator', '=', '<>')
        if operator is None:
            return left not in (None, '')
        right = self._operand()
        same = str(left if left is not None else '') == str(right if right is not None else '')
        return same == (operator == '=')
