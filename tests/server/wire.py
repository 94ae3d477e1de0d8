# SPDX-License-Identifier: MIT
"""Reading from a socket, and the ways in which a connection can end."""

import fcntl
import select
import socket
import struct
import termios
import time


class Gone(Exception):
    """The peer closed where more was due."""


class Stream:
    """A connected socket with a read buffer. Writes go straight to the socket."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    def read_some(self, limit):
        """1 to limit bytes; b"" at the end."""
        if not self.buffer:
            return self.sock.recv(min(limit, 262144))
        piece, self.buffer = self.buffer[:limit], self.buffer[limit:]
        return piece

    def read_line(self, limit=65536):
        """A line without its end; None when the peer closed before it began."""
        while b"\n" not in self.buffer:
            piece = self.sock.recv(65536)
            if not piece and not self.buffer:
                return None
            if not piece or len(self.buffer) > limit:
                raise Gone
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r")

    def read_pieces(self, length, room):
        """The next length bytes, none of the pieces longer than room() says at its time."""
        while length:
            piece = self.read_some(min(length, room()))
            if not piece:
                raise Gone
            length -= len(piece)
            yield piece

    def wait_gone(self, seconds=None):
        """Swallows what comes until the peer closes, or for so long."""
        self.sock.settimeout(seconds)
        try:
            while self.sock.recv(262144):
                pass
        except OSError:
            pass

    def flushed(self, seconds=10):
        """Waits until the peer's kernel has all that was sent: a reset throws away the rest."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                unsent = fcntl.ioctl(self.sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
            except ValueError:
                # No descriptor any more: another thread has closed it.
                raise Gone from None
            if not struct.unpack("i", unsent)[0]:
                return
            time.sleep(0.001)

    def finish(self):
        """FIN. What the peer still sends is read, else the kernel would make it a reset."""
        # Past ssl: a TLS connection ends without close_notify, as a cut one does.
        socket.socket.shutdown(self.sock, socket.SHUT_WR)
        self.wait_gone(2)
        self.sock.close()

    def reset(self):
        """RST, after the peer got what was sent before."""
        self.flushed()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def end(self, how):
        """Ends the connection by "close", "rst" or "stall" (when the client goes)."""
        if how == "rst":
            self.reset()
        elif how == "stall":
            self.wait_gone()
        else:
            self.finish()


def pending(sock):
    """Whether a TLS socket has bytes that select() cannot see."""
    return hasattr(sock, "pending") and sock.pending()


def relay(one, other):
    """Carries bytes both ways until one side ends: "close", or "rst" when it was a reset."""
    while True:
        ready = [sock for sock in (one, other) if pending(sock)]
        for sock in ready or select.select([one, other], [], [])[0]:
            try:
                piece = sock.recv(262144)
            except ConnectionResetError:
                return "rst"
            if not piece:
                return "close"
            (other if sock is one else one).sendall(piece)


def listener(backlog=1024, buffer=None):
    """A socket on a free loopback port; with backlog None it is bound but refuses. Buffer is SO_RCVBUF of
    its connections."""
    sock = socket.socket()
    if buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.bind(("127.0.0.1", 0))
    if backlog is not None:
        sock.listen(backlog)
    return sock
