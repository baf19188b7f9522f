"""What to say where the system refuses something in the middle of a run, and of what: the output only where it is that.

An error that names its file tells by the file; one that does not, by its number, for nothing but the output is written.
"""

import errno
import os

from instit_tools.errors import InstitError, OutputError

__all__ = ["refused"]

_WRITING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EBUSY})
_LIMITS = frozenset({errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM})


def refused(error: OSError, out: str, *places: str, kept: str = "") -> InstitError:
    """Make a sentence of *error*: *out*, which is written at *places*, is to blame only where it is.

    *kept* is what the hint says before what may be done.
    """
    told = error.strerror or str(error)
    file = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else None
    if error.errno in _LIMITS:
        hint = "fewer --workers need less; ulimit -a shows the limits"
        message = f"{file}: {told}" if file else f"the run needs more than the system gives it: {told}"
        return InstitError(message, hint=kept + hint)
    if _lies_in(file, places) if file else error.errno in _WRITING:
        return OutputError(f"{out} cannot be written: {told}", hint=f"{kept}choose another -o or make room")
    return InstitError(f"{file}: {told}" if file else f"the run cannot go on: {told}", hint=kept.rstrip("; ") or None)


def _lies_in(file: str, places: tuple[str, ...]) -> bool:
    whole = os.path.abspath(file)  # noqa: PTH100  # as it was spelled, for it may be gone
    roots = {os.path.abspath(place) for place in places}  # noqa: PTH100
    return any(whole == root or whole.startswith(f"{root}{os.sep}") for root in roots)
