"""The command line as a process, begun by one that has imported everything already and forks; so it takes milliseconds.

It is a process like any other, with its own output, folder, environment, signals and end, and its own workers, which
import everything themselves. What a fork cannot show is taken from a new interpreter: a limit of memory, and variables
that libraries read while they are imported. With ``INSTIT_TESTS=full`` in the environment every process is a new one.
"""

import atexit
import gc
import json
import os
import re
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import warnings
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from thorough import FULL

__all__ = ["PATIENCE", "STARTER", "begin"]

PATIENCE = 240
_LATE = re.compile(r"^(AWS|PYTEST|RAY)_")
"""Variables that nothing reads before a command needs them."""
_LIBRARIES = (
    "PIL.Image", "PIL.ImageDraw", "PIL.ImageFont", "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "cv2", "filelock",
    "fsspec.implementations.local", "ftfy",
    "jinja2", "jsonschema", "jsonschema_rs", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg",
    "matplotlib.figure", "multiprocessing.spawn", "nltk", "numpy", "pandas", "pycocotools.mask", "rich.progress",
    "s3fs", "typer.rich_utils", "yaml",
)  # fmt: skip
"""What commands import and survives a fork; polars begins threads, which do not."""
_MOST = 1 << 18


class Begun:
    """A process of a starter: its end is told by the starter, whose child it is."""

    def __init__(self, told, out, err):
        self._told, self._out, self._err = told, out, err
        self.pid = self._number()
        self.returncode = None

    def _number(self, timeout=PATIENCE):
        if not select.select([self._told], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("instit-tools", timeout)
        told = os.read(self._told, 4)
        assert told, "the starter is gone"
        return int.from_bytes(told, "little", signed=True)

    def poll(self):
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout=PATIENCE):
        if self.returncode is None:
            self.returncode = self._number(timeout)
            os.close(self._told)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout=PATIENCE):
        """Wait for the end; give what was written to stdout and to stderr."""
        try:
            self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            self.wait()
            raise
        return tuple(map(_content, (self._out, self._err)))


def _content(number):
    with open(number, "rb") as stream:  # noqa: PTH123  # a file without a name
        stream.seek(0)
        return stream.read()


class Starter:
    """The process that forks; begun when it is first asked for one."""

    def __init__(self):
        self._ours = self._process = None
        self._env = {}

    def takes(self, env):
        """Say whether a fork shows what a command does with the variables of *env*."""
        known = self._env if self._ours else os.environ
        return not FULL and all(_LATE.search(name) for name, _ in env.items() ^ known.items())

    def begin(self, **asked):
        """Begin a command."""
        if self._ours is None:
            self._start()
        out, err = os.memfd_create("stdout"), os.memfd_create("stderr")
        told, telling = os.pipe()
        try:
            socket.send_fds(self._ours, [json.dumps(asked).encode()], [out, err, telling])
        finally:
            os.close(telling)
        return Begun(told, out, err)

    def _start(self):
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST)
        self._env = dict(os.environ)
        command = [sys.executable, __file__, str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdout=subprocess.DEVNULL)
        theirs.close()

    def stop(self):
        """End it."""
        if self._ours is not None:
            self._ours.close()
            self._process.wait(timeout=PATIENCE)


STARTER = Starter()


def begin(*arguments, cwd=None, env=None, program=None):
    """Begin the command line, or the script *program*; give a process that can be killed and waited for."""
    arguments = [*map(str, arguments)]
    env = dict(os.environ if env is None else env)
    if STARTER.takes(env):
        return STARTER.begin(arguments=arguments, cwd=str(cwd or Path.cwd()), env=env, program=program and str(program))
    command = [sys.executable, *([program] if program else ["-m", "instit_tools"]), *arguments]
    return subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _serve(asking):
    """Fork for everyone who asks, and tell them how it ends; return in each child, with what it is to do."""
    going = {}
    while True:
        for each in select.select([asking, *going], [], [])[0]:
            if each in going:
                pid, telling = going.pop(each)
                _tell(telling, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                os.close(telling)
                os.close(each)
                continue
            asked, given, _, _ = socket.recv_fds(asking, _MOST, 3)
            if not asked:
                os._exit(0)
            out, err, telling = given
            pid = os.fork()
            if not pid:
                os.dup2(out, 1)
                os.dup2(err, 2)
                for number in (*given, *going, *(pipe for _, pipe in going.values()), asking.detach()):
                    os.close(number)
                return json.loads(asked)
            os.close(out)
            os.close(err)
            _tell(telling, pid)
            going[os.pidfd_open(pid)] = pid, telling


def _tell(telling, number):
    with suppress(BrokenPipeError):  # who asked is not interested any more
        os.write(telling, number.to_bytes(4, "little", signed=True))


def _import_everything():
    for name in _LIBRARIES:
        import_module(name)
    import instit_tools

    for module in walk_packages(instit_tools.__path__, "instit_tools."):
        if not module.name.endswith(("__main__", ".try_training")):
            import_module(module.name)


def _become(*, arguments, cwd, env, program):
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[0] = cwd
    sys.argv = [program or "instit_tools", *arguments]
    try:
        if program:
            runpy.run_path(program, run_name="__main__")
        else:
            runpy.run_module("instit_tools", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, int):
            _leave(end.code)
        raise


def _leave(code):
    """End as an interpreter does, but for clearing away what this process shares with others."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message=".*multi-threaded.*fork", category=DeprecationWarning)
    _import_everything()
    gc.freeze()  # or a child that collects would copy all of it
    _become(**_serve(socket.socket(fileno=int(sys.argv[1]))))
