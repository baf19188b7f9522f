"""The benchmark in the training data: the same video or image by path, by name, or by what the picture shows."""

from collections.abc import Iterator

from instit_tools.linting.base import Example, Finding, Noted, Place, Rule
from instit_tools.linting.view import View
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
    why="Compared is what the pictures show (a difference hash of 64 bits that is equal), so a copy under another name "
    "and saved anew is found. Needs --deep, and the media of both.",
    example=Example(
        on="", bad="the same photo as images_vpt/002.jpg and images_vpt/sa_000001/sa_17.jpg", good="other photos"
    ),
)
RULES = (PATH, NAME, PICTURE)

_DIGITS = 6


def note(view: View) -> Iterator[Noted]:
    """Remember paths, and fingerprints of pictures where they were decoded."""
    match view.record:
        case VideoRecord() | ImageRecord():
            topic, key, path = (
                "train",
                "image_path" if isinstance(view.record, ImageRecord) else "video_path",
                view.record.path,
            )
        case BenchItem() if isinstance(view.record.video_path, str):
            topic, key, path = "bench", "video_path", view.record.video_path
        case BenchItem() if isinstance(view.record.image_path, str):
            topic, key, path = "bench", "image_path", view.record.image_path
        case _:
            return
    prints = [(each.file, each.print) for each in view.pictures if each.print] if view.deep else []
    yield Noted(topic=topic, key=path.partition("/")[2].strip("/"), path=(key,), data=prints)


class Across:
    """All paths and pictures of both sides."""

    def __init__(self) -> None:
        """Start with none."""
        self._paths: dict[str, Place] = {}
        self._names: dict[str, tuple[Place, str]] = {}
        self._prints: dict[str, tuple[Place, str]] = {}
        self._bench: dict[str, tuple[Place, Noted]] = {}

    def see(self, place: Place, noted: Noted) -> Iterator[Finding]:
        """Remember; the first question about a video speaks for all."""
        if noted.topic == "bench":
            self._bench.setdefault(noted.key, (place, noted))
        else:
            self._paths.setdefault(noted.key, place)
            self._names.setdefault(_name(noted.key), (place, noted.key))
            for file, found in noted.data:
                self._prints.setdefault(found, (place, file))
        return iter(())

    def end(self) -> Iterator[tuple[Place, Finding]]:
        """Look for each of the benchmark's in the training data."""
        for key, (place, noted) in self._bench.items():
            name = _name(key)
            if key in self._paths:
                message = f"{key!r} is the path of {self._paths[key].shown} as well"
                yield place, Finding(code=PATH.code, path=noted.path, message=message)
            elif name in self._names and _tells(name):
                where, theirs = self._names[name]
                message = f"{key!r} has the name of {theirs!r}, {where.shown}"
                yield place, Finding(code=NAME.code, path=noted.path, message=message)
            for file, found in noted.data:
                if found in self._prints:
                    where, other = self._prints[found]
                    message = f"{file} shows what {other} shows, {where.shown}"
                    yield place, Finding(code=PICTURE.code, path=noted.path, message=message)


def _name(key: str) -> str:
    return key.rpartition("/")[2].partition(".")[0]


def _tells(name: str) -> bool:
    return not name.isdigit() or len(name) >= _DIGITS
