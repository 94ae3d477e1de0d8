# SPDX-License-Identifier: MIT
"""versus.py CURLRETRY N [TOOL]: see scripts/versus."""

import atexit
import concurrent.futures
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import server

# What each tool is told so that it gives a silent server up after two seconds.
CURL = ["curl", "-sS", "-f", "--connect-timeout", "5", "-y", "2", "-Y", "1"]
RETRY = CURL + ["--retry", "4", "--retry-delay", "1"]
SETTINGS = {
    "CURLRETRY_LOG": "none",
    "CURLRETRY_HOLD": "64MiB",
    "CURLRETRY_STALL_TIMEOUT": "2s",
    "CURLRETRY_IDEMPOTENCY_KEY": "on",
}
LOOP = 'n=0; while [ $n -lt 5 ]; do "$@" && exit 0; n=$((n + 1)); sleep 1; done; exit 1'
UPLOADS = {"put-100K": 100 * server.KIB, "put-3M": 3 * server.MIB}


def curl_arguments(kind):
    if kind.startswith("post"):
        return ["-d", "order"]
    return ["-T", "-"] if kind in UPLOADS else []


def by_curl(command):
    return lambda kind, url, out: command + curl_arguments(kind) + ([url] if out is None else [url, "-o", out])


def by_wget(kind, url, out):
    if kind in UPLOADS:
        return None
    posts = ["--post-data=order"] if kind.startswith("post") else []
    return ["wget", "-q", "--tries=5", "--waitretry=1", "--read-timeout=2", "--retry-on-http-error=503,429",
            *posts, "-O", out or "-", url]


def by_aria2(kind, url, out):
    if kind in UPLOADS or kind.startswith("post") or out is None:
        return None
    return ["aria2c", "-q", "--max-tries=5", "--retry-wait=1", "--timeout=2", "-d", os.path.dirname(out),
            "-o", os.path.basename(out), url]


def by_resuming(kind, url, out):
    if out is None or kind in UPLOADS or kind.startswith("post"):
        return None
    return RETRY + ["--retry-all-errors", "-C", "-", url, "-o", out]


HAPROXY = """
defaults
  mode http
  retries 4
  retry-on all-retryable-errors 503
  timeout connect 5s
  timeout client 30s
  timeout server 2s
frontend front
  bind 127.0.0.1:%d
  default_backend back
backend back
  option http-buffer-request
  server one 127.0.0.1:%d maxconn 100
"""


def start_haproxy(port, folder):
    """Its port, once it answers; None where it is not installed."""
    if not shutil.which("haproxy"):
        return None
    with socket.create_server(("127.0.0.1", 0)) as free:
        front = free.getsockname()[1]
    path = os.path.join(folder, "haproxy.cfg")
    with open(path, "w", encoding="utf-8") as file:
        file.write(HAPROXY % (front, port))
    process = subprocess.Popen(["haproxy", "-db", "-f", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(process.kill)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", front)).close()
            return front
        except OSError:
            time.sleep(0.05)
    return None


def through(port):
    """curl, to a proxy's port in place of the server's."""
    def command(kind, url, out):
        scheme, _, rest = url.partition("://")
        return by_curl(CURL)(kind, "%s://127.0.0.1:%d/%s" % (scheme, port, rest.partition("/")[2]), out)
    return command


def tools(curlretry, haproxy):
    return {
        "curl through HAProxy": through(haproxy) if haproxy else None,
        "curl": by_curl(CURL),
        "curl --retry": by_curl(RETRY),
        "curl --retry-all-errors": by_curl(RETRY + ["--retry-all-errors"]),
        "curl --retry-all-errors -C -": by_resuming,
        "a shell loop of curl": by_curl(["sh", "-c", LOOP, "sh"] + CURL),
        "retry(1) curl": by_curl(["retry", "-t", "5", "-d", "1", "--"] + CURL),
        "wget": by_wget,
        "aria2c": by_aria2,
        "curlretry curl": by_curl([curlretry] + CURL),
    }


class Result:
    def __init__(self):
        self.runs = self.right = self.failed = self.wrong = self.twice = 0
        self.requests = self.seconds = 0
        self.sent = self.ideal = 0

    def add(self, kind, status, output, took, transfer):
        fault, body, _ = server.KINDS[kind]
        whole = [server.BODIES[body]]
        if kind == "changed":
            whole.append(server.BODIES["changed"])
        self.runs += 1
        self.requests += transfer.requests
        self.seconds += took
        self.sent += transfer.sent
        self.ideal += len(whole[0])
        self.twice += transfer.executed > 1
        bodies = 1
        if kind in UPLOADS:
            expected = hashlib.sha256(server.content(UPLOADS[kind], 9)).hexdigest()
            bodies = transfer.bodies in (set(), {expected})
        if status == 0 and output in whole and transfer.executed <= 1 and bodies:
            self.right += 1
        elif status == 0:
            self.wrong += 1
        elif fault == "executed" and transfer.executed == 1:
            self.right += 1
        else:
            self.failed += 1


def run(tool, kind, way, number, port, folder):
    name = "%s-%s-%s-%d" % (hashlib.sha1(tool[0].encode()).hexdigest()[:8], kind, way, number)
    out = os.path.join(folder, name) if way == "file" else None
    command = tool[1](kind, "http://127.0.0.1:%d/%s/%s" % (port, kind, name), out)
    if not command:
        return None
    body = server.content(UPLOADS[kind], 9) if kind in UPLOADS else b""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               env=dict(os.environ, **SETTINGS))
    try:
        output, _ = process.communicate(body, timeout=120)
        status = process.returncode
    except subprocess.TimeoutExpired:
        process.kill()
        output, status = process.communicate()[0], 124
    took = time.monotonic() - begun
    if out:
        output = b""
        if os.path.exists(out):
            with open(out, "rb") as file:
                output = file.read()
            os.unlink(out)
    return status, output, took, server.transfers.get(name, server.Transfer())


def measure(tool, times, port, folder, pool):
    result = Result()
    jobs = [
        (kind, pool.submit(run, tool, kind, way, number, port, folder))
        for kind in server.KINDS for way in ("file", "pipe") for number in range(times)
    ]
    for kind, job in jobs:
        seen = job.result()
        if seen:
            result.add(kind, *seen)
    return result


def main():
    curlretry, times = sys.argv[1], int(sys.argv[2])
    wanted = sys.argv[3] if len(sys.argv) > 3 else ""
    port = server.start()
    print("%-30s %7s %6s %6s %8s %9s %7s %8s" %
          ("", "right", "failed", "wrong", "executed", "requests", "bytes", "seconds"))
    print("%-30s %7s %6s %6s %8s %9s %7s %8s" %
          ("", "", "", "exit 0", "twice", "each", "/ ideal", "each"))
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(6) as pool:
        for tool in tools(curlretry, start_haproxy(port, folder)).items():
            if wanted and wanted not in tool[0]:
                continue
            program = tool[0].split("(")[0].split()[0]
            if not tool[1] or (program in ("retry", "wget", "aria2c") and not shutil.which(program)):
                print("%-30s not installed" % tool[0])
                continue
            r = measure(tool, times, port, folder, pool)
            print("%-30s %3d/%3d %6d %6d %8d %9.1f %7.2f %8.1f" %
                  (tool[0], r.right, r.runs, r.failed, r.wrong, r.twice, r.requests / r.runs, r.sent / r.ideal,
                   r.seconds / r.runs), flush=True)


if __name__ == "__main__":
    main()
