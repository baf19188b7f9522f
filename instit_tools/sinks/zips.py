"""Zip: members without time, owner or any other trace of the run, and the directory that ends an archive.

Members are stored, not deflated: pictures do not get smaller, and a stored one is read where it lies. Archives may be
put together of pieces, because only the directory, which comes last, says where members are.
"""

import struct
import zlib
from collections.abc import Iterable

from msgspec import Struct

__all__ = ["Entry", "directory", "local"]

_LOCAL, _CENTRAL = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L")
_END, _END_64, _FIND_64 = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
_PLAIN, _LARGE, _UNIX = 20, 45, 3 << 8
_UTF_8 = 0x800
_DAY = 1 << 5 | 1
"""The first of January 1980, where time begins."""
_MODE = 0o100644 << 16
_MOST, _MOST_ENTRIES = 0xFFFFFFFF, 0xFFFF


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """One member: its name, its checksum, its bytes, and where its header begins."""

    name: str
    crc: int
    size: int
    start: int


def local(name: str, content: bytes, start: int) -> tuple[bytes, Entry]:
    """Give the header that stands before *content*, and what the directory says of it; it begins at *start*."""
    entry = Entry(name, zlib.crc32(content), len(content), start)
    label, flags = _named(name)
    head = _LOCAL.pack(b"PK\3\4", _PLAIN, flags, 0, 0, _DAY, entry.crc, entry.size, entry.size, len(label), 0)
    return head + label, entry


def directory(entries: Iterable[Entry], start: int) -> bytes:
    """Write the directory of *entries*, which begins at *start*."""
    listed = [_listed(entry) for entry in entries]
    data, count = b"".join(listed), len(listed)
    large = count >= _MOST_ENTRIES or start >= _MOST or len(data) >= _MOST
    few, size, at = (min(count, _MOST_ENTRIES), min(len(data), _MOST), min(start, _MOST))
    end = _END.pack(b"PK\5\6", 0, 0, few, few, size, at, 0)
    if not large:
        return data + end
    more = _END_64.pack(b"PK\6\6", _END_64.size - 12, _UNIX | _LARGE, _LARGE, 0, 0, count, count, len(data), start)
    return data + more + _FIND_64.pack(b"PK\6\7", 0, start + len(data), 1) + end


def _listed(entry: Entry) -> bytes:
    label, flags = _named(entry.name)
    far = entry.start >= _MOST
    extra = struct.pack("<2HQ", 1, 8, entry.start) if far else b""
    needs = _LARGE if far else _PLAIN
    sizes = (entry.crc, entry.size, entry.size, len(label), len(extra), 0, 0, 0)
    head = _CENTRAL.pack(b"PK\1\2", _UNIX | needs, needs, flags, 0, 0, _DAY, *sizes, _MODE, min(entry.start, _MOST))
    return head + label + extra


def _named(name: str) -> tuple[bytes, int]:
    return name.encode(), 0 if name.isascii() else _UTF_8
