# SPDX-License-Identifier: MIT
"""The ledger: what the server was asked and how it answered, a JSON object a line."""

import json
import threading
import time


class Ledger:
    """Appends lines; path None: keeps no ledger. Any thread."""

    def __init__(self, path):
        self.lock = threading.Lock()
        # Unbuffered: a line is in the file before the client can see the end of its answer.
        self.file = open(path, "ab", buffering=0) if path else None

    def write(self, **entry):
        if not self.file:
            return
        line = json.dumps({"time": round(time.time(), 4), **entry}) + "\n"
        with self.lock:
            self.file.write(line.encode())


def entries(path):
    """The lines of a ledger, or of a JSON log of curlretry's."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
