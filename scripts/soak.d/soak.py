# SPDX-License-Identifier: MIT
"""Scenarios for soak.c, and the check of what came of them.

    soak.py make SEED              scenarios, a line each: METHOD UPLOAD SCRIPT
    soak.py check SEED RESULTS LEDGER LOG   a table; status 1 if anything is wrong
"""

import collections
import hashlib
import json
import os
import random
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../tests/server"))
# pylint: disable=wrong-import-position
from content import Pattern

OK, RECV_ERROR, PARTIAL_FILE = 0, 56, 18

# What a transfer of a scenario must end with: requests that reach the server, and what the client sees.
Scenario = collections.namedtuple(
    "Scenario", "name method upload script requests code status length whole"
)


def failures(draw):
    """A number of answers, each of which may be followed by another attempt."""
    steps = ["503", "429", "500", "rst", "close", "502~len=3000", "504~len=90000", "200~len=5000~cut=0"]
    return [draw.choice(steps) for _ in range(draw.randint(0, 3))]


def retried(draw, name, method, upload=0):
    """Fails for some attempts, then ends well."""
    length = draw.choice([0, 1, 1000, 16384, 200000])
    steps = failures(draw)
    if method in ("HEAD", "DELETE"):
        steps = [step for step in steps if "cut" not in step]
    if method == "HEAD":
        steps = [step.split("~")[0] for step in steps]
    if upload:
        steps = [step.replace("503", "503~in=100").replace("rst", "rst~in=1000") for step in steps]
    script = ",".join(steps + [f"200~len={length}"])
    seen = 0 if method == "HEAD" else length
    return Scenario(name, method, upload, script, len(steps) + 1, OK, 200, seen, length)


def resumed(draw):
    """Breaks off after some bytes, up to three times, and goes on."""
    length = draw.choice([50000, 300000])
    cuts = draw.randint(1, 3)
    script = f"200~len={length}~etag=e~cut={length // 4}," * cuts + f"200~len={length}~etag=e"
    return Scenario("GET that goes on", "GET", 0, script, cuts + 1, OK, 200, length, length)


def scenarios(seed):
    """The same ones for the same seed."""
    draw = random.Random(seed)
    made = []
    for _ in range(60):
        made.append(retried(draw, "GET", "GET"))
        made.append(retried(draw, "HEAD", "HEAD"))
        made.append(retried(draw, "DELETE", "DELETE"))
        made.append(retried(draw, "PUT from a callback", "PUT", draw.choice([1, 1500, 70000, 500000])))
        made.append(resumed(draw))
    for length in (1, 4000, 100000):
        made.append(Scenario("GET without a validator, cut", "GET", 0,
                             f"200~len={2 * length}~cut={length},200", 1, PARTIAL_FILE, 200, length,
                             2 * length))
    for status in ("503", "429", "500"):
        made.append(Scenario("POST, answered transiently", "POST", 0, f"{status}~len=10,200", 1, OK,
                             int(status), 10, 10))
    made.append(Scenario("POST, reset", "POST", 0, "rst,200", 1, RECV_ERROR, 0, 0, 0))
    made.append(Scenario("GET, gone", "GET", 0, "404~len=9,200", 1, OK, 404, 9, 9))
    made.append(Scenario("GET, always 503", "GET", 0, "503~len=7", 5, OK, 503, 7, 7))
    return made


def make(seed):
    for scenario in scenarios(seed):
        print(scenario.method, scenario.upload, scenario.script)


def expected_crc(scenario):
    """Of what the client has been given of the body."""
    crc = 0
    for piece in Pattern(scenario.whole).pieces(0, scenario.length):
        crc = zlib.crc32(piece, crc)
    return crc


def upload_digest(length):
    """Of the body that soak.c sends."""
    return hashlib.sha256(bytes(i * 31 % 251 for i in range(length))).hexdigest()


def read_ledger(path):
    """key -> (requests, digests of the bodies that came whole)"""
    seen = collections.defaultdict(lambda: [0, set()])
    with open(path, encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            of_key = seen[entry["path"].rsplit("/", 1)[1]]
            of_key[0] += 1
            if entry["complete"] and entry["body_received"]:
                of_key[1].add(entry["body_sha256"])
    return seen


class Check:
    """Compares results with what their scenarios promise, and counts."""

    def __init__(self, seed, ledger):
        self.scenarios = scenarios(seed)
        self.crcs = [expected_crc(scenario) for scenario in self.scenarios]
        self.digests = {s.upload: upload_digest(s.upload) for s in self.scenarios if s.upload}
        self.ledger = ledger
        self.table = collections.defaultdict(lambda: [0, 0, 0])
        self.wrong = 0

    def result(self, line):
        """One line of soak.c's output."""
        index, key, code, status, length, crc = line.split()
        scenario = self.scenarios[int(index)]
        requests, digests = self.ledger[key]
        got = (int(code), int(status), int(length), int(crc), requests)
        want = (scenario.code, scenario.status, scenario.length, self.crcs[int(index)], scenario.requests)
        bodies = not scenario.upload or digests == {self.digests[scenario.upload]}
        row = self.table[scenario.name]
        row[0] += 1
        row[1] += requests
        if got == want and bodies:
            return
        row[2] += 1
        self.wrong += 1
        if self.wrong <= 20:
            print(f"wrong: {scenario.method} {scenario.script} {key}: code, status, length, CRC, "
                  f"requests are {got}, not {want}" + ("" if bodies else "; another request body"))

    def show(self):
        print(f"  {'':32} {'transfers':>10} {'requests':>10} {'wrong':>6}")
        for name, row in self.table.items():
            print(f"  {name:32} {row[0]:>10} {row[1]:>10} {row[2]:>6}")
        total = [sum(column) for column in zip(*self.table.values())] or [0, 0, 0]
        print(f"  {'in all':32} {total[0]:>10} {total[1]:>10} {total[2]:>6}")


def check(seed, results, ledger, log):
    checked = Check(seed, read_ledger(ledger))
    with open(results, encoding="utf-8") as file:
        for line in file:
            checked.result(line)
    checked.show()
    with open(log, encoding="utf-8") as file:
        events = collections.Counter(json.loads(line)["event"] for line in file)
    print("  events: " + ", ".join(f"{count} {event}" for event, count in sorted(events.items())))
    return 1 if checked.wrong or not checked.table else 0


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        sys.exit(check(*sys.argv[2:]))
