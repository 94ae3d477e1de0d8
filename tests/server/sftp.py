# SPDX-License-Identifier: MIT
"""SFTP, as much as libcurl needs to fetch, with faults of the same URL language. Needs paramiko.

sftp://user:secret@127.0.0.1:PORT/s/STEP,.../KEY/NAME: each opening of a path takes a step. Only 200 with len,
seed, changed (another content, another time), cut=N (the file ends after N bytes from where reading began,
whatever its size was said to be), rst=N (the connection ends there), stall=N, and statuses from 400 on, which
refuse the opening. The host key is new in each run.
"""

import threading
import time

import paramiko
import script


class Login(paramiko.ServerInterface):
    """Who may come in."""

    def check_auth_password(self, username, password):
        return paramiko.AUTH_SUCCESSFUL if (username, password) == (script.USER, script.PASSWORD) else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


def attributes(step, answer):
    """What stat says of the file."""
    told = paramiko.SFTPAttributes()
    told.st_mode = 0o100644
    told.st_size = len(answer.body)
    told.st_atime = told.st_mtime = 1704153600 if step.has("changed") else 1704067200
    return told


class Handle(paramiko.SFTPHandle):
    """A file that is open."""

    def __init__(self, transport, answer):
        super().__init__()
        self.transport = transport
        self.answer = answer
        self.first = None

    def read(self, offset, length):
        answer = self.answer
        if self.first is None:
            self.first = offset
        end = len(answer.body)
        if answer.fault:
            end = min(end, self.first + answer.fault_at)
        if offset >= end and answer.fault in ("rst", "stall"):
            if answer.fault == "rst":
                # libcurl asks for much ahead: what it has been answered must arrive first.
                time.sleep(0.05)
                self.transport.close()
            while self.transport.is_active():
                time.sleep(0.01)
            return paramiko.SFTP_FAILURE
        if offset >= end:
            return paramiko.SFTP_EOF
        return b"".join(answer.body.pieces(offset, min(end, offset + length)))


class Files(paramiko.SFTPServerInterface):
    """The files of one connection."""

    def __init__(self, login, owner, transport):
        super().__init__(login)
        self.owner = owner
        self.transport = transport
        # By path, of what is open: libcurl asks for the size then.
        self.opened = {}

    def peek(self, path):
        """(step, answer) of what an opening of the path would give, or has given; None: no such file."""
        if path in self.opened:
            return self.opened[path]
        try:
            taken = self.owner.scripts.take(path, "GET", peek=True)
        except script.BadScript:
            return None
        return taken and (taken[0], script.build(*taken, {}))

    def stat(self, path):
        found = self.peek(path)
        return attributes(*found) if found else paramiko.SFTP_NO_SUCH_FILE

    lstat = stat

    def open(self, path, flags, attr):
        found = self.peek(path)
        if not found:
            return paramiko.SFTP_NO_SUCH_FILE
        step, number, _ = self.owner.scripts.take(path, "GET")
        self.owner.ledger.write(
            port="sftp", method="GET", path=path, version="SFTP", step=step.text, number=number,
            answer=found[1].told(),
        )
        if step.status >= 400:
            return paramiko.SFTP_FAILURE
        self.opened[path] = found
        return Handle(self.transport, found[1])


class Door:
    """Serves connections."""

    def __init__(self, server):
        self.server = server
        # libssh2 built with libgcrypt (Debian 11) knows RSA only.
        self.key = paramiko.RSAKey.generate(2048)

    def serve(self, sock):
        transport = paramiko.Transport(sock)
        transport.add_server_key(self.key)
        transport.set_subsystem_handler(
            "sftp", paramiko.SFTPServer, Files, owner=self.server, transport=transport
        )
        try:
            transport.start_server(event=threading.Event(), server=Login())
            while transport.is_active():
                time.sleep(0.05)
        except (EOFError, OSError, paramiko.SSHException):
            pass
        finally:
            transport.close()
