# SPDX-License-Identifier: MIT
"""page.py FILE PNG: what a browser shows of the report in FILE, zoomed into its worst minute."""

import pathlib
import sys

sys.path.insert(0, "tests/report")

# pylint: disable=wrong-import-position
from browser import Browser

WIDTH, HEIGHT = 1440, 1080
# As somebody would who drags over the chart of retries.
ZOOM = """(() => {
    const box = document.getElementById("overview"), place = box.getBoundingClientRect();
    const send = (type, share) => box.dispatchEvent(new PointerEvent(type,
        { pointerId: 1, clientX: place.left + share * place.width }));
    box.setPointerCapture = () => {};
    send("pointerdown", %f); send("pointermove", %f); send("pointerup", %f);
})()"""


def main():
    with Browser(WIDTH, HEIGHT) as browser:
        page = browser.open(pathlib.Path(sys.argv[1]).resolve().as_uri())
        page.emulate(WIDTH, HEIGHT)
        page.run(ZOOM % (0.4, 0.41, 0.418))
        page.emulate(WIDTH, HEIGHT)
        page.screenshot(sys.argv[2])
        if page.complaints():
            sys.exit("page.py: " + "\n".join(page.complaints()))


main()
