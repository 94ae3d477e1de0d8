# SPDX-License-Identifier: MIT
"""targets.py LAUNCHER CLIENT: what the ledger is to reach, measured beside what it is measured by.

Times are ratios with the ledger to without, the median of pairs that run in turn: a machine's speed drifts.
CLIENT is the tests' bench_client.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

import herd

HERD_RUNS, PAIRS, MANY_PAIRS = 5, 11, 31
QUICK = {"CURLRETRY_BASE_DELAY": "200ms"}


def row(what, measured, target, met):
    print("%-58s %18s  %-10s %s" % (what, measured, target, "met" if met else "missed"), flush=True)


def environment(ledger, **more):
    return {"PATH": os.environ["PATH"], "CURLRETRY_LEDGER": ledger, **more}


def herds(launcher):
    """150 curls, 3 s of outage, then 30 a second."""
    options = herd.options_of([launcher, "--runs", str(HERD_RUNS)])
    way = herd.ways_of(launcher, options.attempts)[-1]
    print("150 curls, 3 s of outage, then 30 a second, median of %d" % HERD_RUNS)
    for kind in herd.KINDS:
        runs = [herd.run_one(kind, way, options) for _ in range(HERD_RUNS)]
        requests, peak, done, refused, failed = (
            statistics.median(values) for values in zip(*(run.numbers() for run in runs)))
        row("  %s: failed" % kind, "%d" % failed, "0", not failed)
        row("  %s: requests" % kind, "%d" % requests, "< 400", requests < 400)
        row("  %s: all done, s" % kind, "%.1f" % done, "<= 13", done <= 13)
        row("  %s: refused after the recovery" % kind, "%d" % refused, "< 20", refused < 20)
        row("  %s: in the worst 100 ms after it" % kind, "%d" % peak, "<= 8", peak <= 8)


def outage(launcher):
    """Sixty transfers in 8 s, of which none is ever answered."""
    server = herd.Limited("window", 1)
    start = time.monotonic() + 0.1
    curls = []
    for i in range(60):
        time.sleep(max(0.0, start + i * 8 / 60 - time.monotonic()))
        curls.append(subprocess.Popen([launcher, "-q"] + herd.CURL + ["http://127.0.0.1:%d/" % server.port],
                                      env=environment("herd", **QUICK), stdin=subprocess.DEVNULL))
    for curl in curls:
        curl.wait(60)
    server.comes_up(float("inf"))
    requests = len([when for when, _ in server.end() if when <= start + 8])
    row("60 curls in 8 s of an outage that lasts: requests", "%d" % requests, "<= 140", requests <= 140)


def seconds(command, variables):
    start = time.monotonic()
    subprocess.run(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=120)
    return time.monotonic() - start


def worked(command, variables):
    """Seconds of the processor's; what others do at the same time counts for less in them."""
    before = os.times()
    seconds(command, variables)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def ratios(pairs, run):
    """With the ledger to without, in turn, the order changing."""
    found = []
    for i in range(pairs):
        took = {ledger: run(ledger) for ledger in (("herd", "off") if i % 2 else ("off", "herd"))}
        found.append(took["herd"] / took["off"])
    return sorted(found)


def ratio_row(what, found):
    middle = statistics.median(found)
    row(what, "%.3f (%.3f-%.3f)" % (middle, found[len(found) // 4], found[-1 - len(found) // 4]), "<= 1.01", middle <= 1.01)


def many_once(command, urls, ledger):
    """With a server of its own, whose port is a destination that nobody knows."""
    server = herd.Limited("chance", 30)
    with open(urls, "w", encoding="ascii") as file:
        for i in range(1000):
            file.write('url = "http://127.0.0.1:%d/%d"\noutput = "/dev/null"\n' % (server.port, i))
    took = seconds(command, environment(ledger))
    server.comes_up(0)
    server.end()
    return took


def many(launcher):
    """1,000 transfers of one program, as many at once as curl can, of which 30 % fail."""
    with tempfile.NamedTemporaryFile() as urls:
        command = [launcher, "-q", "--seed=1", "curl", "-s", "-Z", "--parallel-max", "300", "-K", urls.name]
        found = ratios(PAIRS, lambda ledger: many_once(command, urls.name, ledger))
    ratio_row("1,000 in one multi, 30 % fail: time, by that without", found)


def healthy(launcher, client):
    """A client alone whose 5,000 small requests are all answered."""
    server = herd.Nginx(10000000)
    os.remove(server.down)
    command = [launcher, "-q", client, "http://127.0.0.1:%d/" % server.port, "5000"]
    found = ratios(MANY_PAIRS, lambda ledger: worked(command, environment(ledger)))
    server.end()
    ratio_row("5,000 requests, all answered: processor's time", found)


def main():
    launcher, client = sys.argv[1:]
    herds(launcher)
    outage(launcher)
    many(launcher)
    healthy(launcher, client)


if __name__ == "__main__":
    main()
