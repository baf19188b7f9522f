"""Cutting a file into partitions and taking a partition apart into undecoded records.

A JSON array is never parsed to be cut: ``msgspec`` finds the elements at about 3 GB/s, and since only white space and
a comma stand between two of them, their offsets follow from their lengths. A partition is plain data that any process
which sees the same file can work on.
"""

import itertools
import mmap
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from instit_tools.errors import SourceError
from instit_tools.source import tolerant
from instit_tools.source.layout import BOM, Layout
from instit_tools.source.opened import Input, changed, unreadable

__all__ = ["Element", "Partition", "all_elements", "described", "elements", "located", "partitions", "place"]

_GAP = re.compile(rb"[\s,]*")
_BETWEEN = b" \t\r\n,"
_PIECE = 2 << 20
"""Bytes of an array that are read at once: what a worker holds of it, however large its partition is."""
_EMPTY = re.compile(rb"\s*")
_Span = tuple[int, int, int]  # number of the record, first byte, byte after the last


class Partition(Struct, frozen=True, kw_only=True):
    """A run of whole records: the bytes from *start* to *stop* of a JSON file, those rows of a Parquet file.

    *first* is the number of its first record, counting from 1 (of a JSON lines file, its first line). *cuts* are places
    between records of an array, so that it can be read in pieces.
    """

    name: str
    path: str
    layout: Layout
    first: int
    count: int
    start: int
    stop: int
    cuts: tuple[int, ...] = ()


class Element(Struct, frozen=True):
    """One undecoded record: its number in the file and its JSON, unchecked but for where it ends."""

    number: int
    json: Raw


def partitions(source: Input, size: int, look: Callable[[Element], None] | None = None) -> list[Partition]:
    """Cut *source* into partitions of about *size* bytes, in order, without gap or overlap.

    *look* is given every element on the way, for who would else have to read the file a second time. Raises
    `SourceError` where a JSON array is not well-formed, saying where.
    """
    if source.layout == "parquet":
        from instit_tools.source.parquet import row_groups

        if look:
            deque(map(look, all_elements(source)), maxlen=0)
        return [_partition(source, *group) for group in row_groups(source.path, source.name, size, source.unpacking)]
    data = _mapped(source)
    spans = _spans(source, data)
    runs = _runs(_looked_at(spans, data, look) if look else spans, size)
    return [_partition(source, run[0][0], len(run), run[0][1], run[-1][2], tuple(_cuts(run))) for run in runs]


def elements(part: Partition) -> Iterator[Element]:
    """Take *part* apart into its records, undecoded, in order.

    Raises `SourceError` where there are fewer than were planned: the file has changed since.
    """
    if part.layout == "parquet":
        from instit_tools.source.parquet import rows

        raws: Iterable[tuple[int, Raw]] = enumerate(
            rows(part.path, part.name, part.first, part.start, part.stop), part.first
        )
    else:
        raws = _line_elements(part) if part.layout == "lines" else _array_elements(part)
    given = 0
    for number, raw in itertools.islice(raws, part.count):
        yield Element(number, raw)
        given += 1
    if given < part.count:
        raise changed(part.name)


def located(part: Partition) -> Iterator[tuple[Element, int | None]]:
    """Take *part* apart as `elements` does, and say at which byte of its file each record starts, if it has bytes."""
    if part.layout == "parquet":
        yield from ((element, None) for element in elements(part))
        return
    if part.layout == "lines":
        yield from ((Element(number, Raw(line)), start) for number, start, line in _lines(part))
        return
    data = _mapped(part)
    start = part.start
    for element in elements(part):
        start = _skip(data, start)
        yield element, start
        start += len(memoryview(element.json))


def all_elements(source: Input) -> Iterator[Element]:
    """Take a whole file apart into its records, undecoded, in order, in one pass and without a copy."""
    if source.layout == "array":
        raws: Iterable[tuple[int, Raw]] = enumerate(_array(source.name, _mapped(source)), 1)
    elif source.layout == "lines":
        data = _mapped(source)
        view = memoryview(data)
        raws = ((number, Raw(view[start:stop])) for number, start, stop in _line_spans(data))
    else:
        from instit_tools.source.parquet import row_groups, rows

        groups = row_groups(source.path, source.name, 0, source.unpacking)
        raws = enumerate((row for first, _, *run in groups for row in rows(source.path, source.name, first, *run)), 1)
    return itertools.starmap(Element, raws)


def place(source: Input | Partition, number: int) -> str:
    """Say where a record stands: file and record number, or line of a JSON lines file."""
    return f"{source.name}, {'line' if source.layout == 'lines' else 'record'} {number}"


def described(part: Partition) -> str:
    """Say which records of which file *part* is."""
    if part.layout == "lines":  # blank ones are no records, so where the last stands is not known
        return f"{part.name}, {part.count:,} records from line {part.first:,} on"
    return f"{part.name}, records {part.first:,} to {part.first + part.count - 1:,}"


def _spans(source: Input, data: mmap.mmap) -> Iterator[_Span]:
    if source.layout == "lines":
        return _line_spans(data)
    return (_array_spans if source.layout == "array" else _object_span)(source.name, data)


def _looked_at(spans: Iterable[_Span], data: mmap.mmap, look: Callable[[Element], None]) -> Iterator[_Span]:
    view = memoryview(data)
    for span in spans:
        number, start, stop = span
        look(Element(number, Raw(view[start:stop])))
        yield span


def _runs(spans: Iterable[_Span], size: int) -> Iterator[list[_Span]]:
    """Put spans together up to *size* bytes; every run has one span at least."""
    run: list[_Span] = []
    for span in spans:
        if run and span[2] - run[0][1] > size:
            yield run
            run = []
        run.append(span)
    if run:
        yield run


def _cuts(run: Iterable[_Span]) -> Iterator[int]:
    """Cut *run* before each record with which a piece would become too large."""
    begun: int | None = None
    for _, start, stop in run:
        if begun is not None and stop - begun > _PIECE:
            yield start
            begun = start
        begun = start if begun is None else begun


def _partition(source: Input, first: int, count: int, start: int, stop: int, cuts: tuple[int, ...] = ()) -> Partition:
    return Partition(
        name=source.name,
        path=source.path,
        layout=source.layout,
        first=first,
        count=count,
        start=start,
        stop=stop,
        cuts=cuts,
    )


def _mapped(source: Input | Partition) -> mmap.mmap:
    try:
        with Path(source.path).open("rb") as stream:
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise unreadable(source.name, error) from error


def _read(part: Partition, start: int, stop: int) -> bytes:
    """Read a piece of *part*; of a file that is shorter by now it is less, where a mapped one would kill us."""
    try:
        with Path(part.path).open("rb") as stream:
            stream.seek(start)
            return stream.read(stop - start)
    except OSError as error:
        raise unreadable(part.name, error) from error


def _array(name: str, data: mmap.mmap) -> list[Raw]:
    start = _body(data)
    try:
        return msgspec.json.decode(memoryview(data)[start:], type=list[Raw])
    except (msgspec.DecodeError, RecursionError) as error:
        found = tolerant.raws(data, start, error)
        if found is None:
            raise _broken(name, len(data), error) from error
        return found


def _array_spans(name: str, data: mmap.mmap) -> Iterator[_Span]:
    end = data.find(b"[") + 1
    for number, raw in enumerate(_array(name, data), 1):
        start = _skip(data, end)
        end = start + len(memoryview(raw))
        yield number, start, end


def _object_span(name: str, data: mmap.mmap) -> Iterator[_Span]:
    start = _body(data)
    try:
        msgspec.json.decode(memoryview(data)[start:], type=Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _broken(name, len(data), error) from error
    yield 1, start, len(data)


def _body(data: mmap.mmap) -> int:
    return len(BOM) if data[: len(BOM)] == BOM else 0


def _skip(data: mmap.mmap, position: int) -> int:
    gap = _GAP.match(data, position)
    return gap.end() if gap else position


def _broken(name: str, size: int, error: msgspec.DecodeError | RecursionError) -> SourceError:
    if "truncated" in str(error):
        message = f"{name} stops in the middle, after {size:,} bytes"
        return SourceError(message, hint="the download is probably incomplete: fetch it again")
    return SourceError(f"{name} is not well-formed JSON: {error}", hint="fetch or export it again")


def _array_elements(part: Partition) -> Iterator[tuple[int, Raw]]:
    pieces = itertools.pairwise((part.start, *part.cuts, part.stop))
    return enumerate((raw for start, stop in pieces for raw in _array_piece(part, start, stop)), part.first)


def _array_piece(part: Partition, start: int, stop: int) -> list[Raw]:
    text = b"".join((b"[", _read(part, start, stop).rstrip(_BETWEEN), b"]"))
    try:
        found: list[Raw] | None = msgspec.json.decode(text, type=list[Raw])
    except (msgspec.DecodeError, RecursionError) as error:
        found = tolerant.raws(text, 0, error)
        if found is None:  # it was well-formed when it was planned
            raise changed(part.name) from error
    return found or []


def _line_spans(data: mmap.mmap) -> Iterator[_Span]:
    start = _body(data)
    number = 0
    while start < len(data):
        number += 1
        stop = data.find(b"\n", start) + 1 or len(data)
        if not _blank(data, start, stop):
            yield number, start, stop
        start = stop


def _blank(data: mmap.mmap, start: int, stop: int) -> bool:
    match = _EMPTY.match(data, start, stop)
    return match is not None and match.end() == stop


def _line_elements(part: Partition) -> Iterator[tuple[int, Raw]]:
    return ((number, Raw(line)) for number, _, line in _lines(part))


def _lines(part: Partition) -> Iterator[tuple[int, int, bytes]]:
    number, start = part.first, part.start
    try:
        with Path(part.path).open("rb") as stream:
            stream.seek(start)
            while start < part.stop and (line := stream.readline(part.stop - start)):
                if line.strip():
                    yield number, start, line.removesuffix(b"\n")
                number += 1
                start += len(line)
    except OSError as error:
        raise unreadable(part.name, error) from error
