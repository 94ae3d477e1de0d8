# SPDX-License-Identifier: MIT
"""server.py KIND RATE: a server on loopback that is down at first, and then takes no more than RATE requests a second.

Says its port. Reads "up TIME", by the monotonic clock: until then it answers all with 503. At the end of its input it
writes a line for each request: when it came, by that clock, and the status.

window: RATE in each second of the clock. bucket: RATE a second, and up to a fifth of that at once.
chance: it is never down, and refuses RATE in a hundred.
"""

import asyncio
import random
import sys
import time


class Window:
    def __init__(self, rate):
        self.rate = rate
        self.second = self.taken = 0

    def takes(self, now, _):
        if int(now) != self.second:
            self.second, self.taken = int(now), 0
        self.taken += 1
        return self.taken <= self.rate


class Bucket:
    def __init__(self, rate):
        self.rate = rate
        self.level = self.last = 0.0

    def takes(self, now, _):
        self.level = max(0.0, self.level - (now - self.last) * self.rate)
        self.last = now
        if self.level + 1 > max(1.0, self.rate / 5):
            return False
        self.level += 1
        return True


class Chance:
    """RATE is the share that fails, in percent: by path and how often it was asked, alike in each run."""

    def __init__(self, rate):
        self.rate = rate
        self.asked = {}

    def takes(self, _, path):
        self.asked[path] = self.asked.get(path, 0) + 1
        return random.Random("%s %d" % (path, self.asked[path])).random() * 100 >= self.rate


class Server:
    def __init__(self, limit):
        self.limit = limit
        self.up = 0 if isinstance(limit, Chance) else float("inf")
        self.log = []

    def status(self, path):
        now = time.monotonic()
        status = 200 if now >= self.up and self.limit.takes(now, path) else 503
        self.log.append("%.4f %d\n" % (now, status))
        return status

    async def serve(self, reader, writer):
        try:
            while True:
                path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
                page = b"taken\n" if self.status(path) == 200 else b"not now\n"
                reason = b"200 OK" if page == b"taken\n" else b"503 Service Unavailable"
                writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (reason, len(page), page))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    async def run(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=4096)
        print(server.sockets[0].getsockname()[1], flush=True)
        loop = asyncio.get_running_loop()
        line = await loop.run_in_executor(None, sys.stdin.readline)
        self.up = float(line.split()[1])
        await loop.run_in_executor(None, sys.stdin.read)
        sys.stdout.writelines(self.log)


asyncio.run(Server({"window": Window, "bucket": Bucket, "chance": Chance}[sys.argv[1]](int(sys.argv[2]))).run())
