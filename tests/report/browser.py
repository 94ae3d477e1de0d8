# SPDX-License-Identifier: MIT
"""A headless Chromium, driven through a pipe by its DevTools protocol; nothing but the standard library.

    with Browser() as browser:
        page = browser.open("file:///tmp/report.html")
        page.run("document.title")

Each command waits for its answer; what the page says meanwhile is kept in page.events.
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile

PATIENCE = 120
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--hide-scrollbars", "--remote-debugging-pipe", "--force-device-scale-factor=1"]


def find_chromium():
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Failure(Exception):
    """The browser, or what runs in the page, has failed."""


class Browser:
    def __init__(self, width=1280, height=900):
        self.profile = tempfile.mkdtemp(prefix="curlretry-browser-")
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()

        def place():
            # Where --remote-debugging-pipe wants them; not before both are out of the way.
            ours, theirs = os.dup(to_browser), os.dup(from_browser)
            os.dup2(ours, 3)
            os.dup2(theirs, 4)

        # pylint: disable=subprocess-popen-preexec-fn
        self.process = subprocess.Popen(
            [find_chromium(), *FLAGS, "--window-size=%d,%d" % (width, height), "--user-data-dir=" + self.profile,
             "about:blank"], preexec_fn=place, close_fds=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.number = 0
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
        except (Failure, OSError):
            self.process.kill()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.output)
        os.close(self.input)
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.input, 1 << 20)
            if not piece:
                raise Failure("the browser has ended")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") != self.number:
                self.events.append(answer)
            elif "error" in answer:
                raise Failure("%s: %s" % (method, answer["error"]["message"]))
            else:
                return answer["result"]

    def open(self, url):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, session, url)


class Page:
    def __init__(self, browser, session, url):
        self.browser = browser
        self.session = session
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.call("Page.navigate", url=url)
        self.wait_until("(document.documentElement || {dataset: {}}).dataset.ready === 'yes'")

    def call(self, method, **parameters):
        return self.browser.call(method, session=self.session, **parameters)

    def run(self, script):
        """The value of a JavaScript expression, which may be a promise."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Failure(script + ": " + json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def wait_until(self, condition):
        self.run("new Promise((done, fail) => { const look = () => (%s) ? done() : setTimeout(look, 10); look(); "
                 "setTimeout(() => fail(new Error('never')), %d); })" % (condition, 1000 * PATIENCE))

    def text(self, selector):
        return self.run("document.querySelector(%s).textContent" % json.dumps(selector))

    def click(self, selector):
        self.run("document.querySelector(%s).click()" % json.dumps(selector))

    def fill(self, selector, value):
        self.run("(() => { const field = document.querySelector(%s); field.value = %s; "
                 "for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true })); })()"
                 % (json.dumps(selector), json.dumps(value)))

    def press(self, key, **more):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **more)

    def emulate(self, width, height, scheme="light", scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                  mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.run("new Promise(done => setTimeout(() => requestAnimationFrame(done), 150))")

    def screenshot(self, path):
        picture = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture))

    def complaints(self):
        """What stood in the console, and what was thrown."""
        found = []
        for event in self.browser.events:
            method, said = event.get("method"), event.get("params", {})
            if method == "Runtime.consoleAPICalled" and said["type"] in ("error", "warning", "assert"):
                found.append(json.dumps(said["args"]))
            elif method == "Runtime.exceptionThrown":
                found.append(json.dumps(said["exceptionDetails"]))
            elif method == "Log.entryAdded":
                found.append(said["entry"]["text"])
        return found

    def loaded(self):
        """What was asked for."""
        return [event["params"]["request"]["url"] for event in self.browser.events
                if event.get("method") == "Network.requestWillBeSent"]
