"""The command line, killed at the moment that it is about to change a file for the N-th time.

    python tests/faults/dying.py N SIGNAL ARGUMENTS...

Python tells before it opens a file to write, makes, renames, links or removes one: each of these is a moment at which
the power may fail. With N of 0 nobody is killed, and the number of such moments is the last line of stderr.
"""

import os
import signal
import sys

from instit_tools.cli import main

__all__: list[str] = []

_CHANGES = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate"})
_WRITING = os.O_WRONLY | os.O_RDWR


class _Moments:
    def __init__(self, last: int, number: int) -> None:
        self.count = 0
        self._last = last
        self._signal = number

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in _CHANGES or (event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING):
            self.count += 1
            if self.count == self._last:
                os.kill(os.getpid(), self._signal)


if __name__ == "__main__":
    moments = _Moments(int(sys.argv[1]), getattr(signal, sys.argv[2]))
    sys.argv = ["instit-tools", *sys.argv[3:]]
    sys.addaudithook(moments)
    try:
        main()
    finally:
        print(moments.count, file=sys.stderr)
