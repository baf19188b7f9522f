"""The clips of a conversion: each is made once, before the first row that shows it is written."""

import errno
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from instit_tools.commit import fingerprint
from instit_tools.errors import MediaError, SampleError
from instit_tools.manifest import File
from instit_tools.media.clips import write_clip
from instit_tools.media.store import Store
from instit_tools.samples import Reject
from instit_tools.showing import CLIPS
from instit_tools.sinks.base import Clip, Row

__all__ = ["Clips"]

_Made = Row[Any] | SampleError | Reject


class Clips:
    """Makes clips below *folder*, or with ``None`` (a dry run) makes each and throws it away."""

    def __init__(self, folder: Path | None) -> None:
        """Begin with none."""
        self._folder = folder
        self._files: list[File] = []

    @property
    def files(self) -> tuple[File, ...]:
        """Every clip made, measured."""
        return tuple(self._files)

    def made(self, rows: Sequence[_Made], store: Store) -> list[_Made]:
        """Make the clips of one record's *rows*; where one cannot be made, its `SampleError` takes the row's place.

        Raises `MediaError`, and leaves none of the record's clips, for a picture that cannot be decoded.
        """
        outcomes: dict[str, File | SampleError] = {}
        try:
            for row in rows:
                if isinstance(row, Row) and row.clip and row.clip.name not in outcomes:
                    outcomes[row.clip.name] = self._make(row.clip, store)
        except MediaError:
            if self._folder:
                for name in outcomes:
                    (self._folder / name).unlink(missing_ok=True)
            raise
        self._files += [each for each in outcomes.values() if isinstance(each, File)]
        failed = {name: each for name, each in outcomes.items() if isinstance(each, SampleError)}
        return [failed.get(row.clip.name, row) if isinstance(row, Row) and row.clip else row for row in rows]

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


def _written(path: Path, clip: Clip, store: Store) -> File:
    try:
        write_clip(path, clip.frames, store)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return File(name=clip.name, bytes=path.stat().st_size, sha256=fingerprint(path))
