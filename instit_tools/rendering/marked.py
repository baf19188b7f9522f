"""The marked pictures of one record at a time, as a store: each is drawn when it is read, from the raw one, once.

So whoever packs, names or encodes pictures gets marked ones without knowing, and only those that are used are drawn. A
picture that no mask belongs to is given as it is, byte for byte.
"""

import io
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import BinaryIO

import msgspec
from msgspec import Struct

from instit_tools.masks import Mask
from instit_tools.media.frames import frames_of
from instit_tools.media.limits import Limits
from instit_tools.media.paths import with_marks
from instit_tools.media.store import Stamp, Store, noted, prefetch
from instit_tools.records import ImageRecord, VideoRecord, kind_of
from instit_tools.regions import refuse_without_masks, regions
from instit_tools.rendering.pictures import QUALITY, drawn_on, extension_of
from instit_tools.rendering.style import Style, load
from instit_tools.samples import Frame

__all__ = ["Drawing", "Marked", "drawing"]


class Drawing(Struct, frozen=True, kw_only=True):
    """How marks are drawn: the style for each kind of record, and the quality of JPEG files, 1 to 100."""

    video: Style
    image: Style
    quality: int

    def style(self, kind: str) -> Style:
        """Give the style for records of *kind*."""
        return self.video if kind == "video" else self.image


def drawing(style: str | None, quality: int | None) -> Drawing:
    """Load *style*, by default that of the authors for each kind; raise `UsageError` where there is none."""
    video, image = (load(style or kind) for kind in ("video", "image"))
    return Drawing(video=video, image=image, quality=QUALITY if quality is None else quality)


class _One(Struct, frozen=True):
    """One picture to be: the raw one, and what is to be marked on it."""

    raw: Frame
    masks: Mapping[int, Mask]
    style: Style


class Marked:
    """Marked pictures over the raw ones of *store*."""

    def __init__(self, store: Store, drawing: Drawing) -> None:
        """Begin with no record."""
        self._store = store
        self._drawing = drawing
        self._shown: dict[str, _One] = {}
        self._made: dict[str, bytes] = {}

    @property
    def limits(self) -> Limits:
        """Those of the store."""
        return self._store.limits

    def show(self, record: VideoRecord | ImageRecord) -> tuple[Frame, ...]:
        """Have the marked pictures of *record* here, in place of those of the record before, and list them.

        Raises `RecordError` where it has no masks at all or one that does not fit, and `MediaError` for a raw picture
        that cannot be used.
        """
        refuse_without_masks(record, "which say where marks are drawn")
        self._made.clear()
        frames = frames_of(record, store=self._store, marks="raw")
        style = self._drawing.style(kind_of(record))
        self._shown = {
            with_marks(frame.path, "vpt"): _One(frame, _visible(found), style)
            for frame, found in zip(frames, regions(record, frames), strict=True)
        }
        return tuple([_as_marked(frame, self._shown[with_marks(frame.path, "vpt")]) for frame in frames])

    def drawn(self) -> dict[str, tuple[int, ...]]:
        """Name the ids on each picture."""
        return {path: tuple(sorted(one.masks)) for path, one in self._shown.items()}

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open what `read` gives."""
        return io.BytesIO(self.read(path))

    def read(self, path: str) -> bytes:
        """Draw the picture at *path*; raise `MediaError` where the raw one cannot be read or decoded."""
        if path not in self._made:
            self._made[path] = self._draw(self._shown[path])
        return self._made[path]

    def expect(self, path: str) -> None:
        """Tell the store that the raw picture of *path* will be read."""
        self._store.expect(with_marks(path, "raw"))

    def prefetch(self, paths: Sequence[str]) -> None:
        """Let a store that is far away fetch several raw pictures at once."""
        prefetch(self._store, [with_marks(path, "raw") for path in paths])

    def names(self, folder: str) -> list[str]:
        """List what the store has in the raw folder: the trees are isomorphic."""
        return self._store.names(with_marks(folder, "raw"))

    def noted(self) -> Mapping[str, Stamp]:
        """Give what the store has noted of the raw pictures."""
        return noted(self._store)

    def _draw(self, one: _One) -> bytes:
        data = self._store.read(one.raw.path)
        if not one.masks:
            return data
        from instit_tools.rendering.draw import marked

        draw = partial(marked, masks=one.masks, style=one.style)
        return drawn_on(data, one.raw.path, draw, quality=self._drawing.quality, limits=self.limits)


def _visible(masks: Mapping[int, Mask]) -> dict[int, Mask]:
    """Leave out what has no pixel, and so no place for a mark."""
    return {number: mask for number, mask in masks.items() if mask.area}


def _as_marked(raw: Frame, one: _One) -> Frame:
    extension = extension_of(raw.extension or "") if one.masks else raw.extension
    return msgspec.structs.replace(raw, path=with_marks(raw.path, "vpt"), extension=extension)
