"""Samples as members of a tar: what ``webdataset`` and ``energon`` write alike.

A sample is ``KEY.json`` and ``KEY.001.jpg``, ``KEY.002.jpg``, ... next to each other, in the order of the frames. Keys
hold no dot, because a name is split at its first (webdataset tariterators.py, energon webdataset/config.py); extensions
say what the content is; picture bytes are the original ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from instit_tools.conversations import conversation
from instit_tools.errors import SampleError
from instit_tools.media.store import Store
from instit_tools.samples import Frame, Sample
from instit_tools.sinks.base import Row
from instit_tools.sinks.tar import LONGEST_NAME, Members, taken
from instit_tools.targets.base import Made

__all__ = ["about_frames", "by_sample", "packed"]

_LONGEST_KEY = LONGEST_NAME - len(".0001.webp")
_MOST_FRAMES = 999


def by_sample(made: Made, store: Store) -> Iterator[Row[tuple[str, Members]] | SampleError]:
    """Make one tar sample of each sample."""
    for sample in made.samples:
        yield packed(sample.id, _about(sample), sample.frames, store)


def packed(
    key: str, about: Mapping[str, Any], frames: Sequence[Frame], store: Store, *, samples: int = 1
) -> Row[tuple[str, Members]] | SampleError:
    """Put *about* and the pictures of *frames* under one key; a `SampleError` where names could not say that."""
    if len(key) > _LONGEST_KEY:
        message = f"{key} is too long: a name in a tar has at most {LONGEST_NAME} bytes"
        return SampleError(message, hint="give the record a shorter id")
    if len(frames) > _MOST_FRAMES:
        message = f"{key} has {len(frames)} frames, and names sort in order up to {_MOST_FRAMES}"
        return SampleError(message, hint="--max-frames takes some of them")
    members: Members = (
        ("json", msgspec.json.encode(about)),
        *((field, store.read(frame.path)) for field, frame in zip(_fields(frames), frames, strict=True)),
    )
    return Row(payload=(key, members), size=taken(members), samples=samples)


def about_frames(frames: Sequence[Frame]) -> list[dict[str, Any]]:
    """Say of each picture by which name it stands there, and what it is."""
    return [
        {
            "file": field,
            "path": frame.path,
            "timestamp": frame.timestamp,
            "width": frame.width,
            "height": frame.height,
        }
        for field, frame in zip(_fields(frames), frames, strict=True)
    ]


def _fields(frames: Sequence[Frame]) -> list[str]:
    return [f"{number:03d}.{frame.extension}" for number, frame in enumerate(frames, 1)]


def _about(sample: Sample) -> dict[str, Any]:
    return {
        "id": sample.id,
        "kind": sample.kind,
        "record": str(sample.provenance.record),
        "part": sample.provenance.part,
        "frames": about_frames(sample.frames),
        "conversations": conversation(sample),
        "instances": sample.instances,
    }
