# SPDX-License-Identifier: MIT
"""Git over HTTP: what a step passes on to "git http-backend"(1).

/git/STEP,.../KEY/REPOSITORY/...: the steps are counted for all requests of a KEY together, since a git
command makes several and knows only the repository's URL. A 200 is the backend's answer, from the repository
KEY/REPOSITORY below the folder of --git; its faults (cut, rst, stall, of head or body) and delay, chunked,
eof, close hold for that answer, so that "200~rst=h0" is a request that was executed and not answered. Any
other step is what it always is, and the backend never hears of the request.
"""

import os
import subprocess

import script


def concerns(target):
    """Whether a request's target is one of ours."""
    return target.startswith("/git/")


def environment(folder, rest, request):
    """RFC 3875; the user may push."""
    query = request.target.partition("?")[2]
    values = {
        "GIT_PROJECT_ROOT": os.path.abspath(folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REMOTE_USER": script.USER,
        "REMOTE_ADDR": "127.0.0.1",
        "REQUEST_METHOD": request.method,
        "PATH_INFO": rest,
        "QUERY_STRING": query,
        "CONTENT_TYPE": request.header("content-type"),
        "HTTP_CONTENT_ENCODING": request.header("content-encoding"),
        "GIT_PROTOCOL": request.header("git-protocol"),
    }
    if not request.chunked:
        values["CONTENT_LENGTH"] = request.header("content-length")
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    return {**kept, **{name: value for name, value in values.items() if value}}


def answer(folder, step, number, rest, request):
    """The backend's answer; the request's body must have been kept."""
    done = subprocess.run(
        ["git", "http-backend"], input=bytes(request.kept), stdout=subprocess.PIPE, check=True,
        env=environment(folder, rest, request),
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    built = script.Answer(step, 200, number)
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "status":
            built.status = int(value.split()[0])
        elif name.lower() != "content-length":
            built.add(name, value.strip())
    built.body = script.Text(body)
    built.end = len(body)
    script.set_fault(built)
    return built
