# SPDX-License-Identifier: MIT
"""Requests over time as an SVG picture: a panel for each way to retry, a bar for each 100 ms."""

import html

WIDTH, PANEL, GAP, LEFT, RIGHT, TOP = 860, 120, 34, 46, 14, 46
BACK, INK, DIM, LINE = "#10151d", "#dbe3ee", "#8391a5", "#2a3442"
TAKEN, REFUSED, OUTAGE = "#4cc97b", "#ff6b70", "#1b222d"
FONTS = "ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"


def text(x, y, words, fill=INK, anchor="start", size=12):
    return '<text x="%.1f" y="%.1f" fill="%s" text-anchor="%s" font-size="%d">%s</text>' % (
        x, y, fill, anchor, size, html.escape(words))


def rectangle(x, y, width, height, fill):
    return '<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>' % (x, y, width, height, fill)


def counts_of(log, seconds):
    """(taken, refused) in each 100 ms."""
    counts = [[0, 0] for _ in range(int(seconds * 10) + 1)]
    for when, status in log:
        if 0 <= when <= seconds:
            counts[int(when * 10)][status != 200] += 1
    return counts


class Panel:
    def __init__(self, top, seconds, most):
        self.top, self.seconds, self.most = top, seconds, most

    def x(self, seconds):
        return LEFT + seconds * (WIDTH - LEFT - RIGHT) / self.seconds

    def y(self, count):
        return self.top + PANEL - count * PANEL / self.most

    def bars(self, counts):
        width = self.x(0.1) - self.x(0)
        for i, (taken, refused) in enumerate(counts):
            for fill, low, high in ((TAKEN, 0, taken), (REFUSED, taken, taken + refused)):
                if high > low:
                    yield rectangle(self.x(i / 10), self.y(high), width - 0.3, self.y(low) - self.y(high), fill)

    def draw(self, name, log, options):
        yield rectangle(self.x(0), self.top, self.x(options.outage) - self.x(0), PANEL, OUTAGE)
        for count in range(0, self.most + 1, 20):
            yield '<path d="M%d %.1fH%d" stroke="%s"/>' % (LEFT, self.y(count), WIDTH - RIGHT, LINE)
            yield text(LEFT - 6, self.y(count) + 4, str(count), DIM, "end", 11)
        yield from self.bars(counts_of(log, self.seconds))
        last = max((when for when, status in log if status == 200), default=0)
        yield text(WIDTH - RIGHT, self.top - 7, "%d requests, the last one taken after %.1f s" % (len(log), last), DIM, "end")
        yield text(LEFT, self.top - 7, name)
        for second in range(0, int(self.seconds) + 1, 5):
            yield text(self.x(second), self.top + PANEL + 14, "%d s" % second, DIM, "middle", 11)


def write(path, drawn, options):
    """DRAWN: (name, [(seconds, status)]) of each way."""
    seconds = min(options.time, 5 + 5 * (int(max(when for _, log in drawn for when, _ in log)) // 5))
    most = max(sum(pair) for _, log in drawn for pair in counts_of(log, seconds))
    most = 20 * (1 + most // 20)
    height = TOP + len(drawn) * (PANEL + GAP + 14)
    title = "%d curls whose server is down for %g s and then takes %d a second: requests in each 100 ms" % (
        options.number, options.outage, options.rate)
    lines = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="%s" role="img" '
             'aria-label="%s"><!-- SPDX-License-Identifier: MIT; made by scripts/herd -->' % (
                 WIDTH, height, WIDTH, height, FONTS, html.escape(title)),
             rectangle(0, 0, WIDTH, height, BACK), text(LEFT, 22, title, INK, size=13)]
    lines += [rectangle(WIDTH - RIGHT - 150, 30, 9, 9, TAKEN), text(WIDTH - RIGHT - 137, 39, "taken", DIM),
              rectangle(WIDTH - RIGHT - 80, 30, 9, 9, REFUSED), text(WIDTH - RIGHT - 67, 39, "refused", DIM)]
    for i, (name, log) in enumerate(drawn):
        panel = Panel(TOP + 26 + i * (PANEL + GAP + 8), seconds, most)
        lines += panel.draw(name, log, options)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n</svg>\n")
