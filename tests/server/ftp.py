# SPDX-License-Identifier: MIT
"""FTP, as much as libcurl needs to fetch and store, with the faults of the same URL language.

ftp://127.0.0.1:PORT/s/STEP,.../KEY/NAME: each RETR, STOR or APPE of a path takes a step. libcurl decodes an
FTP path, so "/" inside a value is written %252F.

200 with len, seed, cut=N, rst=N (of the data connection; N counts from where REST says), stall=N,
close (the control connection goes too, when the transfer is over); 4xx and 5xx refuse the transfer,
421 also ends the control connection; the words rst, close, stall, garbage happen to the control
connection instead of an answer. "changed" is another content and another time (MDTM), "now" the time
this server was started at; with "nosize" and "nomdtm" these commands are not known for the file, with
"norange" REST is not. Each folder lists one file, x; in a folder "refused" CWD is not known;
within a folder "nodata" (whose CWD is in the ledger, under KEY) the port for the data refuses.
"""

import hashlib
import posixpath
import time

import script
from wire import Gone, Stream, listener


NOW = time.strftime("%Y%m%d%H%M%S", time.gmtime())


class Over(Exception):
    """The control connection is over."""


class Session:
    """One control connection."""

    def __init__(self, server, sock, number):
        self.server = server
        self.stream = Stream(sock)
        self.sock = sock
        self.number = number
        self.folder = "/"
        self.offset = 0
        self.passive = None
        self.has_data = True
        # The last one that SIZE or MDTM were about: REST does not name a file.
        self.step = None

    def serve(self, greeting):
        try:
            self.reply(greeting, "curlretry")
            if greeting != "220":
                self.server.ledger.write(port="ftp", conn=self.number, step=greeting, answer=greeting)
                self.stream.finish()
                return
            while True:
                line = self.stream.read_line()
                if line is None:
                    return
                verb, _, value = line.decode().partition(" ")
                getattr(self, "do_" + verb.lower(), self.unknown)(value)
        except (Gone, Over, OSError):
            pass
        finally:
            self.sock.close()
            if self.passive:
                self.passive.close()

    def reply(self, code, text):
        self.sock.sendall(("%s %s\r\n" % (code, text)).encode())

    def unknown(self, _value):
        self.reply(502, "not implemented")

    def do_user(self, _value):
        self.reply(331, "password")

    def do_pass(self, _value):
        self.reply(230, "welcome")

    def do_pwd(self, _value):
        self.reply(257, '"%s"' % self.folder)

    def do_cwd(self, value):
        if value == "refused":
            self.unknown(value)
            return
        self.folder = posixpath.join(self.folder, value)
        if value == "nodata":
            self.has_data = False
            self.server.ledger.write(port="ftp", conn=self.number, path=self.folder + "/", step="CWD")
        self.reply(250, "done")

    def do_type(self, _value):
        self.reply(200, "done")

    def do_noop(self, _value):
        self.reply(200, "done")

    def do_quit(self, _value):
        self.reply(221, "bye")
        raise Over

    def listen(self):
        if self.passive:
            self.passive.close()
        self.passive = listener(backlog=1)
        self.passive.settimeout(10)
        port = self.passive.getsockname()[1]
        if not self.has_data:
            self.passive.close()
        return port

    def do_epsv(self, _value):
        self.reply(229, "passive (|||%d|)" % self.listen())

    def do_pasv(self, _value):
        self.reply(227, "passive (127,0,0,1,%d,%d)" % divmod(self.listen(), 256))

    def do_rest(self, value):
        if self.step and self.step.has("norange"):
            self.unknown(value)
            return
        self.offset = int(value)
        self.reply(350, "from %d" % self.offset)

    def take(self, name, verb, peek=False):
        """(path, step, number, rest) of the next step for a file; None: no such file."""
        path = posixpath.join(self.folder, name)
        try:
            taken = self.server.scripts.take(path, verb, peek=peek)
        except script.BadScript:
            taken = None
        if not taken:
            self.reply(550, "no such file")
            return None
        return (path, *taken)

    def do_size(self, value):
        taken = self.take(value, "SIZE", peek=True)
        if not taken:
            return
        _, self.step, number, rest = taken
        if self.step.has("nosize"):
            self.unknown(value)
        else:
            self.reply(213, len(script.content(self.step, 200, number, rest)))

    def do_mdtm(self, value):
        taken = self.take(value, "MDTM", peek=True)
        if not taken:
            return
        self.step = taken[1]
        if self.step.has("nomdtm"):
            self.sock.sendall(b"502-It is\r\n")
            self.unknown(value)
        else:
            self.reply(213, self.time())

    def time(self):
        if self.step.has("now"):
            return NOW
        return "20240102000000" if self.step.has("changed") else "20240101000000"

    def begin(self, name, verb):
        """(path, answer) of a transfer that is to take place; None when it was refused."""
        taken = self.take(name, verb)
        if not taken:
            return None
        path, step, number, rest = taken
        if step.word:
            self.log(verb, path, step, number, step.word)
            if step.word == "garbage":
                self.sock.sendall(b"\x15\x03\x01 this is no FTP\r\n")
            self.stream.end(step.word)
            raise Over
        answer = script.build(step, number, rest, {})
        answer.start = min(self.offset, answer.end)
        script.set_fault(answer)
        if step.status >= 400:
            self.log(verb, path, step, number, answer.told())
            self.reply(step.status, "error page %d" % number)
            if step.status == 421:
                raise Over
            return None
        return path, answer

    def log(self, verb, path, step, number, answer, data=None):
        self.server.ledger.write(
            conn=self.number, port="ftp", method=verb, path=path, version="FTP", offset=self.offset,
            body_received=0 if data is None else len(data),
            body_sha256=None if data is None else hashlib.sha256(data).hexdigest(),
            step=step.text, number=number, answer=answer,
        )

    def data(self):
        """The data connection."""
        self.reply(150, "here it comes")
        return Stream(self.passive.accept()[0])

    def done(self, answer):
        """The last word on a transfer."""
        self.offset = 0
        if answer.fault:
            self.reply(426, "transfer aborted")
        else:
            self.reply(226, "done")
        if answer.step.has("close"):
            raise Over

    def do_list(self, _value):
        data = self.data()
        data.sock.sendall(b"-rw-r--r-- 1 user group 10 Jan  1  2024 x\r\n")
        data.sock.close()
        self.reply(226, "done")

    def do_retr(self, value):
        begun = self.begin(value, "RETR")
        if not begun:
            return
        path, answer = begun
        self.log("RETR", path, answer.step, answer.number, answer.told())
        data = self.data()
        end = answer.end
        if answer.fault:
            end = min(end, answer.start + answer.fault_at)
        for piece in answer.body.pieces(answer.start, end):
            data.sock.sendall(piece)
        # Not finish(): the client closes its end only after the last word.
        if answer.fault in ("rst", "stall"):
            data.end(answer.fault)
        else:
            data.sock.close()
        self.done(answer)

    def do_stor(self, value):
        self.store(value, "STOR")

    def do_appe(self, value):
        self.store(value, "APPE")

    def store(self, value, verb):
        begun = self.begin(value, verb)
        if not begun:
            return
        path, answer = begun
        data = self.data()
        received = b""
        limit = answer.step.number("in")
        while limit is None or len(received) < limit:
            piece = data.read_some(262144 if limit is None else limit - len(received))
            if not piece:
                break
            received += piece
        if limit is None:
            data.sock.close()
        else:
            answer.fault, answer.fault_at = "rst", limit
            data.reset()
        self.log(verb, path, answer.step, answer.number, answer.told(), received)
        self.done(answer)
