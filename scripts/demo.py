# SPDX-License-Identifier: MIT
"""Shows curl with and without curlretry against a server that fails first (tests/server).

What the server is asked and answers stands between the lines of the client, as it happens.
"""

import hashlib
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time

SERVER = "tests/server/server.py"
COLOURED = sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and "NO_COLOR" not in os.environ
BOLD, DIM, RED, GREEN, CYAN = "1", "2", "31", "32", "36"
SIZE = 262144
TRACE = "build/demo.trace"
PAGE = "build/demo.html"
PATIENCE = 20


def paint(text, colour):
    return "\033[%sm%s\033[0m" % (colour, text) if COLOURED else text


def say(text=""):
    print(text, flush=True)


def in_bytes(output):
    return "{:,} bytes".format(len(output))


class Ledger:
    """The server's, read as it grows."""

    def __init__(self, path):
        self.path = path
        self.offset = 0

    def news(self):
        with open(self.path, encoding="utf-8") as file:
            file.seek(self.offset)
            lines = file.readlines()
            self.offset = file.tell()
        return [json.loads(line) for line in lines]


class Result:
    """What a command did, as its user and as the server saw it."""

    def __init__(self):
        self.status = None
        self.output = b""
        self.errors = []
        self.requests = []

    @property
    def digest(self):
        return hashlib.sha256(self.output).hexdigest()


class Stage:
    """The server, and a folder that no settings of the user's reach."""

    def __init__(self, folder):
        path = os.path.join(folder, "ledger")
        self.environment = {"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C.UTF-8",
                            "CURLRETRY_TRACE": TRACE}
        self.server = subprocess.Popen(
            [sys.executable, "-B", SERVER, "--ledger", path, "--parent", str(os.getpid()),
             "--life", "120"],
            stdout=subprocess.PIPE, universal_newlines=True,
        )
        ports = self.server.stdout.readline().split()
        if not ports:
            raise SystemExit("demo: the server did not start")
        self.base = "http://127.0.0.1:" + ports[0].partition("=")[2]
        self.ledger = Ledger(path)
        self.began = 0

    def end(self):
        self.server.terminate()
        self.server.wait()

    def url(self, script, name):
        return "%s/s/%s/%s" % (self.base, script, name)

    def line(self, who, text, colour):
        seconds = "%6.2f s" % (time.monotonic() - self.began)
        say("  %s  %s  %s" % (paint(seconds, DIM), paint(who.ljust(7), DIM), paint(text, colour)))

    def show_requests(self, result):
        for entry in self.ledger.news():
            result.requests.append(entry)
            answer = "connection reset" if entry["answer"] == "rst" else entry["answer"]
            self.line("server", "%s  ->  %s" % (entry["method"], answer), CYAN)

    def run(self, *command):
        """Runs it, showing what it says and what the server is asked meanwhile."""
        result = Result()
        say("  $ " + paint(" ".join(command), BOLD))
        self.began = time.monotonic()
        program = command
        if command[0] == "curlretry":
            program = ("build/curlretry",) + command[1:]
        process = subprocess.Popen(
            program, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        reader = threading.Thread(target=self.read_output, args=(process, result))
        reader.start()
        try:
            self.follow(process, result)
        finally:
            process.kill()
            reader.join()
        result.status = process.wait()
        self.show_requests(result)
        colour = GREEN if result.status == 0 else RED
        self.line("exit", "status %d, %s" % (result.status, in_bytes(result.output)), colour)
        say()
        return result

    @staticmethod
    def read_output(process, result):
        result.output = process.stdout.read()

    def follow(self, process, result):
        lines = queue.Queue()

        def read():
            for line in process.stderr:
                lines.put(line.decode(errors="replace").rstrip())
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                text = lines.get(timeout=0.02)
            except queue.Empty:
                self.show_requests(result)
                continue
            # What the server has said came before what the client says of it.
            self.show_requests(result)
            if text is None:
                process.wait(timeout=PATIENCE)
                return
            result.errors.append(text)
            self.line("client", text, RED if text.startswith("curl:") else BOLD)


class Checks:
    """What must be so for the demo to have shown anything."""

    def __init__(self):
        self.failures = 0

    def equal(self, what, actual, expected):
        if actual == expected:
            return
        self.failures += 1
        say(paint("  NOT AS EXPECTED: %s is %r, not %r" % (what, actual, expected), RED))

    def true(self, what, condition):
        self.equal(what, bool(condition), True)


def heading(text):
    say(paint("== " + text, BOLD))
    say()


def pattern_digest(length):
    """Of the body that the server sends, as the server's own module makes it."""
    body = subprocess.check_output([sys.executable, "-B", "tests/server/content.py", str(length)])
    return hashlib.sha256(body).hexdigest()


def side_by_side(name, left, right, expected):
    def cells(result):
        same = "that of the file" if result.digest == expected else "not that of the file"
        return [
            str(result.status), str(len(result.requests)), in_bytes(result.output),
            result.digest[:16] + "...", same,
        ]

    say(paint("  %-20s %-24s %s" % ("", name, "curlretry curl"), BOLD))
    names = ["exit status", "requests", "received", "SHA-256", ""]
    for what, one, other in zip(names, cells(left), cells(right)):
        say("  %-20s %-24s %s" % (what, one, other))
    say()


def show_download(stage, checks):
    heading("A download. The server answers 503, resets the connection, then sends 256 KiB")
    script = "503,rst,200~len=%d" % SIZE
    plain = stage.run("curl", "-fsS", stage.url(script, "a"))
    retried = stage.run("curlretry", "curl", "-fsS", stage.url(script, "b"))
    expected = pattern_digest(SIZE)
    side_by_side("curl", plain, retried, expected)
    checks.true("curl alone failing", plain.status != 0)
    checks.equal("requests of curl alone", len(plain.requests), 1)
    checks.equal("exit status under curlretry", retried.status, 0)
    checks.equal("requests under curlretry", len(retried.requests), 3)
    checks.equal("bytes under curlretry", retried.digest, expected)
    checks.true("the recovery in the log", any("recovered on attempt 3" in e for e in retried.errors))


def show_pipe(stage, checks):
    heading("The same into a pipe, by curl's own --retry: it cannot take the error page back")
    script = "503,200~len=%d" % SIZE
    own = stage.run("curl", "-sS", "--retry", "3", stage.url(script, "a"))
    retried = stage.run("curlretry", "curl", "-sS", stage.url(script, "b"))
    expected = pattern_digest(SIZE)
    side_by_side("curl --retry 3", own, retried, expected)
    checks.equal("exit status under curlretry", retried.status, 0)
    checks.equal("requests under curlretry", len(retried.requests), 2)
    checks.equal("bytes under curlretry", retried.digest, expected)


def show_post(stage, checks):
    heading("A POST. It may have been carried out before the 503: it is not sent twice unasked")
    refused = stage.run("curlretry", "curl", "-fsS", "-d", "amount=5", stage.url("503,200", "pay"))
    asked = stage.run("curlretry", "--methods=+POST", "curl", "-fsS", "-d", "amount=5",
                      stage.url("503,200", "search"))
    checks.true("the POST failing", refused.status != 0)
    checks.equal("POSTs sent unasked", len(refused.requests), 1)
    checks.true("the reason in the log", any("not idempotent" in e for e in refused.errors))
    checks.equal("exit status of the POST by request", asked.status, 0)
    checks.equal("POSTs sent by request", len(asked.requests), 2)
    checks.equal("body of each", [entry["body_length"] for entry in asked.requests], [8, 8])


def show_wait(stage, checks):
    heading("A server that says when to come back (Retry-After: 1) is taken at its word")
    # Without -f, under which libcurl 7.74 hides the header.
    result = stage.run("curlretry", "curl", "-sS", stage.url("429~ra=1,200", "quota"))
    times = [entry["time"] for entry in result.requests]
    checks.equal("exit status", result.status, 0)
    checks.equal("requests", len(times), 2)
    checks.true("a wait of a second or more", times and times[-1] - times[0] >= 0.99)


def show_faults(stage, checks):
    heading("Faults on purpose: would this program survive a bad night? Alone, and with retries")
    faults = "--inject=503@40%,reset@20%,cut:9@20%"
    url = stage.url("200", "backup")
    alone = stage.run("curlretry", "--seed=4", "--mode=off", faults, "curl", "-fsS", url)
    retried = stage.run("curlretry", "--seed=4", faults, "curl", "-fsS", url)
    checks.true("curl alone failing", alone.status != 0)
    checks.equal("exit status under curlretry", retried.status, 0)
    checks.true("a fault in the log of each",
                all(any("injected" in e for e in r.errors) for r in (alone, retried)))


def show_plan(stage, checks):
    heading("The waits, in seconds, that the default policy draws from")
    say("  $ " + paint("curlretry --plan", BOLD))
    plan = subprocess.run(["build/curlretry", "--plan"], env=stage.environment,
                          stdout=subprocess.PIPE, check=False)
    for line in plan.stdout.decode().splitlines():
        say("  " + line)
    say()
    checks.equal("exit status of --plan", plan.returncode, 0)


def report(stage, *options):
    command = ["build/curlretry", "--report", TRACE, *options]
    return subprocess.run(command, env=stage.environment, stdout=subprocess.PIPE, check=True).stdout


def show_report(stage, checks):
    heading("All of it once more, from the trace of every request that was kept meanwhile")
    say("  $ " + paint("curlretry --report " + TRACE, BOLD))
    say()
    environment = dict(stage.environment)
    for name in ("TERM", "NO_COLOR", "COLUMNS"):
        if name in os.environ:
            environment[name] = os.environ[name]
    subprocess.run(["build/curlretry", "--report", TRACE], env=environment, check=True)
    say()
    text = report(stage).decode()
    checks.true("as many transfers in the report", re.search(r"\btransfers +7\b", text))
    page = report(stage, "--as=html")
    with open(PAGE, "wb") as file:
        file.write(page)
    checks.true("a page", page.startswith(b"<!DOCTYPE html>") or page.startswith(b"<!doctype html>"))


def main():
    checks = Checks()
    if os.path.exists(TRACE):
        os.remove(TRACE)
    with tempfile.TemporaryDirectory(prefix="curlretry-demo.") as folder:
        stage = Stage(folder)
        try:
            show_download(stage, checks)
            show_pipe(stage, checks)
            show_post(stage, checks)
            show_wait(stage, checks)
            show_faults(stage, checks)
            show_plan(stage, checks)
            show_report(stage, checks)
        finally:
            stage.end()
    say("  The same as a page, to zoom and filter:           " + PAGE)
    say("  Every setting, its value and where it comes from: build/curlretry --show")
    say("  Now your own:                                     build/curlretry COMMAND")
    say()
    if checks.failures:
        say(paint("demo: not as expected: %d" % checks.failures, RED))
        raise SystemExit(1)
    say(paint("demo: all as expected", GREEN))


if __name__ == "__main__":
    main()
