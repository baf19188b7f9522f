"""``instit-tools`` and ``python -m instit_tools``; light, because every worker process imports it once more.

Signals are heard before anything else is imported. Until a command begins, there is nothing to keep or to take away, so
the process ends on the spot: an exception out of a half imported module can end anywhere.
"""

import os
import signal
from types import FrameType

__all__ = ["main"]

_INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as of a job in the background of a shell
            signal.signal(number, _end)
    from instit_tools import cli

    cli.main()


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signature of a signal handler
    try:
        os.write(2, b"interrupted; nothing was begun\n")  # the console is not there yet
    finally:
        os._exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
