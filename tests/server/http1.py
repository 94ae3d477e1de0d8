# SPDX-License-Identifier: MIT
"""HTTP/1.1 on one connection, in ways that a server should not. Also the proxy."""

import hashlib
import itertools
import socket
import time
import urllib.parse

import git
import script
from wire import Gone, Stream, relay

connections = itertools.count(1)


class Request:
    """A request, whose body may be unread or read in part."""

    def __init__(self, method, target, version, headers):
        self.method = method
        self.target = target
        self.version = version
        # Values by lower-case name; a list where a name came more than once.
        self.headers = headers
        self.received = 0
        # How much of the body to read before the answer; None: all of it.
        self.limit = None
        self.digest = hashlib.sha256()
        # The body, for who needs more than its digest.
        self.kept = bytearray() if git.concerns(target) else None
        self.complete = False

    def header(self, name):
        value = self.headers.get(name, "")
        return value[-1] if isinstance(value, list) else value

    @property
    def chunked(self):
        return self.header("transfer-encoding").lower() == "chunked"

    @property
    def length(self):
        """What was announced: a number, "chunked", or None for no body."""
        if self.chunked:
            return "chunked"
        length = self.header("content-length")
        return int(length) if length else None

    def room(self):
        """How much of the body may be read at once."""
        return 262144 if self.limit is None else self.limit - self.received

    def got(self, piece):
        self.digest.update(piece)
        if self.kept is not None:
            self.kept += piece
        self.received += len(piece)

    def told(self):
        """What the ledger says of it."""
        return {
            "method": self.method,
            "path": self.target,
            "version": self.version,
            "headers": self.headers,
            "body_length": self.length,
            "body_received": self.received,
            "body_sha256": self.digest.hexdigest(),
            "complete": self.complete,
        }


def add_header(headers, name, value):
    if name not in headers:
        headers[name] = value
    elif isinstance(headers[name], list):
        headers[name].append(value)
    else:
        headers[name] = [headers[name], value]


def head_of(answer, keep):
    """The status line and headers, to the empty line."""
    lines = ["HTTP/1.1 %d %s" % (answer.status, script.reason(answer.status))]
    lines += ["%s: %s" % pair for pair in answer.headers]
    if answer.has_body and not answer.step.has("eof"):
        if answer.chunked:
            lines.append("Transfer-Encoding: chunked")
        else:
            lines.append("Content-Length: %d" % (answer.end - answer.start))
    if not keep:
        lines.append("Connection: close")
    end = "\r\r\n" if answer.step.has("crcr") else "\r\n"
    return (end.join(lines) + end + end).encode("latin-1")


class Connection:
    """Serves one connection to its end."""

    def __init__(self, server, sock, port):
        self.server = server
        self.stream = Stream(sock)
        self.sock = sock
        self.port = port
        self.number = next(connections)

    def serve(self):
        try:
            while self.serve_one():
                pass
        except (Gone, OSError):
            pass
        finally:
            self.sock.close()

    def serve_one(self):
        """One request; False when the connection is over."""
        request = self.read_head()
        if not request:
            return False
        if request.method == "CONNECT":
            return self.serve_connect(request)
        authorization = request.header("authorization")
        try:
            taken = self.server.scripts.take(request.target, request.method, authorization)
            step, number, rest = taken or (script.Step("404"), 1, request.target)
            return self.serve_step(request, step, number, rest)
        except ValueError as error:
            return self.serve_bad(request, str(error))

    def read_head(self):
        line = self.stream.read_line()
        if line is None:
            return None
        method, target, version = line.decode("latin-1").split(" ")
        headers = {}
        while True:
            line = self.stream.read_line()
            if line is None:
                raise Gone
            if not line:
                break
            name, _, value = line.decode("latin-1").partition(":")
            add_header(headers, name.lower(), value.strip())
        # A proxy's form of the target: what it asks for is here too, so nothing is forwarded.
        if "://" in target:
            url = urllib.parse.urlsplit(target)
            target = urllib.parse.urlunsplit(("", "", url.path or "/", url.query, ""))
        return Request(method, target, version, headers)

    def body_pieces(self, request):
        """The request's body, chunks joined, and no piece beyond request.limit."""
        if not request.chunked:
            yield from self.stream.read_pieces(request.length or 0, request.room)
            return
        while True:
            line = self.stream.read_line()
            if line is None:
                raise Gone
            size = int(line.split(b";")[0], 16)
            if not size:
                break
            yield from self.stream.read_pieces(size, request.room)
            if self.stream.read_line() is None:
                raise Gone
        while self.stream.read_line():
            pass

    def read_body(self, request, step):
        """Reads the body as far as the step wants; returns the reader of the rest."""
        request.limit = 0 if step.has("early") else step.number("in")
        pieces = self.body_pieces(request)
        if request.limit == 0 and request.length:
            return pieces
        if request.header("expect").lower() == "100-continue" and not step.has("noexpect"):
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        for piece in pieces:
            request.got(piece)
            if request.received == request.limit:
                return pieces
        request.complete = True
        return pieces

    def log(self, request, step, number, answer):
        self.server.ledger.write(
            conn=self.number, port=self.port, **request.told(), step=step.text, number=number,
            answer=answer,
        )

    def serve_bad(self, request, why):
        self.log(request, script.Step("400"), 0, "bad script: " + why)
        body = ("bad script: %s\n" % why).encode()
        head = "HTTP/1.1 400 Bad Script\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        self.sock.sendall((head % len(body)).encode() + body)
        self.stream.finish()
        return False

    def serve_step(self, request, step, number, rest):
        """Reads the body as far as the step wants, and does what it says."""
        try:
            unread = self.read_body(request, step)
        except (Gone, OSError, ValueError):
            self.log(request, step, number, "client gone")
            raise Gone from None
        if step.has("delay"):
            time.sleep(step.number("delay") / 1000)
        if step.word:
            self.log(request, step, number, step.word)
            if step.word == "garbage":
                self.sock.sendall(b"\x15\x03\x01 this is no HTTP\r\n\r\n")
            self.stream.end(step.word)
            return False
        answer = self.answer(request, step, number, rest)
        self.log(request, step, number, answer.told())
        return self.send(request, answer) and self.drop(request, unread)

    def answer(self, request, step, number, rest):
        if git.concerns(request.target) and step.status == 200:
            return git.answer(self.server.options.git, step, number, rest, request)
        headers = {name: request.header(name) for name in request.headers}
        return script.build(step, number, rest, headers)

    @staticmethod
    def drop(request, unread):
        """Reads the rest of the body of a request that was answered early."""
        request.limit = None
        for _ in unread:
            pass
        return True

    def send(self, request, answer):
        """Sends the answer; whether the connection lives on."""
        step = answer.step
        keep = not (
            step.has("close") or step.has("eof") or request.version == "HTTP/1.0"
            or request.header("connection").lower() == "close"
        )
        for status in ("100", "103"):
            if step.has(status):
                line = "HTTP/1.1 %s %s\r\n" % (status, script.reason(int(status)))
                self.sock.sendall((line + "X-Interim: yes\r\n\r\n").encode())
        head = head_of(answer, keep)
        if answer.fault_in_head:
            self.sock.sendall(head[: answer.fault_at])
            self.stream.end(answer.fault)
            return False
        if request.method == "HEAD" or not answer.has_body:
            self.sock.sendall(head)
        else:
            self.send_body(head, answer)
        if answer.fault:
            self.stream.end(answer.fault)
            return False
        if not keep:
            self.stream.finish()
        return keep

    def send_body(self, head, answer):
        end = answer.end
        if answer.fault:
            end = min(end, answer.start + answer.fault_at)
        most, pause = 262144, 0
        if answer.step.has("pace"):
            most, pause = (int(part) for part in answer.step.get("pace").split(":"))
        elif answer.chunked:
            most = 8192
        # The head waits for the first piece: a small answer is one segment.
        for piece in answer.body.pieces(answer.start, end, most):
            if answer.chunked:
                piece = b"%x\r\n%s\r\n" % (len(piece), bytes(piece))
            if pause:
                time.sleep(pause / 1000)
            if len(piece) < 4096:
                head += piece
                if pause:
                    self.sock.sendall(head)
                    head = b""
                continue
            if head:
                self.sock.sendall(head)
                head = b""
            self.sock.sendall(piece)
        if answer.chunked and not answer.fault:
            trailers = "".join("%s: %s\r\n" % pair for pair in answer.trailers)
            head += ("0\r\n%s\r\n" % trailers).encode()
        self.sock.sendall(head)

    def serve_connect(self, request):
        """CONNECT, as the proxy's script says: 200 builds a tunnel."""
        step, number = self.server.connect_step(request.header("proxy-authorization"))
        if step.status != 200:
            return self.serve_step(request, step, number, "/" + request.target)
        request.complete = True
        port = int(request.target.rpartition(":")[2])
        try:
            # Whatever the name, never farther than this machine.
            upstream = socket.create_connection(("127.0.0.1", port), 5)
        except OSError:
            return self.serve_step(request, script.Step("502"), number, "/" + request.target)
        self.log(request, step, number, "200")
        with upstream:
            self.sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            upstream.sendall(self.stream.buffer)
            self.stream.end(relay(self.sock, upstream))
        return False
