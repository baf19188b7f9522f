"""Tar shards, by the rules of ``webdataset`` (tariterators.py, line 34 and 254) and of ``datasets`` (webdataset.py).

A name is split at its first dot; the members of a sample stand next to each other; a key stands once in all shards;
sorted member names are the order of the frames; the extension says what the content is.
"""

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from instit_tools.errors import MediaError
from instit_tools.manifest import Shard
from instit_tools.media.limits import Limits
from instit_tools.media.picture import inspect
from instit_tools.media.tars import DAMAGED, members
from instit_tools.media.tars import content as content_of
from instit_tools.verification.base import Problem, Scope, conversation_problems, pictures_shown

TARGETS = frozenset({"webdataset", "energon"})

_NAME = re.compile(r"(?P<key>[^./]+)\.(?P<field>json|[0-9]{3,}\.[a-z]+)")
_Sample = dict[str, bytes]


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read every member, sample by sample."""
    row = 0
    try:
        for key, sample, odd in _samples(path):
            row += 1
            for field, message in (*odd, *_sample_problems(key, sample, scope)):
                yield Problem(file=shard.name, row=row, field=field, message=message)
    except (*DAMAGED, OSError) as error:
        yield Problem(file=shard.name, row=None, field="", message=f"cannot be read after sample {row}: {error}")


def _samples(path: Path) -> Iterator[tuple[str, _Sample, list[tuple[str, str]]]]:
    """Group members that follow each other under one key, as a reader of the stream does."""
    key: str | None = None
    sample: _Sample = {}
    odd: list[tuple[str, str]] = []
    for archive, member in members(path):
        match = _NAME.fullmatch(member.name)
        if match is None:
            odd.append((member.name, "is not named KEY.json or KEY.001.jpg"))
            continue
        if match["key"] != key:
            if key is not None:
                yield key, sample, odd
                odd = []
            key, sample = match["key"], {}
        if match["field"] in sample:
            odd.append((member.name, "stands twice"))
        sample[match["field"]] = content_of(archive, member)
    if key is not None or odd:
        yield key or "", sample, odd


def _sample_problems(key: str, sample: _Sample, scope: Scope) -> Iterator[tuple[str, str]]:
    if not scope.is_new(key):
        yield key, "stands more than once, or its members are not next to each other"
    try:
        about = msgspec.json.decode(sample.get("json", b""))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        yield f"{key}.json", f"is missing or no JSON: {error}"
        return
    if not isinstance(about, Mapping):
        yield f"{key}.json", "is not an object"
        return
    frames = about.get("frames")
    named = [frame.get("file") for frame in frames if isinstance(frame, Mapping)] if isinstance(frames, list) else []
    if named != sorted(field for field in sample if field != "json"):
        yield f"{key}.json", "its frames are not the pictures beside it, in order"
    yield from _picture_problems(key, sample, scope.limits)
    grouped = about.get("samples")
    for each in grouped if isinstance(grouped, list) else [about]:
        scope.rows += 1
        yield from _talk_problems(each, len(named), grouped=grouped is not None)


def _talk_problems(sample: Any, frames: int, *, grouped: bool) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # as read
    if not isinstance(sample, Mapping):
        yield "samples", "holds something that is not an object"
        return
    shown = sample.get("pictures") if grouped else list(range(1, frames + 1))
    if not isinstance(shown, list) or not shown or not all(number in range(1, frames + 1) for number in shown):
        yield "pictures", f"are not numbers from 1 to {frames}"
        return
    yield from conversation_problems(sample.get("conversations"), pictures_shown(len(shown)), sample.get("instances"))


def _picture_problems(key: str, sample: _Sample, limits: Limits) -> Iterator[tuple[str, str]]:
    for field, content in sample.items():
        if field == "json":
            continue
        try:
            found = inspect(io.BytesIO(content), f"{key}.{field}", limits)
        except MediaError as error:
            yield f"{key}.{field}", error.message
            continue
        if found.extension != field.rpartition(".")[2]:
            yield f"{key}.{field}", f"holds {found.extension} data"
