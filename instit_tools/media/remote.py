"""Pictures at an address: a folder whose pictures are fetched whole, or an archive that is read in place.

Over a network asking takes longer than answering, so the pictures of a record are fetched together, and an archive is
read in blocks, more of them at a time the longer it is read along, as a tar is to be indexed.
"""

import io
import posixpath
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import BinaryIO, cast

from instit_tools.errors import MediaError, MissingPictureError
from instit_tools.media.archives import Window
from instit_tools.media.limits import Limits
from instit_tools.media.paths import PREFIXES, checked
from instit_tools.media.store import ARCHIVES, Store, archive_store, no_root
from instit_tools.place_faults import changed
from instit_tools.places import Place

__all__ = ["RemoteArchive", "RemoteFolder", "remote_store", "stamps_at"]

_BLOCK = 1 << 20
_AHEAD = 8
"""Blocks that are read at once at most: what a network brings in the time of one question or two."""
_KEPT = 32
_MOST = 256
"""Pictures fetched together: a record has 20, and one that has thousands must fit into memory."""
_PIECE = 32
_LARGE = 16 << 20
_HELD = 256 << 20
"""Bytes of pictures after which no more are fetched together: those that are left, and larger ones, come one by one."""


def remote_store(place: Place, limits: Limits) -> Store:
    """Open the media root at *place*: a folder, a zip or a tar.

    Raises `UsageError` where it is none of these, `PlaceError` where it cannot be reached.
    """
    kind = place.kind()
    if kind is None:
        raise no_root(place)
    return RemoteFolder(place, limits) if kind == "folder" else archive_store(RemoteArchive(place), limits)


def stamps_at(place: Place) -> tuple[str, ...]:
    """Note by what the archive at *place*, or those in this folder, are seen to have changed, as far as it tells.

    Raises `PlaceError` where it cannot be reached.
    """
    archives = [place]
    if place.kind() == "folder":
        here = place.children()
        names = [f"{name}{suffix}" for name in PREFIXES for suffix in ARCHIVES]
        archives = [Place(place.child(name)) for name in names if here.get(name)]
    found = [(archive, archive.listed()) for archive in archives]
    return tuple(f"{posixpath.basename(each.name)} {about.size} {about.told}" for each, about in found if about)


class RemoteFolder:
    """A folder elsewhere; where a first component is missing, the archive of that name beside it.

    Whether a picture was replaced since it was fetched is not noticed: asking takes as long as fetching it.
    """

    def __init__(self, place: Place, limits: Limits) -> None:
        """Root the store at *place*, which is listed once."""
        self.limits = limits
        self._place = place
        self._entries = place.children()
        self._archives: dict[str, Store] = {}
        self._fetched: dict[str, bytes | None] = {}

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Open what `read` gives."""
        return io.BytesIO(self.read(path))

    def read(self, path: str) -> bytes:
        """Give the picture, fetched now or before; raise `MediaError` when there is none, or it is too large."""
        inside = _inside(path)
        archive = self._archive_for(inside)
        if archive is not None and self._only_packed(inside):
            return archive.read(path)
        content = (
            self._fetched[inside] if inside in self._fetched else self._begun([inside], self.limits.max_picture)[0]
        )
        if content is not None:
            if len(content) > self.limits.max_picture:
                raise self.limits.too_many_bytes(path)
            return content
        if archive is not None:
            return archive.read(path)
        message = f"{path} is missing"
        raise MissingPictureError(message, hint=f"looked in {self._place}")

    def expect(self, path: str) -> None:
        """Do nothing: pictures are fetched together when their record is due."""

    def prefetch(self, paths: Sequence[str]) -> None:
        """Fetch the pictures at *paths* together, in place of those that are held."""
        wanted: list[str] = []
        for path in paths:
            with suppress(MediaError):  # `open` says so
                wanted.append(_inside(path))
        wanted = [path for path in dict.fromkeys(wanted) if not self._only_packed(path)][:_MOST]
        self._fetched = {path: self._fetched[path] for path in wanted if path in self._fetched}
        rest = [path for path in wanted if path not in self._fetched]
        most = min(_LARGE, self.limits.max_picture)
        for start in range(0, len(rest), _PIECE):
            if sum(len(content or b"") for content in self._fetched.values()) > _HELD:
                break
            piece = rest[start : start + _PIECE]
            for path, content in zip(piece, self._begun(piece, most), strict=True):
                if content is None or len(content) <= most or most == self.limits.max_picture:
                    self._fetched[path] = content

    def _begun(self, paths: Sequence[str], most: int) -> list[bytes | None]:
        """Fetch *paths*, of each no more than shows that it has more than *most* bytes."""
        return self._place.content(paths, most + 1)

    def names(self, folder: str) -> list[str]:
        """List the files directly in *folder*, here or in an archive in place of its first component."""
        inside = _inside(folder)
        archive = self._archive_for(inside)
        if archive is not None and self._only_packed(inside):
            return archive.names(folder)
        found = Place(self._place.child(inside)).children()
        return [name for name, is_file in found.items() if is_file]

    def _only_packed(self, path: str) -> bool:
        first = path.partition("/")[0]
        return first not in self._entries and any(self._entries.get(f"{first}{suffix}") for suffix in ARCHIVES)

    def _archive_for(self, path: str) -> Store | None:
        first = path.partition("/")[0]
        if first not in self._archives:
            name = next((name for suffix in ARCHIVES if self._entries.get(name := f"{first}{suffix}")), None)
            if name is None:
                return None
            self._archives[first] = archive_store(RemoteArchive(Place(self._place.child(name))), self.limits)
        return self._archives[first]


class RemoteArchive:
    """An archive elsewhere, read by ranges of bytes, in blocks that are kept for a while."""

    def __init__(self, place: Place) -> None:
        """Open the file at *place*."""
        self.path = place
        listed = place.listed()
        self.size = listed.size if listed and listed.size is not None else 0
        self._file = place.open(_BLOCK)
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._next = 0
        self._ahead = 1
        self.stream = cast("BinaryIO", io.BufferedReader(Window(self, 0, self.size, str(place)), _BLOCK))

    def read(self, size: int, start: int) -> bytes:
        """Read *size* bytes from *start* on, fewer at the end."""
        stop = min(start + size, self.size)
        if stop - start > _AHEAD * _BLOCK:  # the directory of a large zip: more than is kept
            return self._fetch(start, stop)
        blocks = [self._block(index) for index in range(start // _BLOCK, -(-stop // _BLOCK))]
        skipped = start // _BLOCK * _BLOCK
        return b"".join(blocks)[start - skipped : stop - skipped]

    def expect(self, size: int, start: int) -> None:
        """Do nothing: blocks are read ahead anyway."""

    def _block(self, index: int) -> bytes:
        if index not in self._blocks:
            self._ahead = min(2 * self._ahead, _AHEAD) if index == self._next else 1
            self._next = index + self._ahead
            data = self._fetch(index * _BLOCK, min(self._next * _BLOCK, self.size))
            for number in range(self._ahead):
                self._blocks[index + number] = data[number * _BLOCK : (number + 1) * _BLOCK]
            while len(self._blocks) > _KEPT:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(index)
        return self._blocks[index]

    def _fetch(self, start: int, stop: int) -> bytes:
        self._file.seek(start)
        data = self._file.read(stop - start)
        if len(data) < stop - start:
            raise changed(self.path.name)
        return data


def _inside(path: str) -> str:
    """Spell *path* as the one name that a file elsewhere has: no folder there undoes a dot or a second slash."""
    return posixpath.normpath(checked(path))
