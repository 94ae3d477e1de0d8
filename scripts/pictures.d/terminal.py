# SPDX-License-Identifier: MIT
"""terminal.py COLUMNS SVG TITLE COMMAND [ARG]...: what COMMAND writes to a terminal, as a picture.

What fills cells is drawn, not set in type: no font of a reader's has to have it, and no line has gaps.
"""

import fcntl
import html
import os
import pty
import re
import struct
import sys
import termios

CELL, LINE, SIZE, EDGE, BAR = 8.2, 18, 13.6, 18, 34
FONTS = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
BACK, FRAME, INK, DIM = "#10151d", "#1b222d", "#dbe3ee", "#8391a5"
PAINTS = {"31": "#ff6b70", "32": "#4cc97b", "33": "#f2b03d", "34": "#5b9dff", "35": "#b48bfa", "36": "#37c6dc"}
SHADES = {"░": 0.3, "▒": 0.55, "▓": 0.8, "█": 1}


def run(columns, command):
    pid, fd = pty.fork()
    if not pid:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 60, columns, 0, 0))
        os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
        os.environ.pop("NO_COLOR", None)
        os.execvp(command[0], command)
    output = b""
    while True:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
    if os.waitpid(pid, 0)[1]:
        sys.exit("terminal.py: %s has failed" % command[0])
    return output.decode().replace("\r", "")


def runs_of(line):
    """Column, text and style of each stretch of one kind: drawn cells, or letters."""
    style, column = "0", 0
    for part in re.split(r"(\033\[[0-9]+m)", line):
        if part.startswith("\033"):
            style = part[2:-1]
            continue
        for stretch in re.findall(r"[░▒▓█]+|[▀━─┊·✗]+|(?:[^░▒▓█▀━─┊·✗ ]| (?! ))+|  +", part):
            yield column, stretch, style
            column += len(stretch)


def colour(style):
    return PAINTS.get(style, DIM if style == "2" else INK)


def rectangle(x, y, width, height, fill, opacity=1):
    return '<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"%s/>' % (
        x, y, width, height, fill, "" if opacity == 1 else ' fill-opacity="%g"' % opacity)


def draw_cell(glyph, x, top, fill):
    middle = top + LINE / 2
    if glyph in SHADES:
        return rectangle(x, top + 3, CELL, LINE - 6, fill, SHADES[glyph])
    if glyph == "▀":
        return rectangle(x, top + 3, CELL, (LINE - 6) / 2, fill)
    if glyph in "━─":
        thick = 4 if glyph == "━" else 1.4
        return rectangle(x, middle - thick / 2, CELL, thick, fill)
    if glyph == "·":
        return '<circle cx="%.1f" cy="%.1f" r="1.1" fill="%s"/>' % (x + CELL / 2, middle, fill)
    if glyph == "┊":
        return '<path d="M%.1f %.1fv%d" stroke="%s" stroke-dasharray="3 3"/>' % (x + CELL / 2, top, LINE, fill)
    return '<path d="M%.1f %.1fl6 7m0 -7l-6 7" stroke="%s" stroke-width="2"/>' % (x + 1.1, middle - 3.5, fill)


def draw_run(column, stretch, style, top):
    """Neighbours of one kind in one piece."""
    x, fill = EDGE + column * CELL, colour(style)
    if stretch[0] in SHADES or stretch[0] in "▀━─┊·✗":
        pieces, i = [], 0
        while i < len(stretch):
            count = 1
            while stretch[i] in "░▒▓█━─" and i + count < len(stretch) and stretch[i + count] == stretch[i]:
                count += 1
            piece = draw_cell(stretch[i], x + i * CELL, top, fill)
            pieces.append(piece.replace('width="%.1f"' % CELL, 'width="%.1f"' % (CELL * count)))
            i += count
        return "".join(pieces)
    if not stretch.strip():
        return ""
    text = stretch.rstrip()
    lead = len(text) - len(text.lstrip())
    return '<text x="%.1f" y="%.1f" textLength="%.1f" fill="%s"%s>%s</text>' % (
        x + lead * CELL, top + LINE * 0.72, (len(text) - lead) * CELL, fill,
        ' font-weight="bold"' if style == "1" else "", html.escape(text.strip()))


def picture(lines, columns, title):
    width = columns * CELL + 2 * EDGE
    height = len(lines) * LINE + BAR + 2 * EDGE - 8
    yield ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="%s" '
           'font-size="%g" role="img" aria-label="%s"><!-- SPDX-License-Identifier: MIT; made by scripts/pictures -->'
           % (width, height, width, height, FONTS, SIZE, html.escape(title)))
    yield '<rect width="%d" height="%d" rx="10" fill="%s"/>' % (width, height, BACK)
    yield '<path d="M0 %d V10 a10 10 0 0 1 10 -10 H%d a10 10 0 0 1 10 10 V%d z" fill="%s"/>' % (BAR, width - 10, BAR, FRAME)
    for i, fill in enumerate(("#ff5f57", "#febc2e", "#28c840")):
        yield '<circle cx="%d" cy="%d" r="5.5" fill="%s"/>' % (20 + 19 * i, BAR / 2, fill)
    yield '<text x="%d" y="%g" text-anchor="middle" fill="%s">%s</text>' % (width / 2, BAR / 2 + 4.5, DIM, html.escape(title))
    yield '<g fill="none" xml:space="preserve" stroke-linecap="round">'
    for i, line in enumerate(lines):
        yield "".join(draw_run(*stretch, BAR + EDGE - 6 + i * LINE) for stretch in runs_of(line))
    yield "</g></svg>"


def main():
    columns, path, title, *command = sys.argv[1:]
    lines = run(int(columns), command).rstrip("\n").split("\n")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(part for part in picture(lines, int(columns), title) if part) + "\n")


main()
