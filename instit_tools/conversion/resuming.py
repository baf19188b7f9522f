"""Going on where an earlier run stopped: which parts are kept, and what to say where they are another run's."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager

import msgspec

from instit_tools.addresses import is_address
from instit_tools.conversion.outline import Outline, difference, encode
from instit_tools.conversion.refusals import refused
from instit_tools.conversion.work import PICTURES, REJECTED, Done, Task
from instit_tools.depots.base import RECEIPT, Depot
from instit_tools.errors import InstitError, Interrupted, OutputError
from instit_tools.media.store import Stamp, changed
from instit_tools.samples import is_fault

__all__ = ["begin", "kept", "telling"]


_AGAIN = "--fresh drops what is kept and begins again; as it was, the run goes on"


def begin(depot: Depot, outline: Outline, *, fresh: bool, hint: str = _AGAIN) -> None:
    """Make *depot* that of *outline*; raise `OutputError` where it keeps the parts of another, unless *fresh*."""
    before = depot.begin(encode(outline), fresh=fresh)
    if before is not None:
        message = f"{depot.name} keeps what a stopped run finished, and {difference(before, outline)}"
        raise OutputError(message, hint=hint)


def kept(tasks: Sequence[Task], depot: Depot) -> dict[int, Done]:
    """Give what came of those *tasks* whose parts are kept, whole, by number; what is not whole is dropped.

    So is a part with faults, where the run is to stop at the first.
    """
    given = {task.key: task for task in tasks}
    found = {}
    for key, receipt, sizes in depot.kept():
        done = msgspec.json.decode(receipt, type=Done)
        task = given.get(key)
        if not _is_whole(done, sizes) or (task and not task.job.reject and any(map(is_fault, done.rejects))):
            depot.drop(key)
        elif task:
            _refuse_other_pictures(depot, key, task.job.media)
            found[task.number] = done
    return found


def _refuse_other_pictures(depot: Depot, key: str, media: str | None) -> None:
    """Raise `OutputError` where a picture that went into a part has changed since.

    Of pictures in a folder at an address that is not known; archives are in the outline, wherever they are.
    """
    if media is None or is_address(media):
        return
    noted = msgspec.json.Decoder(tuple[str, Stamp]).decode_lines(depot.read(key, PICTURES))
    if (path := changed(media, dict(noted))) is not None:
        message = f"{depot.name} keeps what a stopped run finished, and {path} has changed since"
        raise OutputError(message, hint=_AGAIN)


def _is_whole(done: Done, sizes: Mapping[str, int]) -> bool:
    whole = {RECEIPT, REJECTED, PICTURES} <= sizes.keys()
    return whole and all(sizes.get(file.name) == file.bytes for file in done.files)


@contextmanager
def telling(depot: Depot, count: int) -> Generator[None]:
    """Say in whatever stops the block how many of *count* parts are kept."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(_told(depot, count) or "nothing was finished yet, and nothing is kept") from error
    except OSError as error:
        told = refused(error, "the output", depot.address)
        told.hint = _hint(told.hint, depot, count)
        raise told from error
    except InstitError as error:
        error.hint = _hint(error.hint, depot, count)
        raise


def _hint(hint: str | None, depot: Depot, count: int) -> str | None:
    return "; ".join(filter(None, (hint, _told(depot, count)))) or None


def _told(depot: Depot, count: int) -> str:
    parts = sum(1 for _ in depot.kept())
    return f"{parts} of {count} parts are finished and kept: the same command goes on with the rest" if parts else ""
