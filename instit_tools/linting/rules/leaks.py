"""The benchmark in the training data: the same video or image by path, by name, or by what the picture shows."""

from collections.abc import Iterator
from typing import Any

from instit_tools.linting.base import Example, Finding, Judge, Noted, Place, Rule
from instit_tools.linting.view import View
from instit_tools.media.paths import without_prefix
from instit_tools.records import BenchItem, ImageRecord, VideoRecord

FAMILY = "leaks"

PATH = Rule(
    code="leak-path",
    severity="error",
    summary="a video or image of the benchmark with the path of one in the training data",
    why="A model that was trained on it is not tested by it. Marks switched on or off are the same picture.",
    example=Example(
        on="",
        bad='a question about "videos_raw/LVVIS/00017", a training record of "videos_vpt/LVVIS/00017"',
        good="videos of the test split only",
    ),
)
NAME = Rule(
    code="leak-name",
    severity="warning",
    summary="a video or image of the benchmark with the name of one in the training data",
    why="The benchmark may have been copied to another folder. Short numbers are no names: only those with letters, or "
    "with six digits at least, are compared.",
    example=Example(
        on="", bad='"videos_vpt/test/05e0b0f28f" and "videos_vpt/YoutubeVIS-2021/train/05e0b0f28f"', good="other names"
    ),
)
PICTURE = Rule(
    code="leak-picture",
    severity="error",
    summary="a picture of the benchmark that is also in the training data",
    why="Compared is what the pictures show (difference hashes of 256 bits, of which at most 10 differ), so a copy "
    "under another name, saved anew or in another size, is found. Needs --deep, and the media of both.",
    example=Example(
        on="", bad="the same photo as images_vpt/002.jpg and images_vpt/sa_000001/sa_17.jpg", good="other photos"
    ),
)
RULES = (PATH, NAME, PICTURE)

_DIGITS = 6
_HASH = 64
"""Hexadecimal digits of a difference hash; of what is told by its bytes alone, the fingerprint is longer."""
_MAY_DIFFER = 10
"""Bits: copies saved anew differed in 4 at most, different photos in 42 at least."""


def note(view: View) -> Iterator[Noted]:
    """Remember paths, and fingerprints of pictures where they were decoded."""
    match view.record:
        case VideoRecord():
            topic, key, path = "train", "video_path", view.record.path
        case ImageRecord():
            topic, key, path = "train", "image_path", view.record.path
        case BenchItem() if isinstance(view.record.video_path, str):
            topic, key, path = "bench", "video_path", view.record.video_path
        case BenchItem() if isinstance(view.record.image_path, str):
            topic, key, path = "bench", "image_path", view.record.image_path
        case _:
            return
    prints = [(each.file, each.print) for each in view.pictures if each.print] if view.deep else []
    yield Noted(topic=topic, key=without_prefix(path), path=(key,), data=prints)


class Across(Judge):
    """All paths and pictures of both sides."""

    def __init__(self) -> None:
        """Start with none."""
        self._paths: dict[str, Place] = {}
        self._names: dict[str, tuple[Place, str]] = {}
        self._prints: dict[str, tuple[Place, str]] = {}
        self._bench: dict[tuple[str, str], tuple[Place, Noted]] = {}

    def see(self, place: Place, noted: Noted) -> Iterator[Finding]:
        """Remember; the first question about a video speaks for all of its file."""
        if noted.topic == "bench":
            self._bench.setdefault((place.file, noted.key), (place, noted))
        else:
            self._paths.setdefault(noted.key, place)
            self._names.setdefault(_name(noted.key), (place, noted.key))
            for file, found in noted.data:
                self._prints.setdefault(found, (place, file))
        return iter(())

    def end(self) -> Iterator[tuple[Place, Finding]]:
        """Look for each of the benchmark's in the training data."""
        for (_, key), (place, noted) in self._bench.items():
            name = _name(key)
            if key in self._paths:
                message = f"{key!r} is the path of {self._paths[key].shown} as well"
                yield place, Finding(code=PATH.code, path=noted.path, message=message)
            elif name in self._names and _tells(name):
                where, theirs = self._names[name]
                message = f"{key!r} has the name of {theirs!r}, {where.shown}"
                yield place, Finding(code=NAME.code, path=noted.path, message=message)
        yield from self._pictures()

    def _pictures(self) -> Iterator[tuple[Place, Finding]]:
        alike = _Alike(self._prints)
        for place, noted in self._bench.values():
            copies = [(file, copy) for file, found in noted.data if (copy := alike(found))]
            if copies:
                file, (where, other) = copies[0]
                more = f"; so do {len(copies) - 1} more of its pictures" if len(copies) > 1 else ""
                message = f"{file} shows what {other} shows, {where.shown}{more}"
                yield place, Finding(code=PICTURE.code, path=noted.path, message=message)


class _Alike:
    """Finds a picture of the training data by its fingerprint, or one that is nearly the same."""

    def __init__(self, prints: dict[str, tuple[Place, str]]) -> None:
        """Index the fingerprints of the training data."""
        self._prints = prints
        self._hashes = [found for found in prints if len(found) == _HASH]
        self._bits: Any = None

    def __call__(self, found: str) -> tuple[Place, str] | None:
        """Give the picture with the fingerprint *found*, or the most similar one if it is similar enough."""
        if found in self._prints or len(found) != _HASH or not self._hashes:
            return self._prints.get(found)
        import numpy as np

        if self._bits is None:
            self._bits = np.frombuffer(bytes.fromhex("".join(self._hashes)), np.uint64).reshape(-1, 4)
        ours = np.frombuffer(bytes.fromhex(found), np.uint64)
        differing = np.bitwise_count(self._bits ^ ours).sum(axis=1)
        nearest = int(differing.argmin())
        return self._prints[self._hashes[nearest]] if differing[nearest] <= _MAY_DIFFER else None


def _name(key: str) -> str:
    return key.rpartition("/")[2].partition(".")[0]


def _tells(name: str) -> bool:
    return not name.isdigit() or len(name) >= _DIGITS
