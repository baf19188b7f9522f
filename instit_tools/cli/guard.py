"""How a command ends: every way out has its exit code, and only a bug shows a traceback.

0 done, 1 findings, 2 usage or unreadable input, 3 done but something was left out (or a task kills its workers), 4
access refused, 70 a bug here, 130 interrupted.
"""

import functools
import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import ParamSpec

import typer

from instit_tools import console
from instit_tools.errors import InstitError, Interrupted

__all__ = ["BUG", "FINDINGS", "INTERRUPTED", "REJECTED", "guarded"]

FINDINGS, REJECTED, BUG, INTERRUPTED = 1, 3, 70, 130
_CLOSED_PIPE = 128 + signal.SIGPIPE
P = ParamSpec("P")


def guarded(command: Callable[P, int | None]) -> Callable[P, None]:
    """Run *command* and exit with the code that it returns, or the one that its failure deserves."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        raise typer.Exit(_code(functools.partial(command, *args, **kwargs)))

    del run.__annotations__["return"]
    return run


def _code(command: Callable[[], int | None]) -> int:
    try:
        _listen()
        code = command() or 0
        sys.stdout.flush()
    except InstitError as error:
        console.error(error)
        return error.exit_code
    except KeyboardInterrupt as error:
        told = str(error) if isinstance(error, Interrupted) else "what was being written is not there"
        console.talk(f"interrupted; {told}")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the exit would try to flush it again
        return _CLOSED_PIPE
    except OSError as error:  # a full disk, a stream that takes no more: nothing that a traceback would explain
        where = f"{error.filename}: " if error.filename else ""
        console.error(InstitError(f"{where}{error.strerror or error}"))
        return InstitError.exit_code
    except Exception:  # noqa: BLE001  # whatever else it is, it is a bug, and says so
        traceback.print_exc()
        console.talk("this is a bug in instit-tools; please report it with the lines above")
        return BUG
    return code


def _listen() -> None:
    """Let signals end a command as an exception does, which takes away what is half written."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, _terminate)):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as of a job in the background of a shell
            signal.signal(number, handler)


def _terminate(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signature of a signal handler
    raise KeyboardInterrupt
