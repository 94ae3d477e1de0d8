# SPDX-License-Identifier: MIT
"""The deterministic body, computable by any client.

body(length, seed): SHAKE128 of the text "curlretry:LENGTH:SEED", its first 1,048,573 bytes (the
largest prime below 1 MiB, so that no likely offset is a multiple of it) over and over, of which the
first LENGTH bytes; the second byte is replaced by NUL. SEED is empty unless given.

As a program: content.py LENGTH [SEED] writes the body to standard output.
"""

import functools
import hashlib
import sys

PERIOD = 1048573


@functools.lru_cache(maxsize=64)
def block(length, seed):
    """The first PERIOD bytes of the body, or all of it."""
    name = "curlretry:%d:%s" % (length, seed)
    data = bytearray(hashlib.shake_128(name.encode()).digest(min(length, PERIOD)))
    data[1:2] = b"\0"[: len(data[1:2])]
    return bytes(data)


class Pattern:
    """The body of so many bytes, never in memory as a whole."""

    def __init__(self, length, seed=""):
        self.length = length
        self.block = block(length, seed)

    def __len__(self):
        return self.length

    def pieces(self, start, end, most=PERIOD):
        """The bytes from start to before end, at most so many at a time."""
        while start < end:
            at = start % PERIOD
            size = min(end - start, PERIOD - at, most)
            yield memoryview(self.block)[at : at + size]
            start += size


class Text:
    """A body that is at hand."""

    def __init__(self, data):
        self.data = data

    def __len__(self):
        return len(self.data)

    def pieces(self, start, end, most=PERIOD):
        """As Pattern.pieces."""
        for at in range(start, end, most):
            yield memoryview(self.data)[at : min(at + most, end)]


def main():
    body = Pattern(int(sys.argv[1]), "".join(sys.argv[2:3]))
    for piece in body.pieces(0, len(body)):
        sys.stdout.buffer.write(piece)


if __name__ == "__main__":
    main()
