"""Copying an annotation file from elsewhere: once, in large blocks, hashed on the way, and whole or not at all."""

import hashlib
import tempfile
from pathlib import Path

from instit_tools.errors import SourceError
from instit_tools.place_faults import changed
from instit_tools.places import Place, Reading

__all__ = ["fetched"]

_BLOCK = 16 << 20
"""Bytes of a request: few enough to hold, so many that the answer takes longer than the asking."""


def fetched(place: Place, spool: Path, *, hashed: bool) -> tuple[Path, str | None]:
    """Copy the file at *place* into the folder *spool*; give the copy, and its sha256 if *hashed*.

    Raises `PlaceError` where it cannot be read or is replaced meanwhile, `SourceError` where it ends early.
    """
    before = place.listed()
    spool.mkdir(parents=True, exist_ok=True)
    with place.open(_BLOCK) as source, tempfile.NamedTemporaryFile(dir=spool, delete=False) as copy:
        sha256 = _copied(source, copy, hashed=hashed)
        copied = copy.tell()
    if before is None or place.listed() != before:
        raise changed(place.name)
    if before.size is not None and copied != before.size:
        message = f"{place} ended after {copied:,} of {before.size:,} bytes"
        raise SourceError(message, hint="run it again")
    return Path(copy.name), sha256


def _copied(source: Reading, copy: "tempfile._TemporaryFileWrapper[bytes]", *, hashed: bool) -> str | None:
    sha256 = hashlib.sha256()
    while block := source.read(_BLOCK):
        copy.write(block)
        if hashed:
            sha256.update(block)
    return sha256.hexdigest() if hashed else None
