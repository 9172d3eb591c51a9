#!/usr/bin/env python3
"""terminal_svg.py: what `tmux capture-pane -e -p` prints, on standard input, as an SVG.

Knows what msiwatch top writes: bold, dim, reverse, the 16 colours. A cell is 8 x 17 units.
"""
import html
import re
import sys

WIDE, HIGH, PAD = 8, 17, 12
COLOURS = ['#3b4252', '#e06c75', '#7ec699', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d8dee9']
TEXT, PAPER = '#d8dee9', '#1e222a'


def runs(line):
    """Pieces of a line: (text, bold, dim, colour, background)."""
    bold = dim = reverse = False
    front = back = None
    for text, codes in re.findall(r'([^\x1b]+)|\x1b\[([0-9;]*)m', line):
        if text:
            one, other = front or TEXT, back
            if reverse:
                one, other = other or PAPER, one
            yield text, bold, dim, one, other
            continue
        for code in [int(c or 0) for c in codes.split(';')]:
            if code == 0:
                bold = dim = reverse = False
                front = back = None
            elif code in (1, 2, 7):
                bold, dim, reverse = bold or code == 1, dim or code == 2, reverse or code == 7
            elif code in (22, 27):
                bold, dim, reverse = (False, False, reverse) if code == 22 else (bold, dim, False)
            elif 30 <= code <= 37 or 90 <= code <= 97:
                front = COLOURS[code % 10]
            elif 40 <= code <= 47 or 100 <= code <= 107:
                back = COLOURS[code % 10]
            elif code in (39, 49):
                front, back = (None, back) if code == 39 else (front, None)


def main():
    lines = sys.stdin.read().rstrip('\n').split('\n')
    plain = [re.sub(r'\x1b\[[0-9;]*m', '', line) for line in lines]
    width = max(map(len, plain)) * WIDE + 2 * PAD
    height = len(lines) * HIGH + 2 * PAD
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
          f'width="{width}" height="{height}" font-family="Consolas, Menlo, \'DejaVu Sans Mono\', '
          f'monospace" font-size="13">')
    print(f'<rect width="{width}" height="{height}" rx="8" fill="{PAPER}"/>')
    for row, line in enumerate(lines):
        column = 0
        for text, bold, dim, front, back in runs(line):
            x, y = PAD + column * WIDE, PAD + row * HIGH
            if back:
                print(f'<rect x="{x}" y="{y}" width="{len(text) * WIDE}" height="{HIGH}" '
                      f'fill="{back}"/>')
            for part in re.finditer(r'\S(?:.*\S)?', text):
                weight = ' font-weight="bold"' if bold else ''
                faint = ' opacity="0.65"' if dim else ''
                blocks = re.fullmatch(r'[█ ]+', part.group())
                if blocks:  # fonts leave gaps between block characters
                    for block in re.finditer(r'█+', part.group()):
                        left = x + (part.start() + block.start()) * WIDE
                        print(f'<rect x="{left}" y="{y}" width="{len(block.group()) * WIDE}" '
                              f'height="{HIGH}" fill="{front}"{faint}/>')
                    continue
                print(f'<text x="{x + part.start() * WIDE}" y="{y + 13}" fill="{front}" '
                      f'textLength="{len(part.group()) * WIDE}" xml:space="preserve"{weight}{faint}>'
                      f'{html.escape(part.group())}</text>')
            column += len(text)
    print('</svg>')


if __name__ == '__main__':
    main()
