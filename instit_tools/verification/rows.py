"""Rows of JSON as loaders take them: elements of an array, or one object a line, whose columns have one type each."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw

from instit_tools.conversations import VIDEO
from instit_tools.manifest import Shard
from instit_tools.verification.base import (
    Problem,
    Rules,
    Scope,
    Shown,
    clip_shown,
    conversation_problems,
    moment_problems,
    pictures_shown,
)
from instit_tools.verification.media import look_ahead, path_problems, seen_clip

__all__ = ["Judge", "element_problems", "line_problems", "media_problems", "sample_problems"]

_DEEP = 8
Judge = Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]
"""What a reader says of one row: (field, message)."""


def element_problems(path: Path, shard: Shard, scope: Scope, judge: Judge) -> Iterator[Problem]:
    """Read every element of a JSON array and *judge* it."""
    try:
        elements = msgspec.json.decode(path.read_bytes(), type=list[Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        yield Problem(file=shard.name, row=None, field="", message=f"is not a JSON array: {error}")
        return
    for row, element in enumerate(elements, 1):
        scope.rows += 1
        for field, message in _judged(element, judge):
            yield Problem(file=shard.name, row=row, field=field, message=message)


def _judged(element: Raw, judge: Judge) -> Iterator[tuple[str, str]]:
    try:
        row = msgspec.json.decode(element)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # what finding elements does not look at
        yield "", f"is not well-formed JSON: {error}"
        return
    if not isinstance(row, Mapping):
        yield "", "is not an object"
        return
    yield from judge(row)


def line_problems(path: Path, shard: Shard, scope: Scope, judge: Judge, *, uniform: bool) -> Iterator[Problem]:
    """Read every line and *judge* it; with *uniform*, hold its columns and their types against those of the first."""
    first: dict[str, str] | None = None
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            scope.rows += 1
            try:
                row = msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                reason = f"is not well-formed JSON: {error}" if line.strip() else "is blank, and the loader stops at it"
                yield Problem(file=shard.name, row=number, field="", message=reason)
                continue
            if not isinstance(row, Mapping):
                yield Problem(file=shard.name, row=number, field="", message="is not an object")
                continue
            found = [*judge(row)]
            if uniform:
                types = {key: type_of(value) for key, value in row.items()}
                first = types if first is None else first
                found += _type_problems(types, first)
            for field, message in found:
                yield Problem(file=shard.name, row=number, field=field, message=message)


def type_of(value: Any, depth: int = 0) -> str:  # noqa: ANN401  # as read, of any shape
    """Name the type that a column of such values has: Arrow knows one for each. Below *depth* 8 it is not looked at."""
    match value:
        case _ if depth > _DEEP:
            return "deeper"
        case None:
            return "null"
        case list():
            inner = sorted({type_of(each, depth + 1) for each in value})
            return f"list of {' and '.join(inner) or 'nothing'}"
        case Mapping():
            return f"object of {', '.join(f'{key} {type_of(value[key], depth + 1)}' for key in sorted(value))}"
        case _:
            return {bool: "bool", int: "number", float: "number", str: "text"}[type(value)]


def _type_problems(types: Mapping[str, str], first: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key in {**types, **first}:
        here, there = types.get(key), first.get(key)
        if here is None or there is None:
            where = "row 1 has" if here is None else "row 1 does not have"
            yield (
                key,
                f"is a column that {where}{'' if here else ' and this row lacks'}: columns are the same in every row",
            )
        elif here != there and "nothing" not in here + there and "null" not in (here, there):
            yield key, f"is a {here}, and a {there} in row 1: a column has one type"


def sample_problems(
    row: Mapping[str, Any], shown: Shown | None, rules: Rules, scope: Scope
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a row whose media are *shown*, ``None`` where that is not known."""
    key = row.get("id")
    if not isinstance(key, str) or not scope.is_new(key):
        yield "id", f"{key} stands more than once" if isinstance(key, str) else f"is {key!r} and not a text"
    instances = row.get("instances")
    if not isinstance(instances, list):
        yield "instances", "is no list of ids"
    if shown is None:
        return
    yield from moment_problems(row.get("timestamps"), shown.frames)
    yield from conversation_problems(row.get(rules.field), shown, instances, rules)


def media_problems(
    row: Mapping[str, Any], scope: Scope, *, even: bool, absolute: bool
) -> tuple[Shown | None, list[tuple[str, str]]]:
    """Look at ``images`` or ``videos``: what they show, and what is wrong; *absolute* is due in lists of frames."""
    images, videos = row.get("images"), row.get("videos")
    if images and videos:
        return None, [("images", "and videos are in one row: their types would mix in one file")]
    if videos is None:
        if images is None or not _texts(images):
            return None, [("images", "is not a list of paths")]
        look_ahead(images, scope)
        return pictures_shown(len(images)), [
            ("images", each) for path in images for each in path_problems(path, scope, absolute=True)
        ]
    if not isinstance(videos, list) or len(videos) != 1:
        count = f"{len(videos)} videos" if isinstance(videos, list) else "no list"
        return None, [("videos", f"holds {count} where 1 is due: the frames of a video are a list in the list")]
    return _video(videos[0], row, scope, even=even, absolute=absolute)


def _video(
    video: Any,  # noqa: ANN401  # as read, of any shape
    row: Mapping[str, Any],
    scope: Scope,
    *,
    even: bool,
    absolute: bool,
) -> tuple[Shown | None, list[tuple[str, str]]]:
    if isinstance(video, str):
        return seen_clip("videos", video, row, scope, VIDEO, even=even)
    if not _texts(video):
        return None, [("videos", "holds neither a video file nor a list of frames")]
    look_ahead(video, scope)
    found = [("videos", each) for path in video for each in path_problems(path, scope, absolute=True)]
    if absolute:
        found += [
            ("videos", f"{path} is relative, and the loader resolves no path in a list of frames")
            for path in video
            if not path.startswith("/")
        ]
    return clip_shown(len(video), VIDEO), found


def _texts(value: Any) -> bool:  # noqa: ANN401  # as read, of any shape
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
