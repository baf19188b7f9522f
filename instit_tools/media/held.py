"""A store that reads each picture once for all that is made of a record.

What was looked at is what is packed, even if the file changes meanwhile. In memory are the pictures of one record.
"""

import io
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import BinaryIO

from instit_tools.errors import InstitError
from instit_tools.media.limits import Limits
from instit_tools.media.store import Stamp, Store, noted, prefetch

__all__ = ["Held"]

_BLOCK = 16 << 20


class Held:
    """Remembers the pictures of *store* until it is told to forget them."""

    def __init__(self, store: Store) -> None:
        """Begin with none."""
        self._store = store
        self._held: dict[str, bytes] = {}
        _keep_freed_memory()

    @property
    def limits(self) -> Limits:
        """Those of the store."""
        return self._store.limits

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open what `read` gives."""
        return io.BytesIO(self.read(path))

    def read(self, path: str) -> bytes:
        """Give the picture at *path*; raise `MediaError` as the store does."""
        data = self._held.get(path)
        if data is None:
            data = self._held[path] = self._store.read(path)
        return data

    def expect(self, path: str) -> None:
        """Tell the store that a picture will be read; what is wrong with it is said then."""
        with suppress(InstitError):
            self._store.expect(path)

    def prefetch(self, paths: Sequence[str]) -> None:
        """Let a store that is far away fetch several at once."""
        prefetch(self._store, [path for path in paths if path not in self._held])

    def names(self, folder: str) -> list[str]:
        """List what the store does."""
        return self._store.names(folder)

    def noted(self) -> Mapping[str, Stamp]:
        """Give what the store has noted."""
        return noted(self._store)

    def forget(self) -> None:
        """Let go of all pictures: the next record has others."""
        self._held.clear()


def _keep_freed_memory() -> None:
    """Let the C library keep what a record leaves free, up to twice a block, for the next record.

    Otherwise glibc gives it back to the system, and a third of the time of reading goes into getting it anew: it keeps
    in proportion to the largest block that was freed, and this one is never touched.
    """
    block = bytes(_BLOCK)
    del block
