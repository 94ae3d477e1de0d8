# SPDX-License-Identifier: MIT
"""nginx as the HTTP/2 side of the server."""

import os
import subprocess
import tempfile

from wire import listener

HERE = os.path.dirname(os.path.abspath(__file__))


def template(name, values):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        text = file.read()
    for key, value in values.items():
        text = text.replace("@%s@" % key, str(value))
    return text


class Front:
    """A running nginx; ports as the server tells them."""

    def __init__(self, http_port, tls):
        self.folder = tempfile.TemporaryDirectory(prefix="curlretry-nginx.")
        names = ["nginx", "nginxbuf"] + (["nginxtls"] if tls else [])
        # nginx cannot listen on port 0, but takes over sockets as from its own older self. They listen
        # already: who connects now is served when nginx is up.
        sockets = [listener() for _ in names]
        self.ports = {name: sock.getsockname()[1] for name, sock in zip(names, sockets)}
        values = {name.upper(): port for name, port in self.ports.items()}
        values.update(DIR=self.folder.name, HTTP=http_port, TLS="")
        if tls:
            values.update(CERT=os.path.abspath(tls[0]), KEY=os.path.abspath(tls[1]))
            values["TLS"] = template("nginx-tls.conf.in", values)
        conf = os.path.join(self.folder.name, "nginx.conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(template("nginx.conf.in", values))
        numbers = [sock.fileno() for sock in sockets]
        path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        inherited = "".join("%d;" % number for number in numbers)
        # setpriv: nginx goes even when this process has no time to end it.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", "nginx", "-p", self.folder.name, "-c", conf],
            env={"PATH": path, "NGINX": inherited}, pass_fds=numbers, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        for sock in sockets:
            sock.close()

    def ended(self):
        return self.process.poll() is not None

    def stop(self):
        # Not kill(): the master's worker would live on.
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()
