# SPDX-License-Identifier: MIT
"""HPACK: decoding by libnghttp2, which libcurl brings along; encoding in its plainest form."""

import ctypes

END_OF_BLOCK, GOT_FIELD = 1, 2


class Field(ctypes.Structure):
    """nghttp2_nv"""

    _fields_ = [
        ("name", ctypes.POINTER(ctypes.c_uint8)),
        ("value", ctypes.POINTER(ctypes.c_uint8)),
        ("name_length", ctypes.c_size_t),
        ("value_length", ctypes.c_size_t),
        ("flags", ctypes.c_uint8),
    ]


def load():
    library = ctypes.CDLL("libnghttp2.so.14")
    library.nghttp2_hd_inflate_hd2.restype = ctypes.c_ssize_t
    library.nghttp2_hd_inflate_hd2.argtypes = [
        ctypes.c_void_p, ctypes.POINTER(Field), ctypes.POINTER(ctypes.c_int), ctypes.c_char_p,
        ctypes.c_size_t, ctypes.c_int,
    ]
    for function in (library.nghttp2_hd_inflate_end_headers, library.nghttp2_hd_inflate_del):
        function.argtypes = [ctypes.c_void_p]
    return library


class Decoder:
    """The decoder of one connection. One thread."""

    def __init__(self):
        self.library = load()
        self.inflater = ctypes.c_void_p()
        if self.library.nghttp2_hd_inflate_new(ctypes.byref(self.inflater)):
            raise MemoryError

    def close(self):
        self.library.nghttp2_hd_inflate_del(self.inflater)

    def decode(self, block):
        """The pairs of a whole header block."""
        pairs = []
        field, flags = Field(), ctypes.c_int(0)
        while not flags.value & END_OF_BLOCK:
            used = self.library.nghttp2_hd_inflate_hd2(
                self.inflater, ctypes.byref(field), ctypes.byref(flags), block, len(block), 1
            )
            if used < 0:
                raise ValueError("HPACK: %d" % used)
            block = block[used:]
            if flags.value & GOT_FIELD:
                name = ctypes.string_at(field.name, field.name_length)
                value = ctypes.string_at(field.value, field.value_length)
                pairs.append((name.decode("latin-1"), value.decode("latin-1")))
        self.library.nghttp2_hd_inflate_end_headers(self.inflater)
        return pairs


def text(value):
    """A string literal, not compressed: its length with a prefix of 7 bits, then its bytes."""
    data = value.encode("latin-1")
    if len(data) < 127:
        return bytes([len(data)]) + data
    rest, size = len(data) - 127, bytearray([127])
    while rest > 127:
        size.append(rest & 127 | 128)
        rest >>= 7
    return bytes(size) + bytes([rest]) + data


def encode(pairs):
    """A header block that leaves the peer's table alone: literals, never indexed."""
    return b"".join(b"\x10" + text(name) + text(value) for name, value in pairs)
