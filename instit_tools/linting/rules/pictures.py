"""Picture files: there, whole, of the kind that their name says, and of one size within a video.

A video of the benchmark has many questions: the first one of a file speaks for all.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from instit_tools.errors import InstitError, MissingPictureError, NoPictureError, TruncatedPictureError
from instit_tools.linting.base import Example, Finding, Fix, Judge, Noted, Place, Rule
from instit_tools.linting.fixes import ASIDE
from instit_tools.linting.view import View
from instit_tools.media.picture import Picture
from instit_tools.records import BenchItem

FAMILY = "media"

_ASIDE = "sets the record aside. Not safe: it is lost, though the file may only need to be fetched again."

MISSING = Rule(
    code="file-missing",
    severity="error",
    summary="a picture that is not there",
    why="Trainers fail on it, or take another sample in its place without a word.",
    example=Example(on="", bad="videos_vpt/LVVIS/1/3.jpg is not in the media folder", good="it is"),
    unsafe=_ASIDE,
)
TRUNCATED = Rule(
    code="file-truncated",
    severity="error",
    summary="a picture that lacks its end, or is empty",
    why="A download broke off. Some loaders fail, others fill the rest with gray and train on it.",
    example=Example(on="", bad="a JPEG without its end marker", good="the whole file"),
    unsafe=_ASIDE,
)
FOREIGN = Rule(
    code="file-html",
    severity="error",
    summary="something else under the name of a picture: a web page, a Git LFS pointer",
    why="A download met an error page. Nothing that reads pictures can open it.",
    example=Example(on="", bad="1.jpg that begins with <!DOCTYPE html>", good="the picture"),
    unsafe=_ASIDE,
)
DAMAGED = Rule(
    code="file-undecodable",
    severity="error",
    summary="a picture that cannot be decoded, or that no loader should open",
    why="Its header or its data are damaged, it is far too large, or its path leads out of the media folder. That the "
    "data decode is only tried with --deep.",
    example=Example(on="", bad="a PNG with a damaged data chunk", good="one that opens"),
    unsafe=_ASIDE,
)
EXTENSION = Rule(
    code="file-png",
    severity="note",
    summary="a picture of another kind than its name says, such as PNG data in a .jpg",
    why="The published data have some. Loaders that go by the content (Pillow, and so most trainers) do not care; "
    "those that go by the name (webdataset's decoders, browsers) may fail. convert goes by the content.",
    example=Example(on="", bad="1.jpg that holds PNG data", good="1.png, or JPEG data"),
)
SIZES = Rule(
    code="picture-sizes",
    severity="warning",
    summary="frames of one video with different sizes",
    why="Video encoders and models that stack frames refuse it, and masks and boxes no longer compare between frames.",
    example=Example(on="", bad="1.jpg of 640x360 and 2.jpg of 360x640", good="all of 640x360"),
)
RULES = (MISSING, TRUNCATED, FOREIGN, DAMAGED, EXTENSION, SIZES)

_EXTENSIONS = {"jpeg": "jpg", "jpe": "jpg"}


def check(view: View) -> Iterator[Finding]:
    """Look at what was found of each picture, of a record or of the image of a question."""
    if _asked_about(view) is None:
        yield from _found(view)


def note(view: View) -> Iterator[Noted]:
    """Remember what was found of the pictures of a video that a question is about."""
    video = _asked_about(view)
    if video is not None and (found := tuple(_found(view))):
        yield Noted(topic="pictures", key=video, data=found)


class Across(Judge):
    """The videos of questions whose pictures were spoken of."""

    def __init__(self) -> None:
        """Start with none."""
        self._told: set[tuple[str, str]] = set()

    def see(self, place: Place, noted: Noted) -> Iterator[Finding]:
        """Give what was found, the first time in a file."""
        if (place.file, noted.key) not in self._told:
            self._told.add((place.file, noted.key))
            yield from noted.data


def _asked_about(view: View) -> str | None:
    """Give the video that a question is about."""
    path = view.record.video_path if isinstance(view.record, BenchItem) else None
    return path if isinstance(path, str) else None


def _found(view: View) -> Iterator[Finding]:
    if view.store is None:
        return
    for each in view.pictures:
        if isinstance(each.found, InstitError):
            yield Finding(code=_code(each.found), path=each.path, message=each.found.message, fix=_fix(view))
            continue
        extension = PurePosixPath(each.file).suffix.lower().removeprefix(".")
        if extension and _EXTENSIONS.get(extension, extension) != each.found.extension:
            message = f"{each.file} holds {each.found.extension} data"
            yield Finding(code=EXTENSION.code, path=each.path, message=message)
    yield from _sizes(view)


def _fix(view: View) -> Fix | None:
    return None if isinstance(view.record, BenchItem) else ASIDE


def _code(error: InstitError) -> str:
    match error:
        case MissingPictureError():
            return MISSING.code
        case TruncatedPictureError():
            return TRUNCATED.code
        case NoPictureError():
            return FOREIGN.code
        case _:
            return DAMAGED.code


def _sizes(view: View) -> Iterator[Finding]:
    whole = [(each.path, each.file, each.found) for each in view.pictures if isinstance(each.found, Picture)]
    sizes = Counter((found.width, found.height) for _, _, found in whole)
    if len(sizes) < 2:  # noqa: PLR2004  # one size, or no picture
        return
    (width, height), _ = sizes.most_common(1)[0]
    usual = next(file for _, file, found in whole if (found.width, found.height) == (width, height))
    for path, file, found in whole:
        if (found.width, found.height) != (width, height):
            message = f"{file} is {found.width}x{found.height}, and {usual} is {width}x{height}"
            yield Finding(code=SIZES.code, path=path, message=message)
