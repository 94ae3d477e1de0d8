# SPDX-License-Identifier: MIT
"""The fault matrix: which cells there are, and whether each came out as the table says.

    matrix.py cells TABLE STYLE         a line for each cell, as tests/clients/matrix.c reads them;
                                        the ports are in the environment
    matrix.py check TABLE STYLE OUT LEDGER LOG
                                        says each cell that is not as in TABLE; status 1 if there is one
"""

import fnmatch
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))
import ledger
from content import Pattern

KINDS = (
    "GET", "HEAD", "PUT-file", "PUT-pipe", "POST-form", "POST-multipart", "POST-callback", "DELETE",
)
PROTOCOLS = {"h1": ("http", "HTTP_PORT", "1.1"), "h2": ("http", "H2_PORT", "2"), "https": ("https", "TLS_PORT", "1.1")}
# A body is one frame: of two that come at once, libcurl 7.88 can leave the second unread in an event loop.
SENT, ANSWERED = 60000, 12000
# The step that the first request gets; a cell whose first connection fails has none.
FAULTS = {
    "refused": None,
    "reset-before": None,
    "handshake-cut": None,
    "reset-within": "rst~in=%d" % (SENT // 2),
    "reset-answer": "rst",
    "stalled": "stall",
    "503-early": "503~early",
    "503": "503",
    "429": "429~ra=1",
    "cut-first": "200~len=%d~etag=v~cut=1" % ANSWERED,
    "cut-middle": "200~len=%d~etag=v~cut=%d" % (ANSWERED, ANSWERED // 2),
    "cut-last": "200~len=%d~etag=v~cut=-1" % ANSWERED,
    "goaway": "goaway",
}
SUCCESS = "200~len=%d~etag=v" % ANSWERED
# Whether the answers are held until they are whole.
HOLDS = os.environ.get("CURLRETRY_HOLD") != "0"
# Long enough for any attempt that is answered; what stalls waits for it.
TIMEOUT_MS = 30000 if os.environ.get("EMULATED") else 8000


class Cell:
    """One fault met by one kind of request over one protocol, in one style."""

    def __init__(self, style, fault, kind, protocol):
        self.fault = fault
        self.kind = kind
        self.protocol = protocol
        self.name = ".".join((fault, kind, protocol))
        steps = ",".join(filter(None, (FAULTS[fault], SUCCESS)))
        # A name of its own: the server counts a name's handshakes.
        run = style + os.environ.get("CURLRETRY_HOLD", "").lower()
        self.cut_name = "cut1-%s-%s.curlretry.test" % (run, kind.lower())
        self.path = "/s/%s/matrix-%s/%s" % (steps, run, self.name)

    def line(self):
        """What the client reads."""
        scheme, port, version = PROTOCOLS[self.protocol]
        host = self.cut_name if self.fault == "handshake-cut" else "127.0.0.1"
        first = {"refused": "1", "reset-before": os.environ["ACCEPT_PORT"]}.get(self.fault, "0")
        timeout = TIMEOUT_MS if self.fault == "stalled" else 0
        url = "%s://%s:%s%s" % (scheme, host, os.environ[port], self.path)
        return " ".join((self.name, self.kind, version, str(timeout), first, url))


def all_cells(style):
    return [
        Cell(style, fault, kind, protocol)
        for fault in FAULTS for kind in KINDS for protocol in PROTOCOLS
    ]


def matches(patterns, name):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns.split(","))


class Table:
    """The rows of the file: words, the last of them all that is left of the line."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            lines = [line.strip() for line in file]
        self.rows = [line.split(None, 6) for line in lines if line and not line.startswith("#")]

    def expected(self, cell):
        """A list of (requests, seen, bytes, log) that may be, or None for a cell that is left out."""
        rows = [row for row in self.rows if matches(row[1], cell.kind) and matches(row[2], cell.protocol)]
        for row in rows:
            if HOLDS and fnmatch.fnmatchcase("held-" + cell.fault, row[0]):
                return [tuple(row[3:])]
        found = [row for row in rows if row[0] in (cell.fault, "or-" + cell.fault)]
        if sum(row[0] == cell.fault for row in found) != 1:
            raise SystemExit("%s is not in one row of the table" % cell.name)
        return None if found[0][3] == "-" else [tuple(row[3:]) for row in found]


def sent_by(cell, headers):
    """The request body that a complete request must have."""
    body = b"".join(Pattern(SENT).pieces(0, SENT))
    if cell.kind == "POST-multipart":
        boundary = headers["content-type"].partition("boundary=")[2].encode()
        head = b'Content-Disposition: form-data; name="data"\r\n\r\n'
        return b"--%s\r\n%s%s\r\n--%s--\r\n" % (boundary, head, body, boundary)
    return body if cell.kind.startswith("P") else b""


def was_executed(request):
    """Not a stream that GOAWAY leaves out (RFC 9113 6.8), nor what 429 has refused (RFC 6585 4)."""
    return request["answer"] not in ("goaway", "429")


class Outcome:
    """What was seen of one cell: a line of the client's, requests in the ledger, events in the log."""

    def __init__(self, cell, line, requests, events):
        self.cell = cell
        self.code, self.status, self.blocks, self.bytes, self.text = line
        self.requests = requests
        self.events = events

    def row(self):
        """As in the table."""
        seen = "error" if self.code != "0" else self.status
        if seen not in ("200", "error") and self.text == self.page():
            size = "page"
        elif self.bytes == str(ANSWERED) or (seen == "200" and self.cell.kind == "HEAD"):
            size = "all"
        else:
            size = self.bytes
        return str(len(self.requests)), seen, size, " ".join(self.events) or "none"

    def page(self):
        """The error page of the last attempt."""
        rest = self.cell.path.split("/", 3)[3]
        return "error page %d %s /%s" % (len(self.requests), self.status, rest)

    def violations(self):
        """What may never be, whatever the table says."""
        cell = self.cell
        if cell.kind.startswith("POST") and sum(map(was_executed, self.requests)) > 1:
            yield "a POST was executed twice"
        for request in self.requests:
            right = hashlib.sha256(sent_by(cell, request["headers"])).hexdigest()
            if request["complete"] and request["body_sha256"] != right:
                yield "a request body is wrong: %d bytes" % request["body_received"]
        if self.text == "wrong":
            yield "a byte of the answer is wrong"
        if cell.kind == "HEAD" and self.bytes != "0":
            yield "a HEAD got a body"
        # A header block is the program's when its transfer has one to end with.
        if int(self.blocks) > 1 or (self.code == "0" and self.blocks != "1"):
            yield "%s header blocks were seen" % self.blocks


def by_path(path, key):
    """Lists of the file's lines, by the path that they are about."""
    found = {}
    for entry in ledger.entries(path):
        where = entry.get(key) or ""
        found.setdefault("/" + where.split("/", 3)[3] if "://" in where else where, []).append(entry)
    return found


def told(event):
    return ":".join(filter(None, (event["event"], event.get("why"))))


def outcomes(style, out, requests, log):
    """(cell, Outcome or None) of each cell."""
    with open(out, encoding="utf-8") as file:
        lines = {line.split()[0]: line.rstrip("\n").split(" ", 5)[1:] for line in file}
    asked = by_path(requests, "path")
    logged = by_path(log, "url")
    for cell in all_cells(style):
        events = logged.get(cell.path, [])
        line = lines.get(cell.name)
        yield cell, line and Outcome(cell, line, asked.get(cell.path, []), [told(e) for e in events])
        early = [e for e in events if e.get("retry_after_ms") and e.get("delay_ms", 1000) < 1000]
        if early:
            yield cell, "Retry-After was not waited for: %s" % early[0]


def differences(expected, outcome):
    """Lines that say what is not as it should be."""
    if not expected:
        return ["is left out of the table, but was run"] if outcome else []
    if not isinstance(outcome, Outcome):
        return [outcome or "was not run"]
    found = list(outcome.violations())
    if outcome.row() not in expected:
        found.append("is   %s  (error %s)" % ("  ".join(outcome.row()), outcome.code))
        found += ["not  %s" % "  ".join(row) for row in expected]
    return found


def main():
    if sys.argv[1] == "cells":
        table = Table(sys.argv[2])
        for cell in all_cells(sys.argv[3]):
            if table.expected(cell):
                print(cell.line())
        return 0
    table, style = Table(sys.argv[2]), sys.argv[3]
    bad = 0
    for cell, outcome in outcomes(style, *sys.argv[4:]):
        for line in differences(table.expected(cell), outcome):
            print("%-32s %s" % (cell.name, line))
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
