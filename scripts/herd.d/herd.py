# SPDX-License-Identifier: MIT
"""herd.py LAUNCHER [--runs N] [--plot SVG]: stock curls that fail together against a server that is down, then limited.

For each kind of server and each way to retry a line: the median of the runs. The herd starts within a second; the
server is down for OUTAGE seconds, and takes RATE a second after that. Who is not done when TIME is over has failed.
"""

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import plot

HERE = os.path.dirname(os.path.abspath(__file__))
# After the last one was started: on a busy machine a program takes its time to ask.
LEAST_OUTAGE = 2
KINDS = ["window", "bucket", "nginx"]
CURL = ["curl", "-sf", "-o", "/dev/null"]
NGINX = """
daemon off; master_process off; pid %(folder)s/pid; error_log %(folder)s/errors;
events { worker_connections 4096; }
http {
    log_format herd '$msec $status'; access_log %(folder)s/log herd;
    client_body_temp_path %(folder)s/body; proxy_temp_path %(folder)s/proxy; fastcgi_temp_path %(folder)s/fastcgi;
    uwsgi_temp_path %(folder)s/uwsgi; scgi_temp_path %(folder)s/scgi;
    limit_req_zone $binary_remote_addr zone=herd:1m rate=%(rate)dr/s;
    server {
        listen 127.0.0.1:%(port)d backlog=4096; root %(folder)s; keepalive_requests 100000;
        location / { if (-f %(folder)s/down) { return 503; } limit_req zone=herd burst=%(burst)d nodelay; }
    }
}
"""


class Limited:
    """server.py, as a process."""

    def __init__(self, kind, rate):
        self.process = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "server.py"), kind, str(rate)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def comes_up(self, at):
        self.process.stdin.write("up %.4f\n" % at)
        self.process.stdin.flush()

    def end(self):
        log = self.process.communicate()[0]
        return [(float(time), int(status)) for time, status in map(str.split, log.splitlines())]


class Nginx:
    """nginx with limit_req, which is down as long as a file is there."""

    def __init__(self, rate):
        self.folder = tempfile.mkdtemp()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.down = os.path.join(self.folder, "down")
        for name, text in (("down", ""), ("index.html", "taken\n"), ("conf", NGINX % {
                "folder": self.folder, "rate": rate, "burst": rate // 5, "port": self.port})):
            with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
                file.write(text)
        # Its workers, who would be nobody, have to find the file.
        os.chmod(self.folder, 0o755)
        self.process = subprocess.Popen(["nginx", "-p", self.folder, "-c", os.path.join(self.folder, "conf")],
                                        stderr=subprocess.DEVNULL)
        self.wait_for_port()

    def wait_for_port(self):
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.01)
        sys.exit("herd: nginx did not start")

    def comes_up(self, at):
        threading.Timer(at - time.monotonic(), os.remove, [self.down]).start()

    def end(self):
        self.process.terminate()
        self.process.wait()
        offset = time.monotonic() - time.time()
        with open(os.path.join(self.folder, "log"), encoding="ascii") as file:
            log = [(float(when) + offset, int(status)) for when, status in map(str.split, file)]
        shutil.rmtree(self.folder)
        return log


def server_of(kind, rate):
    return Nginx(rate) if kind == "nginx" else Limited(kind, rate)


class Way:
    """One way to retry: how a curl is started for the URL that is appended."""

    def __init__(self, name, command, **environment):
        self.name = name
        self.command = command
        self.environment = {"PATH": os.environ["PATH"], **environment}


def ways_of(launcher, attempts):
    ours = [launcher, "-q", "--attempts=%d" % attempts]
    return [
        Way("curl --retry", CURL + ["--retry", str(attempts - 1)]),
        Way("curlretry, ledger off", ours + ["--ledger=off"] + CURL),
        Way("curlretry", ours + ["--ledger=herd"] + CURL),
    ]


class Run:
    """What came of a herd; times in seconds from its start."""

    def __init__(self, log, start, up, done, failed):
        self.log = sorted((when - start, status) for when, status in log)
        after = [(when, status) for when, status in self.log if when >= up]
        buckets = {}
        for when, _ in after:
            buckets[int(when * 10)] = buckets.get(int(when * 10), 0) + 1
        self.requests = len(self.log)
        self.peak = max(buckets.values(), default=0)
        self.done = done
        self.refused = sum(status != 200 for _, status in after)
        self.failed = failed

    def numbers(self):
        return self.requests, self.peak, self.done, self.refused, self.failed


def start_all(way, options, port, start):
    herd = []
    for i in range(options.number):
        time.sleep(max(0.0, start + i / options.number - time.monotonic()))
        herd.append(subprocess.Popen(way.command + ["http://127.0.0.1:%d/" % port], env=way.environment,
                                     stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    return herd


def wait_for_all(herd, deadline):
    """When the last one was done that did not fail, and how many failed."""
    last, failed = 0.0, 0
    running = {process.pid: process for process in herd}
    while running and time.monotonic() < deadline:
        for process in [process for process in running.values() if process.poll() is not None]:
            del running[process.pid]
            last = time.monotonic()
            failed += process.returncode != 0
        time.sleep(0.01)
    for process in running.values():
        process.kill()
        process.wait()
    return last if not running else deadline, failed + len(running)


def run_one(kind, way, options):
    server = server_of(kind, options.rate)
    start = time.monotonic() + 0.1
    herd = start_all(way, options, server.port, start)
    up = max(start + options.outage, time.monotonic() + LEAST_OUTAGE)
    server.comes_up(up)
    done, failed = wait_for_all(herd, start + options.time)
    # What the outage was longer than it should be is nobody's delay.
    return Run(server.end(), start, up - start, done - up + options.outage, failed)


def row(kind, way, runs):
    numbers = [statistics.median(values) for values in zip(*(run.numbers() for run in runs))]
    print("%-8s %-24s %9d %6d %9.1f %9d %7d" % (kind, way.name, *numbers), flush=True)


def options_of(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("launcher")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--number", type=int, default=150)
    parser.add_argument("--outage", type=float, default=3)
    parser.add_argument("--rate", type=int, default=30)
    parser.add_argument("--attempts", type=int, default=12)
    parser.add_argument("--time", type=float, default=60)
    parser.add_argument("--server", choices=KINDS)
    parser.add_argument("--way", default="")
    parser.add_argument("--plot")
    return parser.parse_args(arguments)


def main():
    options = options_of(sys.argv[1:])
    kinds = [options.server] if options.server else KINDS
    drawn = []
    print("%d curls, %g s of outage, then %d a second; median of %d" % (
        options.number, options.outage, options.rate, options.runs))
    print("%-8s %-24s %9s %6s %9s %9s %7s" % ("server", "", "requests", "peak", "done, s", "refused", "failed"))
    for kind in kinds:
        for way in ways_of(options.launcher, options.attempts):
            if options.way not in way.name:
                continue
            runs = [run_one(kind, way, options) for _ in range(options.runs)]
            row(kind, way, runs)
            if kind == kinds[0]:
                drawn.append((way.name, runs[0].log))
    if options.plot:
        plot.write(options.plot, drawn, options)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
