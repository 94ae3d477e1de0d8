# SPDX-License-Identifier: MIT
"""The ledger: what the server was asked and how it answered, a JSON object a line.

As a program it reads ledgers, and curlretry's own JSON logs:
    ledger.py FILE FIELD [KEY]   FIELD of each line (a dot goes deeper: headers.range), "-" for none;
                                 with KEY, only of lines whose path contains it
    ledger.py FILE count KEY     how many lines' paths contain KEY
"""

import json
import sys
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


def entries(path, key=""):
    """The lines of the file whose path contains key."""
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                entry = json.loads(line)
                if not key or key in (entry.get("path") or ""):
                    yield entry
    except FileNotFoundError:
        return


def field(entry, name):
    """The field as text."""
    for part in name.split("."):
        entry = entry.get(part) if isinstance(entry, dict) else None
    if entry is None:
        return "-"
    return entry if isinstance(entry, str) else json.dumps(entry)


def main():
    path, name, key = sys.argv[1], sys.argv[2], "".join(sys.argv[3:4])
    if name == "count":
        print(sum(1 for _ in entries(path, key)))
        return
    for entry in entries(path, key):
        print(field(entry, name))


if __name__ == "__main__":
    main()
