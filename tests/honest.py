#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""honest.py [--run] LAUNCHER SHIM PROGRAM...: is what `curlretry --check` says of each program true?

Its verdict is compared with what the dynamic linker does with the program and all its libraries, the
shim preloaded: for which of libcurl's interfaces a caller is bound to the shim, and for which it is
bound past it (LD_DEBUG). That runs nothing but the linker. With --run, or where libcurl is among the
libraries, the program is also run, with --version, and whatever it opens by then is looked at too.
--run does all as the user nobody, who must be able to read LAUNCHER and SHIM.

What contradicts is printed, then a line of counts. Status 1: there was a contradiction.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

INTERFACES = {
    "curl_easy_perform": "easy",
    "curl_multi_add_handle": "multi",
    "curl_multi_perform": "multi",
    "curl_multi_socket_action": "multi",
}
REACHED, NOT_REACHED, CANNOT_TELL = range(3)
# Neither a display, nor a terminal, nor anything to read or to keep.
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
# Verdicts that the linker, told to look at the file, cannot confirm: the kernel's own doing. It would
# preload into a static program that is position-independent, too.
KERNELS = re.compile("it is set-(user|group)-ID|it has file capabilities|it is statically linked")


def base(path):
    return os.path.basename(path)


class Trace:
    """What a dynamic linker wrote of one process, or of the last program it became."""

    def __init__(self, text, shim):
        started = text.rfind(base(shim) + " [0];  needed by")
        self.shim = started >= 0
        text = text[started:]
        self.libcurl = bool(re.search(r"file=\S*libcurl(-\w+)?\.so\S* \[\d+\];  generating", text))
        self.bound, self.past = set(), set()
        pattern = r"binding file (\S+) \[\d+\] to (\S+) \[\d+\]: normal symbol `(\w+)'"
        for caller, target, name in re.findall(pattern, text):
            if name not in INTERFACES or base(caller).startswith("libcurl"):
                continue
            (self.bound if base(target) == base(shim) else self.past).add(INTERFACES[name])


class Judge:
    def __init__(self, launcher, shim, run):
        self.launcher, self.shim, self.run_all = launcher, shim, run
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        self.as_user = nobody if run and os.getuid() == 0 else {}
        with open(sys.executable, "rb") as file:
            self.linker = re.search(rb"/lib[^\0]*/ld-[^\0]*", file.read(4096)).group().decode()

    def check(self, program):
        done = subprocess.run([self.launcher, "--check", program], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, env=ENVIRONMENT, **self.as_user)
        lines = [line for line in done.stdout.splitlines() if not line.startswith("  ")]
        return done.returncode, lines[-1] if lines else done.stderr

    def trace(self, command, **more):
        """All that is written by the process itself; its children have files of their own."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            env = dict(ENVIRONMENT, LD_PRELOAD=self.shim, LD_BIND_NOW="1", LD_DEBUG="bindings,files",
                       LD_DEBUG_OUTPUT=folder + "/trace", **more)
            process = subprocess.Popen(command, env=env, cwd=folder, start_new_session=True,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, **self.as_user)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                pass
            try:
                os.killpg(process.pid, 9)
            except ProcessLookupError:
                pass
            process.wait()
            try:
                with open(f"{folder}/trace.{process.pid}", errors="replace") as file:
                    return Trace(file.read(), self.shim)
            except FileNotFoundError:
                return Trace("", self.shim)

    def contradictions(self, verdict, text, seen, linked):
        """Of what was SEEN; LINKED: only what the program is linked with was."""
        claimed = {word for word in ("easy", "multi") if re.search(rf"\b{word}\b.* interface", text)}
        probably = "probably" in text
        # It is opened with RTLD_DEEPBIND: the linker binds it past the shim, which then turns its calls round.
        if verdict == REACHED and "enables an extension" in text:
            if linked and seen.bound:
                yield f"it is linked with it: {seen.bound}"
            if not linked and not seen.libcurl:
                yield "it loads no libcurl"
            return
        if verdict == REACHED and not probably and seen.past:
            yield f"calls of the {seen.past} interface go past the shim"
        if verdict == REACHED and not probably and seen.bound != claimed:
            yield f"the linker binds {seen.bound or 'nothing'}"
        if verdict == REACHED and probably and seen.bound and linked:
            yield f"it is linked with it: {seen.bound}"
        if verdict == NOT_REACHED and seen.bound:
            yield f"the linker binds {seen.bound}"
        if verdict == NOT_REACHED and "does not use libcurl" in text and seen.libcurl:
            yield "it loads libcurl"
        if verdict == NOT_REACHED and re.search("static|architecture|musl", text) and seen.shim:
            yield "the shim is in it"
        if verdict == CANNOT_TELL and linked and seen.bound:
            yield f"it could: the linker binds {seen.bound}"

    def judge(self, program):
        """(verdict, whether libcurl is among its libraries, what contradicts)"""
        verdict, text = self.check(program)
        if verdict == NOT_REACHED and KERNELS.search(text):
            seen = self.trace([program, "--version"])
            return verdict, False, [f"{text}: the shim is in it"] if seen.shim else []
        # A script is one to the kernel, not to the linker.
        with open(program, "rb") as file:
            script = file.read(2) == b"#!"
        seen = Trace("", self.shim) if script else self.trace(
            [self.linker, program], LD_TRACE_LOADED_OBJECTS="1", LD_WARN="1")
        wrong = [] if script else list(self.contradictions(verdict, text, seen, True))
        if self.run_all or seen.libcurl or "extension" in text:
            ran = self.trace([program, "--version"])
            # What is bound when it is opened may be less than what the linker says of the rest.
            if ran.shim or not script:
                wrong += self.contradictions(verdict, text, ran, False)
        return verdict, seen.libcurl, [f"{text}: but {what}" for what in dict.fromkeys(wrong)]


def executables(programs):
    seen = set()
    for program in programs:
        real = os.path.realpath(program)
        if real not in seen and os.path.isfile(real) and os.access(real, os.X_OK | os.R_OK):
            seen.add(real)
            yield real


def main(arguments):
    run = arguments[0] == "--run"
    launcher, shim, *programs = map(os.path.abspath, arguments[run:])
    judge = Judge(launcher, shim, run)
    counts, libcurls, bad = [0, 0, 0], 0, 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for verdict, libcurl, wrong in pool.map(judge.judge, executables(programs)):
            counts[verdict] += 1
            libcurls += libcurl
            bad += bool(wrong)
            for line in wrong:
                print(line)
    print(f"{sum(counts)} programs, {libcurls} with libcurl: {counts[REACHED]} reached, "
          f"{counts[NOT_REACHED]} not reached, {counts[CANNOT_TELL]} cannot tell, {bad} told wrong")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
