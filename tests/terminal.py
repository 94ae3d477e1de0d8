#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""terminal.py COLUMNS KEYS COMMAND...: runs COMMAND in a terminal of its own, 24 rows high.

When it has drawn two frames, KEYS are typed: a key, or "int", "tstp", "term" for a signal ("tstp" stops it, lets it go on
and types q). Prints the last frame as it is seen, a line each, then "status N", "restored" if the terminal is as it was
before, and "colours" if there are any.
"""
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
import fcntl

PATIENCE = float(os.environ.get("PATIENCE", 60))
SIGNALS = {"int": signal.SIGINT, "term": signal.SIGTERM, "tstp": signal.SIGTSTP}


class Terminal:
    def __init__(self, columns, command):
        self.output = b""
        self.end = time.monotonic() + PATIENCE
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.pid = os.fork()
        if not self.pid:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for descriptor in range(3):
                os.dup2(slave, descriptor)
            os.execvp(command[0], command)
        self.master, self.slave = master, slave

    def read(self):
        if select.select([self.master], [], [], 0.05)[0]:
            self.output += os.read(self.master, 65536)
        if time.monotonic() > self.end:
            os.kill(self.pid, signal.SIGKILL)
            sys.exit(f"terminal.py: too late: {self.output!r}")

    def drain(self):
        while select.select([self.master], [], [], 0)[0]:
            self.output += os.read(self.master, 65536)

    def wait_for(self, count, text):
        while self.output.count(text) < count:
            self.read()

    def wait_for_state(self, options):
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG | options)
            if pid:
                return status
            self.read()

    def type(self, keys):
        if keys not in SIGNALS:
            os.write(self.master, keys.encode())
            return
        os.kill(self.pid, SIGNALS[keys])
        if keys == "tstp":
            self.wait_for_state(os.WUNTRACED)
            self.drain()
            if not self.is_restored():
                print("not restored while stopped")
            frames = self.output.count(b"\033[J")
            os.kill(self.pid, signal.SIGCONT)
            self.wait_for(frames + 1, b"\033[J")
            os.write(self.master, b"q")

    def is_restored(self):
        return termios.tcgetattr(self.slave) == self.before and \
            self.output.count(b"\033[?1049h") == self.output.count(b"\033[?1049l") and self.output.endswith(b"\033[?1049l")


def main():
    terminal = Terminal(int(sys.argv[1]), sys.argv[3:])
    terminal.wait_for(2, b"\033[J")
    terminal.type(sys.argv[2])
    status = terminal.wait_for_state(0)
    terminal.drain()
    frame = terminal.output.split(b"\033[H")[-1].split(b"\033[J")[0].decode()
    print("\n".join(re.sub(r"\033\[[0-9;?]*[a-zA-Z]", "", frame).splitlines()))
    print(f"status {os.waitstatus_to_exitcode(status)}")
    if terminal.is_restored():
        print("restored")
    if re.search(r"\033\[[0-9;]*[1-9]m", frame):
        print("colours")


main()
