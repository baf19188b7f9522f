"""The files that a conversion makes beside its shards: clips, and pictures that marks are drawn on.

Each is made once, before the first row that shows or names it is written, and of a record either all are or none.
"""

import errno
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from instit_tools.commit import fingerprint
from instit_tools.conversion.heaps import Heap
from instit_tools.errors import MediaError, SampleError
from instit_tools.manifest import File
from instit_tools.media.clips import write_clip
from instit_tools.media.store import Store
from instit_tools.samples import Reject
from instit_tools.showing import CLIPS
from instit_tools.sinks.base import Clip, Row

__all__ = ["Beside", "beside"]

_Made = Row[Any] | SampleError | Reject


class Beside:
    """Makes files below *folder*, or with ``None`` (a dry run) makes each and throws it away."""

    def __init__(self, folder: Path | None, heap: Heap | None) -> None:
        """Begin with none; pictures go on *heap*, or without one are somewhere already."""
        self._folder = folder
        self._heap = heap
        self._clips: list[File] = []

    @property
    def files(self) -> tuple[File, ...]:
        """Every file made, measured."""
        return (*self._clips, *(self._heap.files if self._heap else ()))

    @property
    def pieces(self) -> tuple[File, ...]:
        """Every piece of an archive, which is all its pieces, one after another."""
        return self._heap.pieces if self._heap else ()

    def made(self, rows: Sequence[_Made], store: Store) -> list[_Made]:
        """Make what one record's *rows* show; where a clip cannot be made, its `SampleError` takes the row's place.

        Raises `MediaError`, and leaves nothing of the record's, for a picture that cannot be decoded.
        """
        outcomes: dict[str, File | SampleError] = {}
        try:
            self._make_clips(rows, store, outcomes)
            failed = {name: each for name, each in outcomes.items() if isinstance(each, SampleError)}
            left = [failed.get(row.clip.name, row) if isinstance(row, Row) and row.clip else row for row in rows]
            pictures = self._pictures(left, store)
        except MediaError:
            self._forget([name for name, each in outcomes.items() if isinstance(each, File)])
            raise
        for path, content in pictures.items():
            if self._heap:
                self._heap.add(path, content)
        self._clips += [each for each in outcomes.values() if isinstance(each, File)]
        return left

    def _pictures(self, rows: Sequence[_Made], store: Store) -> dict[str, bytes]:
        if self._heap is None:
            return {}
        named = dict.fromkeys(frame.path for row in rows if isinstance(row, Row) for frame in row.names)
        for path in named:
            self._heap.check(path)
        return {path: store.read(path) for path in named}

    def _make_clips(self, rows: Sequence[_Made], store: Store, outcomes: dict[str, File | SampleError]) -> None:
        """Make each clip once; note what came of it in *outcomes*, which is right where a later one raises too."""
        for row in rows:
            if isinstance(row, Row) and row.clip and row.clip.name not in outcomes:
                outcomes[row.clip.name] = self._make(row.clip, store)

    def _forget(self, names: Iterable[str]) -> None:
        if self._folder:
            for name in names:
                (self._folder / name).unlink(missing_ok=True)

    def _make(self, clip: Clip, store: Store) -> File | SampleError:
        try:
            if self._folder is None:
                with TemporaryDirectory(prefix="instit-") as folder:
                    return _written(Path(folder) / Path(clip.name).name, clip, store)
            (self._folder / CLIPS).mkdir(exist_ok=True)
            return _written(self._folder / clip.name, clip, store)
        except SampleError as error:
            return error
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            return SampleError(f"{clip.name} is too long a name for a file", hint="give the record a shorter id")


@contextmanager
def beside(folder: Path | None, heap: Heap | None) -> Generator[Beside]:
    """Yield what makes files; they are finished only if the block succeeds."""
    try:
        yield Beside(folder, heap)
        if heap:
            heap.close()
    except BaseException:
        if heap:
            heap.abort()
        raise


def _written(path: Path, clip: Clip, store: Store) -> File:
    try:
        write_clip(path, clip.frames, store)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return File(name=clip.name, bytes=path.stat().st_size, sha256=fingerprint(path))
