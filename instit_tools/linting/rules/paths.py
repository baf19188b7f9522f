"""Paths of media: published folders, and nothing outside them."""

from collections.abc import Iterator

from instit_tools.errors import MediaError
from instit_tools.linting.base import Example, Finding, Rule
from instit_tools.linting.fixes import ASIDE
from instit_tools.linting.spans import Path
from instit_tools.linting.view import View
from instit_tools.media.paths import PREFIXES, checked
from instit_tools.records import FRAMES, BenchItem, ImageRecord, VideoRecord

FAMILY = "shape"

PREFIX = Rule(
    code="path-prefix",
    severity="error",
    summary="a path that starts with none of the published folders",
    why="Paths start with images, images_vpt, images_raw, videos, videos_vpt or videos_raw; the first component is "
    "what switches marks on and off. Under another one nothing is found.",
    example=Example(on="image", bad='{"image_path": "pictures/1.jpg"}', good='{"image_path": "images_vpt/1.jpg"}'),
    unsafe="sets the record aside. Not safe: it is lost; the right folder cannot be known.",
)
OUTSIDE = Rule(
    code="path-outside",
    severity="error",
    summary="a path that leads out of the media folder, or nowhere",
    why="An absolute path, one with .., or with a backslash or a drive: it works on one machine at best, and opens "
    "files that nobody meant to train on.",
    example=Example(
        on="image", bad='{"image_path": "images_vpt/../../1.jpg"}', good='{"image_path": "images_vpt/1.jpg"}'
    ),
    unsafe="sets the record aside. Not safe: it is lost.",
)
RULES = (PREFIX, OUTSIDE)


def check(view: View) -> Iterator[Finding]:
    """Look at the path of the record, and at the names of its frames."""
    for path, value, first in _paths(view):
        try:
            checked(value)
        except MediaError:
            message = (
                f"{value!r} is no path inside the media folder (relative, with / and without ..)"
                if value
                else "an empty path"
            )
            yield Finding(code=OUTSIDE.code, path=path, message=message, fix=ASIDE)
            continue
        if first and value.partition("/")[0] not in PREFIXES:
            message = f"{value!r} starts with none of {', '.join(sorted(PREFIXES))}"
            yield Finding(code=PREFIX.code, path=path, message=message, fix=ASIDE)


def _paths(view: View) -> Iterator[tuple[Path, str, bool]]:
    match view.record:
        case VideoRecord():
            yield ("video_path",), view.record.path, True
            for index, frame in enumerate(view.record.frames):
                yield (FRAMES, index, "frame_name"), frame.name, False
        case ImageRecord():
            yield ("image_path",), view.record.path, True
        case BenchItem():
            for key, value in (("image_path", view.record.image_path), ("video_path", view.record.video_path)):
                if isinstance(value, str):
                    yield (key,), value, True
        case _:
            return
