# SPDX-License-Identifier: MIT
"""A trace as CURLRETRY_TRACE writes it (docs/trace.md), of a made-up bad night: on standard output.

trace.py [--transfers N] [--seed N] [--start SECONDS] [--length SECONDS]

The same seed gives the same trace. Some hosts are well, one is down for a while, one is slow.
"""

import argparse
import datetime
import json
import random

# Program, scheme and host, paths, share of the failures, how fast it answers (ms), address.
SERVICES = [
    ("php-fpm8.2", "https://api.example.com", ["/v1/users", "/v1/users/{}", "/v1/orders/{}", "/v1/orders?page={}"],
     0.05, 60, "192.0.2.10:443"),
    ("backup", "https://objects.example.net", ["/backup/2026-11-27/part-{:04d}"], 0.12, 240, "[2001:db8::21]:443"),
    ("git-remote-http", "https://git.example.org", ["/tools/build.git/info/refs?service=git-upload-pack"], 0.05, 110,
     "198.51.100.7:443"),
    ("curl", "http://mirror.example.org", ["/debian/pool/main/c/curl/curl_8.14.1-{}.deb", "/debian/dists/stable/InRelease"],
     0.03, 30, "203.0.113.80:80"),
    ("cmake", "https://pay.example.com", ["/charges", "/charges/{}/refunds"], 0.08, 180, "192.0.2.44:443"),
]
WEIGHTS = [9, 7, 2, 4, 2]
ERRORS = ["CURLE_COULDNT_CONNECT", "CURLE_OPERATION_TIMEDOUT", "CURLE_RECV_ERROR", "CURLE_GOT_NOTHING",
          "CURLE_COULDNT_RESOLVE_HOST", "CURLE_SSL_CONNECT_ERROR"]
REASONS = {200: "OK", 201: "Created", 404: "Not Found", 429: "Too Many Requests", 502: "Bad Gateway",
           503: "Service Unavailable", 504: "Gateway Timeout"}
ATTEMPTS = 5


def moment(seconds):
    at = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (at.microsecond // 1000)


def ordered(line):
    """In the order of docs/trace.md, without what has no value."""
    keys = ["ts", "pid", "program", "transfer", "attempt", "method", "url", "http_version", "status", "error", "remote",
            "local", "reused", "times_us", "sent", "received", "request_headers", "response_headers", "decision", "why",
            "delay_ms", "turn_ms", "redirects", "injected"]
    return {key: line[key] for key in keys if line.get(key) is not None}


class Night:
    """Draws transfers; an outage of some hosts lies between the shares of it given."""

    OUTAGES = {"https://objects.example.net": (0.35, 0.55), "https://api.example.com": (0.62, 0.68)}

    def __init__(self, seed, start, length):
        self.random = random.Random(seed)
        self.start = start
        self.length = length
        self.numbers = {}
        self.ports = 40000

    def fails(self, service, at):
        begin, end = self.OUTAGES.get(service[1], (1, 0))
        share = (at - self.start) / self.length
        return self.random.random() < (0.85 if begin <= share <= end else service[3])

    def times(self, service, error, reused, size):
        draw = self.random
        ms = 1000
        pace = service[4] * draw.lognormvariate(0, 0.5)
        times = {}
        if not reused:
            times["dns"] = int(draw.uniform(0.3, 18) * ms)
            if error == "CURLE_COULDNT_RESOLVE_HOST":
                return {"total": int(draw.uniform(80, 900) * ms)}
            if error == "CURLE_COULDNT_CONNECT":
                return {"dns": times["dns"], "total": times["dns"] + int(draw.uniform(0.2, 40) * ms)}
            times["connect"] = int(draw.uniform(5, 45) * ms)
            if error == "CURLE_SSL_CONNECT_ERROR":
                return dict(times, total=sum(times.values()) + int(draw.uniform(10, 90) * ms))
            if service[1].startswith("https"):
                times["tls"] = int(draw.uniform(12, 70) * ms)
        times["send"] = int(draw.uniform(0.05, 0.8) * ms)
        if error == "CURLE_OPERATION_TIMEDOUT":
            return dict(times, total=sum(times.values()) + int(draw.uniform(1500, 5000) * ms))
        times["wait"] = int(pace * ms)
        if error:
            return dict(times, total=sum(times.values()) + int(draw.uniform(1, 30) * ms))
        times["receive"] = int((0.2 + size / 1200) * draw.uniform(0.5, 1.6) * ms)
        return dict(times, total=sum(times.values()))

    def request_headers(self, service, method, url):
        host, path = url.split("://")[1].split("/", 1)
        headers = [[":request", "%s /%s HTTP/1.1" % (method, path)], ["Host", host],
                   ["User-Agent", service[0] + "/1.0"], ["Accept", "*/*"]]
        if service[0] != "curl":
            headers.append(["Authorization", "… (%d)" % self.random.choice([44, 212])])
        return headers

    def response_headers(self, status, size, at):
        stamp = datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
        headers = [[":status", "HTTP/1.1 %d %s" % (status, REASONS[status])], ["Server", "nginx"], ["Date", stamp],
                   ["Content-Type", "application/json" if status < 500 else "text/html"], ["Content-Length", str(size)]]
        if status in (429, 503) and self.random.random() < 0.3:
            headers.append(["Retry-After", "2"])
        if status == 200:
            headers.append(["ETag", '"%08x"' % self.random.getrandbits(32)])
        return headers

    def attempt(self, service, method, url, at, fails):
        draw = self.random
        reused = draw.random() < 0.55 and not fails
        error = draw.choice(ERRORS) if fails and draw.random() < 0.45 else None
        status = None if error else draw.choice([503, 503, 503, 502, 504, 429]) if fails else \
            404 if draw.random() < 0.01 else 201 if method == "POST" else 200
        size = 0 if error else draw.choice([162, 178]) if status >= 400 else int(draw.lognormvariate(9, 1.6))
        reached = error not in ("CURLE_COULDNT_RESOLVE_HOST", "CURLE_COULDNT_CONNECT")
        self.ports += not reused
        return {
            "method": method, "url": url, "http_version": None if error else "1.1" if "mirror" in url else "2",
            "status": status, "error": error, "remote": service[5] if reached else None,
            "local": "192.0.2.2:%d" % self.ports if reached else None, "reused": reused,
            "times_us": self.times(service, error, reused, size),
            "sent": draw.randrange(200, 4000) if method in ("POST", "PUT") and reached else 0, "received": size,
            "request_headers": self.request_headers(service, method, url) if reached else None,
            "response_headers": self.response_headers(status, size, at) if status else None, "redirects": 0,
        }

    def transfer(self, at):
        """Lines, each with the second at which it was written."""
        draw = self.random
        service = draw.choices(SERVICES, WEIGHTS)[0]
        method = "POST" if "pay" in service[1] else "PUT" if service[0] == "backup" else "GET"
        url = service[1] + draw.choice(service[2]).format(draw.randrange(1, 900))
        pid = 2000 + SERVICES.index(service) * 311 + draw.randrange(3)
        self.numbers[pid] = self.numbers.get(pid, 0) + 1
        lines = []
        for number in range(1, ATTEMPTS + 1):
            fails = self.fails(service, at)
            line = self.attempt(service, method, url, at, fails)
            end = at + line["times_us"]["total"] / 1e6
            line.update(ts=moment(at), pid=pid, program=service[0], transfer=self.numbers[pid], attempt=number)
            self.decide(line, method, number, fails)
            lines.append((end, ordered(line)))
            if line["decision"] != "retry":
                break
            at = end + line["delay_ms"] / 1e3
        return lines

    def decide(self, line, method, number, fails):
        draw = self.random
        refused = line["status"] == 429 or not line["remote"]
        if not fails:
            line["decision"] = "recovered" if number > 1 else "done"
        elif method == "POST" and not refused:
            line.update(decision="gave_up" if number > 1 else "not_retried", why="method")
        elif number == ATTEMPTS:
            line.update(decision="gave_up", why="attempts")
        else:
            backoff = min(60000, 1000 * 2 ** (number - 1))
            delay = draw.randrange(100, backoff + 1)
            asked = any(name == "Retry-After" for name, value in line["response_headers"] or [])
            turn = draw.randrange(200, 900) if draw.random() < 0.06 else 0
            line.update(decision="retry", delay_ms=(2000 + draw.randrange(1000) if asked else delay) + turn,
                        turn_ms=turn or None)


def lines_of(transfers, seed, start, length):
    night = Night(seed, start, length)
    starts = sorted(night.random.uniform(start, start + length) for _ in range(transfers))
    lines = [line for at in starts for line in night.transfer(at)]
    return [line for end, line in sorted(lines, key=lambda pair: pair[0])]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--transfers", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=float, default=1795766400)
    parser.add_argument("--length", type=float, default=90)
    options = parser.parse_args()
    for line in lines_of(options.transfers, options.seed, options.start, options.length):
        print(json.dumps(line, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
