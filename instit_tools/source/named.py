"""What the records of a file are called: number, kind, id and path, found without decoding the rest of them.

Of JSON only these few keys are decoded, of Parquet only these columns are read; a record itself is made when it is
asked for. So one record among tens of thousands is found about as fast as the file is read.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct

from instit_tools.source.opened import Input
from instit_tools.source.partition import all_elements

__all__ = ["Named", "named"]


class Named(Struct, frozen=True, gc=False):
    """One record: its number in the file (of JSON lines the line), what it is called, and its *json* on demand.

    *kind* and *id* are ``None`` where it has no id.
    """

    number: int
    kind: str | None
    id: str | None
    path: str
    json: Callable[[], bytes]


class _Names(Struct, gc=False):
    """The keys that a record is called by, whatever they hold."""

    question_id: Any = UNSET
    video_id: Any = UNSET
    image_id: Any = UNSET
    video_path: Any = UNSET
    image_path: Any = UNSET


_DECODER = msgspec.json.Decoder(_Names)
_NO_NAMES = _Names()


def named(source: Input) -> Iterator[Named]:
    """Yield what each record of *source* is called, in order.

    Raises `SourceError` for a file that cannot be taken apart.
    """
    if source.layout == "parquet":
        yield from _of_rows(source)
        return
    for element in all_elements(source):
        yield _named(element.number, _names(element.json), partial(bytes, element.json))


def _names(json: Raw) -> _Names:
    try:
        return _DECODER.decode(json)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # it has a number all the same
        return _NO_NAMES


def _named(number: int, names: _Names, json: Callable[[], bytes]) -> Named:
    """Name a record; a question of the benchmark names its video or image too, so it is looked for first."""
    told = {"bench": names.question_id, "video": names.video_id, "image": names.image_id}
    kind = next((kind for kind, given in told.items() if given is not UNSET), None)
    given = told.get(kind or "")
    return Named(number, kind, str(given) if isinstance(given, int | str) else None, _path(names), json)


def _path(names: _Names) -> str:
    return next((path for path in (names.video_path, names.image_path) if isinstance(path, str)), "")


def _of_rows(source: Input) -> Iterator[Named]:
    from instit_tools.source.parquet import names, row

    for number, found in names(source.path, source.name, source.unpacking):
        json = partial(row, source.path, source.name, number, source.unpacking)
        yield _named(number, msgspec.convert(found, _Names), json)
