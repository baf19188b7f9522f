"""Marked pictures: each where the list says, whole, of its raw picture's size, and unchanged where nothing is drawn.

They are looked at as every command does that is given the folder as ``--media``, in archives too. Raw ones are looked
at where they still are where they were.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from instit_tools.errors import InstitError, MediaError
from instit_tools.manifest import Shard, is_name
from instit_tools.media.paths import with_marks
from instit_tools.media.picture import inspect
from instit_tools.media.store import Store, open_store
from instit_tools.verification.base import Problem, Scope

TARGETS = frozenset({"render"})


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Look at every picture that is listed."""
    try:
        store = open_store(scope.folder, scope.limits)
    except InstitError as error:
        yield Problem(file=shard.name, row=None, field="", message=error.message)
        return
    with path.open("rb") as lines:
        for row, line in enumerate(lines, 1):
            for picture, message in _line_problems(line, store, scope):
                yield Problem(file=shard.name, row=row, field=picture, message=message)


def _line_problems(line: bytes, store: Store, scope: Scope) -> Iterator[tuple[str, str]]:
    try:
        pictures = msgspec.json.decode(line, type=dict[str, Any])["pictures"]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError) as error:
        yield "", f"is no list of pictures: {error}"
        return
    for number, picture in enumerate(pictures if isinstance(pictures, list) else [None]):
        scope.rows += 1
        field = f"pictures[{number}]"
        if not isinstance(picture, Mapping) or not isinstance(path := picture.get("path"), str) or not is_name(path):
            yield field, "has no path of a picture in videos_vpt or images_vpt"
            continue
        try:
            yield from ((field, message) for message in _picture_problems(path, picture, store, scope))
        except MediaError as error:
            yield field, error.message


def _picture_problems(path: str, listed: Mapping[str, Any], store: Store, scope: Scope) -> Iterator[str]:
    if not scope.is_new(path):
        yield f"{path} is listed more than once"
    with store.open(path) as stream:
        found = inspect(stream, path, scope.limits)
    if (found.width, found.height) != (listed.get("width"), listed.get("height")):
        yield f"{path} is {found.width}x{found.height}, and listed as {listed.get('width')}x{listed.get('height')}"
    if scope.store is None:
        return
    raw = with_marks(path, "raw")
    with scope.store.open(raw) as stream:
        one = inspect(stream, raw, scope.limits)
    if (found.width, found.height) != (one.width, one.height):
        yield f"{path} is {found.width}x{found.height}, and {raw} is {one.width}x{one.height}"
    same = store.read(path) == scope.store.read(raw)
    if same and listed.get("drawn"):
        yield f"{path} is {raw} itself, and ids should be drawn on it"
    if not same and not listed.get("drawn"):
        yield f"{path} is not {raw}, and nothing should be drawn on it"
