# SPDX-License-Identifier: MIT
"""page.py FILE STEP...: does STEPs in the page, as a user would, and prints what can be seen then.

    numbers             the totals, a line each
    shown               how many transfers pass the filters
    rows                result, request and tries of each row that is in the document
    search=WORDS, host=NAME, outcome=NAME, order=NAME
    key=KEY             on the list of transfers
    click=SELECTOR
    text=SELECTOR
    eval=EXPRESSION     of JavaScript, as JSON
    quiet               "quiet", if nothing was complained of in the console and nothing was loaded
"""

import json
import pathlib
import sys

from browser import Browser

SETTLED = "new Promise(done => setTimeout(() => requestAnimationFrame(() => setTimeout(done)), 120))"
KEYS = {"PageDown": 34, "End": 35, "Home": 36, "ArrowUp": 38, "ArrowDown": 40, "Enter": 13, "Escape": 27}


def numbers(page):
    for name in ("transfers", "attempts", "recovered", "lost", "waited", "received"):
        print(name, page.text("#n-" + name))


def rows(page):
    for row in page.run("[...document.querySelectorAll('.row')].map(row => [0, 1, 2].map(i => row.children[i].textContent))"):
        print(*row)


def quiet(page, url):
    complaints = page.complaints()
    others = [loaded for loaded in page.loaded() if loaded != url]
    print("quiet" if not complaints and not others else "not quiet: %s %s" % (complaints, others))


def outcome(page, name):
    """Only that one is left pressed."""
    page.run("document.querySelectorAll('#outcomes button').forEach(chip => { const isOn = chip.getAttribute('aria-pressed') "
             "=== 'true'; if (isOn !== (chip.dataset.ending === %s)) chip.click(); })" % json.dumps(name))


def press(page, key):
    page.run("document.activeElement === document.getElementById('grid') || %s || document.getElementById('grid').focus()"
             % json.dumps(key == "Escape"))
    page.press(key, windowsVirtualKeyCode=KEYS.get(key, 0), **({"text": key} if len(key) == 1 else {}))


def step(page, name, value, url):
    if name == "numbers":
        numbers(page)
    elif name == "rows":
        rows(page)
    elif name == "quiet":
        quiet(page, url)
    elif name == "shown":
        print(page.text("#shown"))
    elif name == "text":
        print(page.text(value))
    elif name == "eval":
        print(json.dumps(page.run(value)))
    elif name == "search":
        page.fill("#search", value)
    elif name == "host":
        page.fill("#host", page.run("[...document.querySelectorAll('#host option')].find(option => option.textContent === %s).value"
                                    % json.dumps(value)))
    elif name == "order":
        page.fill("#order", value)
    elif name == "outcome":
        outcome(page, value)
    elif name == "key":
        press(page, value)
    elif name == "click":
        page.click(value)
    else:
        sys.exit("page.py: no step " + name)
    page.run(SETTLED)


def main():
    url = pathlib.Path(sys.argv[1]).resolve().as_uri()
    with Browser() as browser:
        page = browser.open(url)
        for argument in sys.argv[2:]:
            name, _, value = argument.partition("=")
            step(page, name, value, url)


main()
