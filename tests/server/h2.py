# SPDX-License-Identifier: MIT
"""HTTP/2 on one connection, with the faults that no front such as nginx makes.

The URL language is that of server.py, and means here: rst, close, cut=N and rst=N end the whole connection;
stall keeps the stream silent; refused is RST_STREAM with REFUSED_STREAM, rststream=N with INTERNAL_ERROR.
The word goaway is a GOAWAY that excludes the stream, and the end of the connection. The modifier goaway is
a GOAWAY that includes the stream, after its headers, and the end of the connection when it is complete.
early~close asks for no more of the request's body (RST_STREAM with NO_ERROR) after the answer.
"""

import socket
import struct
import threading
import time

import hpack
import script
from http1 import Request, add_header, connections
from wire import Gone, Stream

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20
NO_ERROR, INTERNAL_ERROR, REFUSED_STREAM = 0, 2, 7
MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = 3, 4
OUR_WINDOW = 1 << 20
MAX_FRAME = 16384


class Exchange:
    """One stream: a request, and how far its answer is."""

    def __init__(self, number, request, window):
        self.number = number
        self.request = request
        self.window = window
        self.taken = None
        self.answered = False
        self.dead = False


class Connection:
    """Serves one connection to its end: this thread reads, a thread for each answer writes."""

    def __init__(self, server, sock, port):
        self.server = server
        self.stream = Stream(sock)
        self.sock = sock
        self.port = port
        self.number = next(connections)
        self.decoder = hpack.Decoder()
        self.sending = threading.Lock()
        # Guards the windows and what depends on them.
        self.windows = threading.Condition()
        self.window = self.initial_window = 65535
        self.exchanges = {}
        self.over = False

    # --- reading ---

    def serve(self):
        try:
            if self.read(len(PREFACE)) != PREFACE:
                return
            settings = ((MAX_CONCURRENT_STREAMS, 128), (INITIAL_WINDOW_SIZE, OUR_WINDOW))
            self.frame(SETTINGS, 0, 0, b"".join(struct.pack("!HI", *pair) for pair in settings))
            self.frame(WINDOW_UPDATE, 0, 0, struct.pack("!I", OUR_WINDOW))
            while True:
                self.read_frame()
        except (Gone, OSError):
            pass
        finally:
            self.give_up()

    def give_up(self):
        """The connection is over: requests that did not come whole are told, answers end."""
        with self.windows:
            self.over = True
            left = [each for each in self.exchanges.values() if not each.answered]
            self.windows.notify_all()
        for exchange in left:
            self.log(exchange, "client gone")
        self.decoder.close()
        self.sock.close()

    def read(self, length):
        return b"".join(self.stream.read_pieces(length, lambda: MAX_FRAME))

    def read_frame(self):
        high, low, kind, flags, number = struct.unpack("!BHBBI", self.read(9))
        payload = self.read(high << 16 | low)
        if self.over:
            return
        if kind == HEADERS:
            self.on_headers(flags, number, self.unpadded(flags, payload))
        elif kind == DATA:
            self.on_data(flags, number, payload)
        elif kind == RST_STREAM:
            self.on_reset(number)
        elif kind == SETTINGS and not flags & ACK:
            self.on_settings(payload)
        elif kind == PING and not flags & ACK:
            self.frame(PING, ACK, 0, payload)
        elif kind == WINDOW_UPDATE:
            self.on_window(number, struct.unpack("!I", payload)[0])

    @staticmethod
    def unpadded(flags, payload):
        return payload[1 : len(payload) - payload[0]] if flags & PADDED else payload

    def on_headers(self, flags, number, block):
        if flags & WITH_PRIORITY:
            block = block[5:]
        ended = flags & END_STREAM
        while not flags & END_HEADERS:
            high, low, _, flags, _ = struct.unpack("!BHBBI", self.read(9))
            block += self.read(high << 16 | low)
        pairs = self.decoder.decode(block)
        exchange = self.exchanges.get(number)
        if not exchange:
            exchange = self.begin(number, pairs)
        self.progress(exchange, ended)

    def begin(self, number, pairs):
        """A new request; takes its step."""
        pseudo = {name: value for name, value in pairs if name.startswith(":")}
        headers = {"host": pseudo[":authority"]} if ":authority" in pseudo else {}
        for name, value in pairs:
            if not name.startswith(":"):
                add_header(headers, name, value)
        request = Request(pseudo[":method"], pseudo.get(":path", ""), "HTTP/2", headers)
        exchange = Exchange(number, request, self.initial_window)
        try:
            exchange.taken = self.server.scripts.take(
                request.target, request.method, request.header("authorization")
            ) or (script.Step("404"), 1, request.target)
        except script.BadScript:
            exchange.taken = script.Step("400"), 1, request.target
        step = exchange.taken[0]
        request.limit = 0 if step.has("early") else step.number("in")
        self.exchanges[number] = exchange
        return exchange

    def on_data(self, flags, number, payload):
        if payload:
            for target in (0, number):
                self.frame(WINDOW_UPDATE, 0, target, struct.pack("!I", len(payload)))
        exchange = self.exchanges.get(number)
        if not exchange:
            return
        if not exchange.answered:
            exchange.request.got(self.unpadded(flags, payload)[: exchange.request.room()])
        self.progress(exchange, flags & END_STREAM)

    def progress(self, exchange, ended):
        """Starts the answer when enough of the request is here."""
        request = exchange.request
        if exchange.answered or not (ended or request.received == request.limit):
            return
        request.complete = bool(ended)
        exchange.answered = True
        threading.Thread(target=self.answer, args=(exchange,), daemon=True).start()

    def on_reset(self, number):
        exchange = self.exchanges.get(number)
        if not exchange:
            return
        with self.windows:
            exchange.dead = True
            self.windows.notify_all()
        if not exchange.answered:
            exchange.answered = True
            self.log(exchange, "client gone")

    def on_settings(self, payload):
        for name, value in struct.iter_unpack("!HI", payload):
            if name == INITIAL_WINDOW_SIZE:
                with self.windows:
                    for exchange in self.exchanges.values():
                        exchange.window += value - self.initial_window
                    self.initial_window = value
                    self.windows.notify_all()
        self.frame(SETTINGS, ACK, 0, b"")

    def on_window(self, number, more):
        with self.windows:
            if not number:
                self.window += more
            elif number in self.exchanges:
                self.exchanges[number].window += more
            self.windows.notify_all()

    # --- writing ---

    def frame(self, kind, flags, number, payload):
        size = len(payload)
        head = struct.pack("!BHBBI", size >> 16, size & 0xFFFF, kind, flags, number)
        with self.sending:
            self.sock.sendall(head + payload)

    def send_headers(self, exchange, pairs, flags=0):
        block = hpack.encode((name.lower(), value) for name, value in pairs)
        self.frame(HEADERS, END_HEADERS | flags, exchange.number, block)

    def reset_stream(self, exchange, why):
        self.frame(RST_STREAM, 0, exchange.number, struct.pack("!I", why))

    def goaway(self, last):
        self.frame(GOAWAY, 0, 0, struct.pack("!II", last, NO_ERROR))

    def log(self, exchange, answer):
        step, number, _ = exchange.taken
        self.server.ledger.write(
            conn=self.number, port=self.port, stream=exchange.number, **exchange.request.told(),
            step=step.text, number=number, answer=answer,
        )

    def answer(self, exchange):
        try:
            self.answer_step(exchange, *exchange.taken)
        except (Gone, OSError):
            pass
        finally:
            with self.windows:
                self.exchanges.pop(exchange.number, None)

    def answer_step(self, exchange, step, number, rest):
        if step.has("delay"):
            time.sleep(step.number("delay") / 1000)
        if step.word:
            self.log(exchange, step.word)
            self.fail(exchange, step.word)
            return
        request = exchange.request
        headers = {name: request.header(name) for name in request.headers}
        answer = script.build(step, number, rest, headers)
        self.log(exchange, answer.told())
        self.send(exchange, answer)

    def fail(self, exchange, how):
        """Ends the stream or the connection. The reading thread closes the socket: it may be reading."""
        if how == "refused":
            self.reset_stream(exchange, REFUSED_STREAM)
        elif how == "rststream":
            self.reset_stream(exchange, INTERNAL_ERROR)
        elif how == "rst":
            self.stream.flushed()
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.sock.shutdown(socket.SHUT_RD)
        elif how != "stall":
            if how == "garbage":
                self.sock.sendall(b"this is no HTTP/2, and not at all a frame")
            if how == "goaway":
                self.goaway(max(0, exchange.number - 2))
            self.end()

    def end(self):
        """FIN; what still comes is read and forgotten."""
        with self.windows:
            self.over = True
            self.windows.notify_all()
        self.sock.shutdown(socket.SHUT_WR)

    def send(self, exchange, answer):
        step = answer.step
        for status in ("100", "103"):
            if step.has(status):
                self.send_headers(exchange, [(":status", status), ("x-interim", "yes")])
        pairs = [(":status", str(answer.status)), *answer.headers]
        if answer.has_body and not answer.chunked and not step.has("eof"):
            pairs.append(("content-length", str(answer.end - answer.start)))
        if answer.fault_in_head:
            self.fail(exchange, answer.fault)
            return
        bare = exchange.request.method == "HEAD" or answer.start == answer.end or not answer.has_body
        self.send_headers(exchange, pairs, END_STREAM if bare and not answer.fault else 0)
        if step.has("goaway"):
            self.goaway(exchange.number)
        if not bare:
            self.send_body(exchange, answer)
        if answer.fault:
            self.fail(exchange, answer.fault)
        elif step.has("goaway"):
            self.end()
        elif step.has("close") and not exchange.request.complete:
            self.reset_stream(exchange, NO_ERROR)

    def send_body(self, exchange, answer):
        at, end = answer.start, answer.end
        most, pause = MAX_FRAME, 0
        if answer.step.has("pace"):
            most, pause = (int(part) for part in answer.step.get("pace").split(":"))
        if answer.fault:
            end = min(end, at + answer.fault_at)
        whole = not answer.fault and not answer.trailers
        while at < end:
            time.sleep(pause / 1000)
            size = self.reserve(exchange, min(end - at, most))
            piece = b"".join(answer.body.pieces(at, at + size))
            at += size
            self.frame(DATA, END_STREAM if whole and at == end else 0, exchange.number, piece)
        if answer.trailers:
            self.send_headers(exchange, answer.trailers, END_STREAM)

    def reserve(self, exchange, wanted):
        """Waits until some of so many bytes may be sent; how many."""
        with self.windows:
            while True:
                if self.over or exchange.dead:
                    raise Gone
                size = min(wanted, self.window, exchange.window)
                if size > 0:
                    self.window -= size
                    exchange.window -= size
                    return size
                self.windows.wait()
