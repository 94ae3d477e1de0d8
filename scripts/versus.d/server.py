# SPDX-License-Identifier: MIT
"""A server that fails as a request's path says: /KIND/NAME, a NAME being one transfer's.

It counts each transfer's requests, how often it was executed, and the bytes that it was sent.
"""

import hashlib
import http.server
import socket
import struct
import threading
import time

KIB = 1024
MIB = 1024 * KIB


def content(length, seed):
    block = b"".join(hashlib.sha256(b"%d %d" % (seed, i)).digest() for i in range(2048))
    return (block * (length // len(block) + 1))[:length]


BODIES = {
    "small": content(20 * KIB, 1),
    "medium": content(512 * KIB, 2),
    "large": content(40 * MIB, 3),
    "changed": content(512 * KIB, 4),
}

# kind: (what the first two requests get, or the first; which body; its validator)
KINDS = {
    "503": ("503", "small", '"a"'),
    "429": ("429", "small", '"a"'),
    "reset": ("reset", "small", '"a"'),
    "cut-256K": ("cut", "medium", '"a"'),
    "cut-20M": ("cut", "large", '"a"'),
    "cut-weak": ("cut", "medium", 'W/"a"'),
    "changed": ("cut", "medium", '"a"'),
    "stall": ("stall", "medium", '"a"'),
    "post-done": ("executed", "small", None),
    "post-503": ("503", "small", None),
    "put-100K": ("503", "small", None),
    "put-3M": ("503", "small", None),
}


class Transfer:
    """What has come of one name."""

    def __init__(self):
        self.requests = 0
        self.executed = 0
        self.sent = 0
        self.keys = set()
        self.bodies = set()


transfers = {}
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def read_body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = []
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                part = self.rfile.read(size)
                self.rfile.readline()
                if not size:
                    return b"".join(parts)
                parts.append(part)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def refuse(self, status):
        page = b"error page\n" * 20
        self.send_response(status)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def answer(self, transfer, body, validator, fault):
        first, status = 0, 200
        asked = self.headers.get("Range")
        if asked and asked.startswith("bytes=") and asked.endswith("-"):
            condition = self.headers.get("If-Range")
            if condition in (None, validator):
                first, status = int(asked[6:-1]), 206
        part = body[first:]
        self.send_response(status)
        self.send_header("Content-Length", str(len(part)))
        if validator:
            self.send_header("ETag", validator)
            self.send_header("Accept-Ranges", "bytes")
        if status == 206:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (first, len(body) - 1, len(body)))
        self.end_headers()
        if fault:
            part = part[: len(body) // 2]
        with lock:
            transfer.sent += len(part)
        self.wfile.write(part)
        if fault == "stall":
            time.sleep(8)
        if fault:
            self.close_connection = True

    def handle_any(self):
        kind, name = self.path.strip("/").split("/")
        fault, body, validator = KINDS[kind]
        sent = self.read_body() if self.command in ("POST", "PUT") else b""
        key = self.headers.get("Idempotency-Key")
        with lock:
            transfer = transfers.setdefault(name, Transfer())
            transfer.requests += 1
            number = transfer.requests
        body = BODIES[body]
        if kind == "changed" and number > 1:
            body, validator = BODIES["changed"], '"b"'
        fails = number <= (1 if fault in ("cut", "stall", "executed") else 2)
        if fails and fault in ("503", "429"):
            self.refuse(int(fault))
        elif fails and fault == "reset":
            self.reset()
        else:
            if self.command in ("POST", "PUT"):
                with lock:
                    if not key or key not in transfer.keys:
                        transfer.executed += 1
                    transfer.keys.add(key)
                    transfer.bodies.add(hashlib.sha256(sent).hexdigest())
            if fails and fault == "executed":
                self.reset()
            else:
                self.answer(transfer, body, validator, fault if fails else None)

    do_GET = do_POST = do_PUT = handle_any


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def start():
    """A server in a thread of its own; its port."""
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
