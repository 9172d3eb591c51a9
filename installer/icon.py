#!/usr/bin/env python3
"""Draws the icon for the list of programs: an open box below a round lamp.

    icon.py OUT.ico

16, 32 and 48 pixels, 32 bits each; the same bytes every time.
"""
import struct
import sys

BOX, LID, LAMP = (0x8A, 0x5A, 0x2B), (0xB5, 0x80, 0x4A), (0x2E, 0x9E, 0x4F)


def colour_at(x, y):
    """Of a point of the unit square; None: transparent."""
    if (x - 0.5) ** 2 + (y - 0.25) ** 2 < 0.19 ** 2:
        return LAMP
    if 0.12 <= x <= 0.88 and 0.5 <= y <= 0.62:
        return LID
    if 0.18 <= x <= 0.82 and 0.62 < y <= 0.95:
        return BOX
    return None


def pixel(x, y, size):
    """Blue, green, red, alpha: the mean of 4 x 4 points, so that edges are smooth."""
    points = [colour_at((x + (i + 0.5) / 4) / size, (y + (j + 0.5) / 4) / size)
              for i in range(4) for j in range(4)]
    inked = [point for point in points if point]
    if not inked:
        return bytes(4)
    red, green, blue = (sum(channel) // len(inked) for channel in zip(*inked))
    return bytes((blue, green, red, 255 * len(inked) // len(points)))


def image(size):
    """A bitmap of the form that icons hold: from the bottom up, twice the height, with a mask."""
    header = struct.pack('<IiiHHIIiiII', 40, size, 2 * size, 1, 32, 0, 0, 0, 0, 0, 0)
    pixels = b''.join(pixel(x, y, size) for y in reversed(range(size)) for x in range(size))
    return header + pixels + bytes((size + 31) // 32 * 4 * size)


def main():
    sizes = (16, 32, 48)
    images = [image(size) for size in sizes]
    out = struct.pack('<HHH', 0, 1, len(sizes))
    at = len(out) + 16 * len(sizes)
    for size, data in zip(sizes, images):
        out += struct.pack('<BBBBHHII', size, size, 0, 0, 1, 32, len(data), at)
        at += len(data)
    with open(sys.argv[1], 'wb') as file:
        file.write(out + b''.join(images))


main()
