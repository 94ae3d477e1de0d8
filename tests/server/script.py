# SPDX-License-Identifier: MIT
"""From a URL and the number of times it was asked for to an answer. The language is told in server.py."""

import base64
import email.utils
import functools
import gzip
import hashlib
import re
import threading
import time
import urllib.parse
from http import HTTPStatus

from content import Pattern, Text

USER, PASSWORD, REALM, NONCE = "user", "secret", "curlretry", "0123456789abcdef"
FIXED_DATE = "Mon, 01 Jan 2024 00:00:00 GMT"
CHANGED_DATE = "Tue, 02 Jan 2024 00:00:00 GMT"

# Steps that are not a status.
WORDS = {"rst", "close", "stall", "garbage", "refused", "goaway"}
# Modifiers that need a value, those that take none, those that may go either way.
VALUED = {
    "ra", "len", "seed", "cut", "rst", "stall", "cutchunked", "to", "delay", "etag", "weak",
    "cookie", "h", "in", "pace", "rststream", "short",
}
PLAIN = {
    "chunked", "close", "trailer", "eof", "digest", "basic", "early", "noexpect", "gz", "date",
    "ranges", "norange", "badrange", "nocr", "nosize", "nomdtm", "changed", "goaway", "100", "103",
    "crcr", "now",
}
EITHER = {"lm"}


class BadScript(ValueError):
    """The script in the URL is not one: a mistake in a test."""


class Step:
    """One step: what to do with one request."""

    def __init__(self, text):
        first, *rest = text.split("~")
        self.text = text
        self.word = first if first in WORDS else None
        self.status = 0
        if not self.word:
            if not re.fullmatch("[1-5][0-9][0-9]", first):
                raise BadScript("no step: " + text)
            self.status = int(first)
        self.flags = []
        for item in rest:
            name, equals, value = item.partition("=")
            if name not in EITHER | (VALUED if equals else PLAIN):
                raise BadScript("no modifier: " + item)
            self.flags.append((name, urllib.parse.unquote(value)))

    def has(self, name):
        return any(flag == name for flag, _ in self.flags)

    def get(self, name, default=None):
        return next((value for flag, value in self.flags if flag == name), default)

    def number(self, name, default=None):
        value = self.get(name)
        return default if value is None else int(value)

    @property
    def gate(self):
        """Which credentials this step and all after it ask for."""
        return "digest" if self.has("digest") else "basic" if self.has("basic") else None


@functools.lru_cache(maxsize=4096)
def parse(path):
    """(steps, rest, counted) of a path of the form /s/SCRIPT/REST or /git/SCRIPT/KEY/REST; None for
    another path. Counted is what the steps are counted for: the whole path, of git's the part to KEY."""
    found = re.match("(/(s|git)/([^/]+)(/[^/]*)?)(/.*)?$", path)
    if not found:
        return None
    to_key, form, steps, key, rest = found.groups()
    rest = (key or "") + (rest or "") or "/"
    return tuple(Step(text) for text in steps.split(",")), rest, to_key if form == "git" else path


def fields(text):
    """The name=value list of an Authorization header."""
    pairs = re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', text)
    return {name: quoted or plain for name, quoted, plain in pairs}


def authorised(gate, method, given):
    """Whether the Authorization header's value is that of USER."""
    scheme, _, rest = given.partition(" ")
    if scheme.lower() != gate:
        return False
    if gate == "basic":
        return rest == base64.b64encode(("%s:%s" % (USER, PASSWORD)).encode()).decode()

    def md5(*parts):
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    got = fields(rest)
    expected = md5(
        md5(USER, REALM, PASSWORD), NONCE, got.get("nc", ""), got.get("cnonce", ""), "auth",
        md5(method, got.get("uri", "")),
    )
    return got.get("nonce") == NONCE and got.get("response") == expected


class Scripts:
    """Where each URL stands in its script. Any thread."""

    def __init__(self, is_steady=lambda: False):
        self.lock = threading.Lock()
        self.used = {}
        self.seen = {}
        self.is_steady = is_steady

    def take(self, target, method, authorization="", peek=False):
        """(step, how many requests this makes, rest of the path) for a request; None: no script.

        With peek the request does not count.
        """
        parsed = parse(target.partition("?")[0])
        if not parsed:
            return None
        steps, rest, counted = parsed
        with self.lock:
            seen = self.seen.get(counted, 0) + 1
            used = self.used.get(counted, 0)
            # A gate does not count: it lets through, or is the answer.
            numbered = [step for step in steps if not step.gate]
            if steps[-1].gate:
                numbered.append(Step("200"))
            at = min(used, len(numbered) - 1)
            if self.is_steady():
                at = len(numbered) - 1
            step = numbered[at]
            reached = steps.index(step) if step in steps else len(steps)
            gates = [gate for gate in steps[:reached] if gate.gate]
            closed = [gate for gate in gates if not authorised(gate.gate, method, authorization)]
            if not peek:
                self.seen[counted] = seen
                self.used[counted] = used + (not closed)
            return (closed[0] if closed else step), seen, rest


class Answer:
    """What to send: complete, for HTTP of any version. Headers are a list of pairs."""

    def __init__(self, step, status, number):
        self.step = step
        self.status = status
        self.number = number
        self.headers = []
        self.body = Text(b"")
        self.start = 0
        self.end = 0
        self.trailers = []
        # How it ends early: "close", "rst", "stall", "rststream" (not over HTTP/1.1), and after how many bytes
        # of the body or, with fault_in_head, of the head.
        self.fault = None
        self.fault_at = 0
        self.fault_in_head = False

    @property
    def has_body(self):
        return self.status >= 200 and self.status not in (204, 304)

    @property
    def chunked(self):
        return self.step.has("chunked") or self.step.has("trailer") or self.step.has("cutchunked")

    def add(self, name, value):
        self.headers.append((name, value))

    def told(self):
        """How the request was answered, for the ledger."""
        if not self.fault:
            return str(self.status)
        where = "head" if self.fault_in_head else "body"
        return "%d %s at %d of %s" % (self.status, self.fault, self.fault_at, where)


def http_date(seconds):
    return email.utils.formatdate(seconds, usegmt=True)


def retry_after(value):
    if value.startswith("raw:"):
        return value[4:]
    if value.startswith("date"):
        return http_date(time.time() + float(value[4:] or 0))
    return value


def location(value, rest):
    """A path and a whole URL stand for themselves; anything else is a script for the same key."""
    if value.startswith("/") or "://" in value:
        return value
    return "/s/%s%s" % (value, rest)


def last_modified(step):
    """None, a fixed date, or one relative to now."""
    if not step.has("lm"):
        return None
    if step.get("lm"):
        return http_date(time.time() + float(step.get("lm")))
    return CHANGED_DATE if step.has("changed") else FIXED_DATE


def validators(step):
    """(etag, last modified) as they go into headers."""
    etag = None
    tail = "-changed" if step.has("changed") else ""
    if step.has("etag"):
        etag = '"%s%s"' % (step.get("etag"), tail)
    elif step.has("weak"):
        etag = 'W/"%s%s"' % (step.get("weak"), tail)
    return etag, last_modified(step)


def asked_range(answer, headers, etag, modified):
    """(start, end) of the range to send, None for all of it."""
    step, total = answer.step, len(answer.body)
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", headers.get("range", ""))
    if not found or found.group(0) == "bytes=-" or step.has("norange"):
        return None
    # RFC 9110 13.1.5: a weak validator never matches.
    condition = headers.get("if-range")
    if condition and condition not in (modified, None if step.has("weak") else etag):
        return None
    first, last = found.groups()
    if not first:
        return max(0, total - int(last)), total
    return int(first), min(total, int(last) + 1 if last else total)


def apply_ranges(answer, headers):
    """Validators, conditions and ranges, for a 200 whose step asks for them."""
    step = answer.step
    etag, modified = validators(step)
    if etag:
        answer.add("ETag", etag)
    if modified:
        answer.add("Last-Modified", modified)
    if not (etag or modified or step.has("ranges")):
        return
    answer.add("Accept-Ranges", "none" if step.has("norange") else "bytes")
    if (etag and headers.get("if-none-match") == etag) or (
        modified and headers.get("if-modified-since") == modified
    ):
        answer.status = 304
        return
    wanted = asked_range(answer, headers, etag, modified)
    if not wanted:
        return
    total = len(answer.body)
    if wanted[0] >= total:
        answer.status = 416
        answer.add("Content-Range", "bytes */%d" % total)
        answer.end = 0
        return
    answer.status = 206
    answer.start, answer.end = wanted[0], min(wanted[1], wanted[0] + step.number("short", total))
    if not step.has("nocr"):
        wrong = 1 if step.has("badrange") else 0
        answer.add(
            "Content-Range",
            "bytes %d-%d/%s"
            % (answer.start + wrong, answer.end - 1 + wrong, "*" if step.has("nosize") else total),
        )


def content(step, status, number, rest):
    """The body, before any range. A success does not tell how often it was asked for: it is the
    same whether or not failures came before."""
    if step.has("len"):
        seed = step.get("seed", "") + ("changed" if step.has("changed") else "")
        body = Pattern(step.number("len"), seed)
    elif status < 300:
        tail = " changed" if step.has("changed") else ""
        body = Text(("answer %d %s%s\n" % (status, rest, tail)).encode())
    else:
        body = Text(("error page %d %d %s\n" % (number, status, rest)).encode())
    if step.has("gz"):
        plain = b"".join(body.pieces(0, len(body)))
        return Text(gzip.compress(plain, mtime=0))
    return body


def set_fault(answer):
    for name in ("cut", "cutchunked", "rst", "stall", "rststream"):
        at = answer.step.get(name)
        if at is None:
            continue
        answer.fault = "close" if name.startswith("cut") else name
        answer.fault_in_head = at.startswith("h")
        answer.fault_at = int(at.lstrip("h"))
        if answer.fault_at < 0:
            answer.fault_at += answer.end - answer.start


def build(step, number, rest, headers):
    """The answer of a step with a status to a request with these headers."""
    answer = Answer(step, step.status, number)
    answer.body = content(step, step.status, number, rest)
    answer.end = len(answer.body)
    if step.status >= 300:
        answer.add("X-Page", str(number))
    answer.add("Content-Type", "application/octet-stream" if step.has("len") else "text/plain")
    if step.has("gz"):
        answer.add("Content-Encoding", "gzip")
    if step.has("date") or step.has("lm"):
        answer.add("Date", http_date(time.time()))
    if step.status == 200:
        apply_ranges(answer, headers)
    elif step.status == 416:
        answer.add("Content-Range", "bytes */%d" % len(answer.body))
    if step.gate == "basic":
        answer.add("WWW-Authenticate", 'Basic realm="%s"' % REALM)
    elif step.gate == "digest":
        answer.add("WWW-Authenticate", 'Digest realm="%s", nonce="%s", qop="auth"' % (REALM, NONCE))
    if step.has("trailer"):
        answer.add("Trailer", "X-Trailer")
        answer.trailers.append(("X-Trailer", "end"))
    for name, value in step.flags:
        if name == "ra":
            answer.add("Retry-After", retry_after(value))
        elif name == "to":
            answer.add("Location", location(value, rest))
        elif name == "cookie":
            cookie, _, text = value.partition(":")
            answer.add("Set-Cookie", "%s=%s; Path=/" % (cookie, text))
        elif name == "h":
            header, _, text = value.partition(":")
            answer.add(header, text.strip())
    set_fault(answer)
    return answer


def reason(status):
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
