"""An input made ready to be cut: uncompressed bytes at a path, with a name to speak of it by."""

import errno
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec
from msgspec import Struct

from instit_tools.addresses import is_address, shown
from instit_tools.errors import SourceError
from instit_tools.places import Place
from instit_tools.source.fetch import fetched
from instit_tools.source.find import PIPED, STDIN, find
from instit_tools.source.hashes import Hashes
from instit_tools.source.layout import Layout, compression, layout
from instit_tools.source.unpacking import DEFAULT, Unpacking

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

__all__ = ["Input", "changed", "hashed", "open_inputs", "unreadable"]

_PIECE = 1 << 20


class Input(Struct, frozen=True, kw_only=True):
    """One annotation file: what to call it, where its uncompressed bytes are, and how they are laid out.

    *unpacking* limits what is packed inside, as Parquet is.
    """

    name: str
    path: str
    layout: Layout
    size: int
    sha256: str | None
    unpacking: Unpacking = DEFAULT


def open_inputs(
    inputs: Iterable[str],
    spool: Path,
    *,
    hashes: Hashes | None = None,
    objects: bool = False,
    unpacking: Unpacking = DEFAULT,
) -> Iterator[Input]:
    """Yield the files that *inputs* mean; what is compressed, piped or elsewhere is put into the folder *spool* first.

    *hashes* begins to hash each file as it was given, see `hashed`; *objects* lets a file of one JSON object pass;
    *unpacking* limits what each may unpack to.
    Raises `SourceError` for a file that cannot be read, `PlaceError` for a place that cannot be reached.
    """
    for name in find(inputs):
        try:
            yield _open(name, spool, hashes, unpacking, objects=objects)
        except OSError as error:
            raise unreadable(name, error) from error


def hashed(inputs: Iterable[Input], hashes: Hashes) -> Iterator[Input]:
    """Yield the *inputs* with their sha256, once it is known; raises `SourceError` for a file that cannot be read."""
    for source in inputs:
        try:
            yield msgspec.structs.replace(source, sha256=source.sha256 or hashes.of(source.name))
        except OSError as error:
            raise unreadable(source.name, error) from error


def unreadable(name: str, error: OSError) -> SourceError:
    """Say that the input *name* is at fault: whoever writes an output would take *error* for one of that."""
    return SourceError(f"{shown(name)} cannot be read: {error.strerror or error}")


def changed(name: str) -> SourceError:
    """Say that the input *name* is not any more what it was when the work began."""
    message = f"{name} has changed while it was read"
    return SourceError(message, hint="run it again when nothing else writes the file")


def _open(name: str, spool: Path, hashes: Hashes | None, unpacking: Unpacking, *, objects: bool) -> Input:
    given, called, sha256 = _given(name, spool, hashes)
    size = given.stat().st_size
    packed = compression(given)
    plain = _unpacked(given, called, packed, spool, unpacking) if packed else given
    if packed and is_address(name):
        given.unlink()  # the copy: it is needed unpacked only
    return Input(
        name=called,
        path=str(plain.absolute()),
        layout=layout(plain, called, objects=objects),
        size=size,
        sha256=sha256,
        unpacking=unpacking,
    )


def _given(name: str, spool: Path, hashes: Hashes | None) -> tuple[Path, str, str | None]:
    """Make a file of *name*: its path, what to call it, and its sha256 if that is known at once."""
    if is_address(name):
        place = Place(name)
        path, sha256 = fetched(place, spool, hashed=hashes is not None)
        return path, place.name, sha256
    given = Path(name)
    if not given.is_file():
        given = _spooled(spool, _piped(name))
    called = PIPED if name == STDIN else name
    if hashes:
        hashes.begin(called, given)
    return given, called, None


def _piped(name: str) -> "AbstractContextManager[BinaryIO]":
    if name == STDIN:
        return open(sys.stdin.fileno(), "rb", closefd=False)  # a descriptor has no path
    return Path(name).open("rb")


def _unpacked(path: Path, name: str, packed: str, spool: Path, unpacking: Unpacking) -> Path:
    import pyarrow as pa

    size = path.stat().st_size
    most = unpacking.most(size)
    try:
        plain = _spooled(spool, pa.input_stream(path, compression=packed), most)
    except (OSError, EOFError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            message = f"{name} cannot be unpacked: there is no room for it in {spool}"
            raise SourceError(message, hint="make room, or let TMPDIR name a folder on a larger disk") from error
        message = f"{name} cannot be unpacked: {error}"
        raise SourceError(message, hint="the download is probably incomplete: fetch it again") from error
    if plain.stat().st_size > most:
        raise unpacking.too_much(name, size)
    return plain


def _spooled(spool: Path, stream: "AbstractContextManager[BinaryIO]", most: int | None = None) -> Path:
    """Copy *stream* into a file of *spool*; where that is longer than *most* bytes, only until that can be seen."""
    spool.mkdir(parents=True, exist_ok=True)
    with stream as source, tempfile.NamedTemporaryFile(dir=spool, delete=False) as copy:
        while (most is None or copy.tell() <= most) and (piece := source.read(_PIECE)):
            copy.write(piece)
    return Path(copy.name)
