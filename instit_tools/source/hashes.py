"""The sha256 of files, computed in a thread beside whatever else is done with them: it takes as long as reading JSON.

Blocks are large because a thread that is done with one may have to wait until others let go of the interpreter.
"""

import hashlib
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["Hashes"]

_BLOCK = 8 << 20


class Hashes:
    """Hashes of files by name, one file after another; use it as a context, which stops what is still running."""

    def __init__(self) -> None:
        """Begin with no file."""
        from concurrent.futures import ThreadPoolExecutor

        self._thread = ThreadPoolExecutor(1)
        self._stopped = Event()
        self._begun: dict[str, Future[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.shutdown(cancel_futures=True)

    def begin(self, name: str, path: Path) -> None:
        """Hash the file at *path*, which is to be asked for as *name*."""
        self._begun[name] = self._thread.submit(self._sha256, path)

    def of(self, name: str) -> str | None:
        """Wait for the hash of the file *name*, in hex; ``None`` for one that was not begun.

        Raises `OSError` where the file cannot be read.
        """
        return self._begun[name].result() if name in self._begun else None

    def _sha256(self, path: Path) -> str:
        found, block = hashlib.sha256(), memoryview(bytearray(_BLOCK))
        with path.open("rb", buffering=0) as stream:
            while not self._stopped.is_set() and (count := stream.readinto(block)):
                found.update(block[:count])
        return found.hexdigest()
