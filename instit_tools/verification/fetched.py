"""A dataset that is elsewhere, fetched to be looked at as its reader would: whole, and from files."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from instit_tools.addresses import is_address, local
from instit_tools.errors import OutputError
from instit_tools.writing import WritablePlace

__all__ = ["fetched"]


@contextmanager
def fetched(folder: str) -> Generator[Path]:
    """Yield the folder on this machine that *folder* is, or a copy that goes when the block ends.

    Raises `OutputError` where something there has a name that leads out of a folder.
    """
    if not is_address(folder):
        yield Path(local(folder))
        return
    place = WritablePlace(folder)
    with TemporaryDirectory(prefix="instit-") as name:
        for file in place.files():
            if ".." in file.split("/") or file.startswith("/"):
                message = f"{place} holds {file!r}, which is no name of a file in a folder"
                raise OutputError(message, hint="take it away")
            path = Path(name) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            place.download(file, path)
        yield Path(name)
