# SPDX-License-Identifier: MIT
"""A server that fails on purpose, on loopback only.

THE URL SAYS HOW:  /s/STEP,STEP,.../KEY/...     e.g.  /s/503~ra=2,rst,200~len=5000/a

The n-th request for a path (query apart) gets its n-th step; the last step repeats. A step is a
status or a word, then modifiers after "~". Values are percent-decoded after the path was split,
so "/", "," and "~" inside a value are written %2F, %2C, %7E. A mistake is answered 400 Bad Script.

words      rst  reset after the request was read        close  FIN instead of an answer
           stall  never an answer                       garbage  something that is not HTTP
           refused, goaway  over HTTP/2 only (h2.py)

body       len=N  the pattern of content.py (seed=TEXT: another one); without it a line of text:
           "answer STATUS /KEY/..." below 300, else "error page N STATUS /KEY/..." for the N-th request
           chunked   trailer (chunked, "X-Trailer: end")   eof (until close)   gz (Content-Encoding)
           pace=BYTES:MS  so much at a time, with a pause before each
faults     cut=N  FIN after N bytes of the body, of the length announced     rst=N  likewise, RST
           stall=N  likewise, then silence until the client goes    cutchunked=N  chunked~cut=N
           N may be negative (from the end), or hN: N bytes of the head
request    in=N  answer (or fail: rst~in=N) when N bytes of the request body were read, and the rest after that
           early  is in=0 and sends no 100 Continue         noexpect  no 100 Continue
answer     ra=2  ra=date+3  ra=date-60  ra=raw:TEXT  Retry-After      delay=MS   close  Connection: close
           to=/PATH  to=URL  to=SCRIPT (the same KEY under another script)  Location
           cookie=NAME:VALUE  h=NAME:VALUE   date  Date   100, 103  such an interim answer first
           crcr  the head's lines end in CR CR LF, as a CGI's whose line ends were converted twice
login      401~digest, 401~basic  a gate: from here on requests without user:secret get this 401,
           which uses up no step; the others get the steps after it (200 when there is none)
ranges     etag=X  weak=X  lm  lm=SECONDS (from now)  validators; ranges  none, but ranges all the same.
           With any of them Range, If-Range, If-None-Match are honoured, unless
           norange (200)   badrange (Content-Range one too high)   nocr (206 without Content-Range)
           nosize (Content-Range without the whole's size)   short=N  a 206 is N bytes at most, and says so
           changed  other content, ETag, date;   the status 416 is a step of its own
HTTP/2     rststream=N  RST_STREAM after N bytes of the body   goaway  GOAWAY after the answer's headers

PORTS      told in one line on standard output once all of them listen: "http=40001 tls=40002 ..."
  http     always
  tls      --tls CERT KEY; --tls-cut N cuts the first N handshakes, and a host name (SNI) such as
           cut2-x.curlretry.test the first two of that name; --tls-buffer N: the kernel takes in so little
           (SO_RCVBUF), what is not read stays with the client
  accept   --accept-script STEPS: the n-th connection meets the n-th of rst, close, stall, ok, before
           anything is read
  proxy    --proxy, --proxy-script STEPS: the n-th CONNECT gets the n-th step, 200 is a tunnel to that
           port of loopback; --proxy-auth asks for user:secret. Plain requests are answered here
  late     --late FILE: refuses connections until FILE exists
  ftp      --ftp [STEPS]: see ftp.py; the n-th connection is greeted with the n-th status (220, 421)
  sftp     --sftp: see sftp.py
  h2       --h2: HTTP/2 with prior knowledge, our own; with --tls also h2tls, by ALPN (h2.py)
  nginx    --nginx: HTTP/2 with prior knowledge in front of http; nginxbuf: takes the whole request
           body before it asks us; with --tls also nginxtls

--git FOLDER: no port of its own, but URLs of the form /git/STEP,STEP,.../KEY/REPOSITORY: see git.py.
--ledger FILE: each request, a JSON line, written before its answer can be complete. --steady FILE:
while FILE exists each request gets the last step of its script.
The server ends when the process --parent ends, and after --life seconds.
"""

import argparse
import os
import signal
import socket
import ssl
import sys
import threading
import time

import h2
import script
from front import Front
from ftp import Session
from http1 import Connection
from ledger import Ledger
from wire import Stream, listener, relay


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ledger")
    parser.add_argument("--steady", default="")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    parser.add_argument("--tls-cut", type=int, default=0)
    parser.add_argument("--tls-buffer", type=int)
    parser.add_argument("--accept-script")
    parser.add_argument("--proxy", action="store_true")
    parser.add_argument("--proxy-script", default="200")
    parser.add_argument("--proxy-auth", action="store_true")
    parser.add_argument("--late")
    parser.add_argument("--ftp", nargs="?", const="220")
    parser.add_argument("--sftp", action="store_true")
    parser.add_argument("--h2", action="store_true")
    parser.add_argument("--git", metavar="FOLDER")
    parser.add_argument("--nginx", action="store_true")
    parser.add_argument("--parent", type=int)
    parser.add_argument("--life", type=float, default=3600)
    return parser.parse_args()


def nth(steps, number):
    """The step for the number-th event, counted from 1; the last one repeats."""
    steps = steps.split(",")
    return steps[min(number, len(steps)) - 1]


class Counter:
    """How often something happened, by key. Any thread."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = {}

    def next(self, key=""):
        with self.lock:
            self.counts[key] = self.counts.get(key, 0) + 1
            return self.counts[key]


class Server:
    """What all connections share."""

    def __init__(self, options):
        self.options = options
        self.ledger = Ledger(options.ledger)
        self.scripts = script.Scripts(lambda: os.path.exists(options.steady))
        self.connects = Counter()
        self.accepts = Counter()
        self.handshakes = Counter()
        self.greetings = Counter()
        self.ports = {}

    def connect_step(self, authorization):
        """(step, how many CONNECTs this makes) for a CONNECT."""
        if self.options.proxy_auth and not script.authorised("basic", "CONNECT", authorization):
            return script.Step('407~h=Proxy-Authenticate:Basic realm="proxy"'), 0
        number = self.connects.next()
        return script.Step(nth(self.options.proxy_script, number)), number

    def open(self, name, handle, sock=None):
        """Calls handle(socket) in a thread for each connection to a new port."""
        sock = sock or listener()
        self.ports[name] = sock.getsockname()[1]
        threading.Thread(target=self.accept, args=(sock, handle), daemon=True).start()

    @staticmethod
    def accept(listening, handle):
        while True:
            sock = listening.accept()[0]
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=handle, args=(sock,), daemon=True).start()

    def http(self, port):
        """A handler of plain connections that the ledger knows by this name."""
        return lambda sock: Connection(self, sock, port).serve()

    def faulty_accept(self, sock):
        number = self.accepts.next()
        step = nth(self.options.accept_script, number)
        if step == "ok":
            Connection(self, sock, "accept").serve()
            return
        self.ledger.write(port="accept", number=number, step=step, answer=step)
        try:
            Stream(sock).end(step)
        except OSError:
            sock.close()

    def http2(self, sock):
        h2.Connection(self, sock, "h2").serve()

    def to_http2(self, sock):
        """A TLS connection: two threads may not use it at once, as h2.Connection would."""
        try:
            with socket.create_connection(("127.0.0.1", self.ports["h2"])) as plain:
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                Stream(sock).end(relay(sock, plain))
        except OSError:
            sock.close()

    def ftp(self, sock):
        number = self.greetings.next()
        Session(self, sock, number).serve(nth(self.options.ftp, number))

    def open_late(self, path):
        sock = listener(backlog=None)
        self.ports["late"] = sock.getsockname()[1]

        def wait():
            while not os.path.exists(path):
                time.sleep(0.005)
            sock.listen(64)
            self.accept(sock, self.http("late"))

        threading.Thread(target=wait, daemon=True).start()


class Tls:
    """The TLS side of a port: a context, and which handshakes are cut."""

    def __init__(self, server, protocols):
        self.server = server
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*server.options.tls)
        self.context.set_alpn_protocols(protocols)
        self.context.sni_callback = self.by_name

    def by_name(self, sock, name, _context):
        """Cuts the first N handshakes for cutN-ANYTHING: an alert is all that ssl lets us send, so
        the way out is closed first."""
        count = (name or "")[3:].partition("-")[0]
        if not (name or "").startswith("cut") or not count.isdigit():
            return None
        number = self.server.handshakes.next(name)
        if number > int(count):
            return None
        self.server.ledger.write(port="tls", number=number, step="cut", answer="cut", host=name)
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
        return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR

    def accept(self, sock, handle):
        """Does the handshake, then handle(socket)."""
        number = self.server.handshakes.next()
        if number <= self.server.options.tls_cut:
            self.server.ledger.write(port="tls", number=number, step="cut", answer="cut")
            sock.recv(1)
            Stream(sock).finish()
            return
        try:
            secured = self.context.wrap_socket(sock, server_side=True)
        except OSError:
            sock.close()
            return
        handle(secured)


def watch(options, front):
    """Returns when it is time to end."""
    end = time.monotonic() + options.life
    while time.monotonic() < end:
        if front and front.ended():
            raise SystemExit("nginx ended by itself")
        if options.parent:
            try:
                os.kill(options.parent, 0)
            except ProcessLookupError:
                return
        time.sleep(0.25)


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = Server(options)
    front = None
    server.open("http", server.http("http"))
    if options.proxy:
        server.open("proxy", server.http("proxy"))
    if options.accept_script:
        server.open("accept", server.faulty_accept)
    if options.late:
        server.open_late(options.late)
    if options.ftp:
        server.open("ftp", server.ftp)
    if options.sftp:
        # Not at the top: it needs what only its own test needs.
        from sftp import Door

        server.open("sftp", Door(server).serve)
    if options.tls:
        tls = Tls(server, ["http/1.1"])
        server.open("tls", lambda sock: tls.accept(sock, server.http("tls")),
                    listener(buffer=options.tls_buffer))
    if options.h2:
        server.open("h2", server.http2)
    if options.h2 and options.tls:
        h2tls = Tls(server, ["h2"])
        server.open("h2tls", lambda sock: h2tls.accept(sock, server.to_http2))
    if options.nginx:
        front = Front(server.ports["http"], options.tls)
        server.ports.update(front.ports)
    print(" ".join("%s=%d" % port for port in server.ports.items()), flush=True)
    try:
        watch(options, front)
    finally:
        if front:
            front.stop()


if __name__ == "__main__":
    main()
