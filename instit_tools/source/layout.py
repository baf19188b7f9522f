"""What a file is, from its first and last bytes and not from its name; and a sentence for what it should not be."""

import re
from itertools import islice
from pathlib import Path
from typing import Literal

from instit_tools.errors import SourceError
from instit_tools.source.find import PIPED

__all__ = ["BOM", "Layout", "compression", "layout"]

Layout = Literal["array", "lines", "object", "parquet"]
BOM = b"\xef\xbb\xbf"
_HEAD = 4096
_ONE_LINE_IS_ENOUGH = (".jsonl", ".jsonl.gz", ".jsonl.zst", PIPED)
_LINE = 64 << 20
_LOOK = 100
_GZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00")
_FOREIGN = {
    b"PK\x03\x04": ("a zip archive", "pictures are given with --media; annotations are unpacked first"),
    b"ustar": ("a tar archive", "pictures are given with --media; annotations are unpacked first"),
    b"\x1f\x8b": ("compressed twice", "unpack it once"),
    b"\x28\xb5\x2f\xfd": ("compressed twice", "unpack it once"),
    b"\xff\xd8\xff": ("a JPEG picture", "name the annotation file"),
    b"\x89PNG": ("a PNG picture", "name the annotation file"),
}
_HTML = re.compile(rb"\s*<(!doctype|html|head|\?xml|!--)", re.IGNORECASE)
_LFS = b"version https://git-lfs"
_KEY = re.compile(rb'\s*\{\s*"((?:[^"\\]|\\.)*)"\s*:\s*([\[{"]?)')


def compression(path: Path) -> str | None:
    """Name the compression of a file by its first bytes: ``gzip``, ``zstd`` or none."""
    with path.open("rb") as stream:
        head = stream.read(4)
    if head.startswith(_GZIP):
        return "gzip"
    return "zstd" if head == _ZSTD else None


def layout(path: Path, name: str, *, objects: bool = False) -> Layout:
    """See what the uncompressed file at *path* holds: a JSON array, JSON lines, or Parquet.

    With *objects*, one JSON object is no error either, nor a first line that is none before others that are, for those
    who say themselves what is wrong with a line, and read the mask files of the benchmark. Raises `SourceError`,
    speaking of it as *name*, for what is none of these.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head.startswith(_PARQUET):
        return "parquet"
    _refuse_foreign(head, name)
    start = head.removeprefix(BOM).lstrip()
    if not start:
        message = f"{name} is empty" if not head else f"{name} holds nothing but white space"
        raise SourceError(message, hint="download or export it again")
    if objects and name.endswith(_ONE_LINE_IS_ENOUGH) and _starts_broken(path):
        return "lines"
    if start.startswith(b"["):
        return "array"
    if start.startswith(b"{"):
        return _object(path, name, start, objects=objects)
    message = f"{name} is not JSON: it starts with {_shown(start)}"
    raise SourceError(message, hint="annotation files are .json arrays, .jsonl or .parquet")


def _refuse_foreign(head: bytes, name: str) -> None:
    if head.startswith(_WIDE) or head[1:2] == b"\x00":
        message = f"{name} is not UTF-8 text (it looks like UTF-16 or UTF-32)"
        raise SourceError(message, hint=f"convert it first: iconv -f UTF-16 -t UTF-8 {name}")
    if _HTML.match(head.removeprefix(BOM)):
        message = f"{name} is a web page, not annotations: the download met a login or an error page"
        raise SourceError(message, hint="sign in, then: hf download Inst-IT/Inst-It-Dataset --repo-type dataset")
    if head.startswith(_LFS):
        message = f"{name} is a Git LFS pointer, not the file itself"
        raise SourceError(message, hint="fetch the content: git lfs pull")
    for magic, (what, hint) in _FOREIGN.items():
        if head.startswith(magic) or (magic == b"ustar" and head[257:262] == magic):
            message = f"{name} is {what}, not annotations"
            raise SourceError(message, hint=hint)


def _object(path: Path, name: str, start: bytes, *, objects: bool) -> Layout:
    """Tell JSON lines from one JSON object, which is no list of records."""
    if _has_lines(path) or name.endswith(_ONE_LINE_IS_ENOUGH):
        return "lines"
    if objects:
        return "object"
    key = _KEY.match(start)
    inside = f" (its first key is {_shown(key[1])})" if key else ""
    message = f"{name} holds one JSON object{inside}, not an array of records"
    wrapped = "the records are inside it: pass on that list alone" if key and key[2] == b"[" else "put it in [ ]"
    raise SourceError(message, hint=wrapped)


def _has_lines(path: Path) -> bool:
    """See whether the first line is an object of its own and another follows; blank lines do not count."""
    with path.open("rb") as stream:
        lines = (line for piece in iter(lambda: stream.readline(_LINE), b"") if (line := piece.strip()))
        return next(lines, b"").endswith(b"}") and next(lines, b"").startswith(b"{")


def _starts_broken(path: Path) -> bool:
    """See whether the first line is neither an object nor the beginning of an array, and one of the next is an object.

    A line such as ``[]`` is all of an array where an object begins the next: it is no element of that.
    """
    with path.open("rb") as stream:
        lines = (line for piece in iter(lambda: stream.readline(_LINE), b"") if (line := piece.strip()))
        first = next(lines, b"").removeprefix(BOM).lstrip()
        if first.startswith((b"{", b"[")) and not first.endswith(b"]"):
            return False
        look = 1 if first.startswith(b"[") else _LOOK
        return any(line.startswith(b"{") for line in islice(lines, look))


def _shown(data: bytes) -> str:
    return repr(data[:20].decode("utf-8", "replace"))
