"""Records that are there twice, by id or by path."""

from collections.abc import Iterator

from instit_tools.linting.base import Example, Finding, Judge, Noted, Place, Rule
from instit_tools.linting.fixes import ASIDE
from instit_tools.linting.view import View
from instit_tools.media.paths import without_prefix
from instit_tools.records import ImageRecord, VideoRecord

FAMILY = "shape"

ID = Rule(
    code="record-id-repeated",
    severity="error",
    summary="a record with the id of an earlier one",
    why="Whatever is joined by id (masks, splits, samples, results) then joins the wrong record. convert stops at it.",
    example=Example(
        on="", bad='{"image_id": 1, ...}, {"image_id": 1, ...}', good='{"image_id": 1, ...}, {"image_id": 2, ...}'
    ),
    unsafe="sets the later record aside. Not safe: it is lost, though it may be another one.",
)
PATH = Rule(
    code="path-repeated",
    severity="warning",
    summary="a record with the path of an earlier one",
    why="The same video or image is annotated twice, and counts twice in training; or one of the two paths is wrong.",
    example=Example(
        on="",
        bad='{"image_path": "images_vpt/1.jpg", ...}, {"image_path": "images_vpt/1.jpg", ...}',
        good='{"image_path": "images_vpt/1.jpg", ...}, {"image_path": "images_vpt/2.jpg", ...}',
    ),
    unsafe="sets the later record aside. Not safe: it is lost, though the path may be what is wrong.",
)
RULES = (ID, PATH)


def note(view: View) -> Iterator[Noted]:
    """Remember id and path of an annotation; marks switched on or off are the same picture."""
    match view.record:
        case VideoRecord():
            kind = "video"
        case ImageRecord():
            kind = "image"
        case _:
            return
    yield Noted(topic=ID.code, key=f"{kind} {view.record.id}", path=(f"{kind}_id",))
    where = without_prefix(view.record.path)  # one without a published folder, path-prefix speaks of
    yield Noted(topic=PATH.code, key=f"{kind} {where}", path=(f"{kind}_path",))


class Across(Judge):
    """Every id and path, with the place where it stood first."""

    REPAIRS = True

    def __init__(self) -> None:
        """Start with none."""
        self._first: dict[tuple[str, str], Place] = {}
        self._last: tuple[Place | None, list[tuple[str, str]]] = (None, [])

    def see(self, place: Place, noted: Noted) -> Iterator[Finding]:
        """Object to the second of two."""
        if self._last[0] is not place:
            self._last = (place, [])
        if (noted.topic, noted.key) not in self._first:
            self._last[1].append((noted.topic, noted.key))
        earlier = self._first.setdefault((noted.topic, noted.key), place)
        if earlier is not place:
            what = "id" if noted.topic == ID.code else "path"
            message = f"{noted.key.partition(' ')[2]!r} is the {what} of {earlier.seen_from(place)} already"
            yield Finding(code=noted.topic, path=noted.path, message=message, fix=ASIDE)

    def forget(self, place: Place) -> None:
        """Take back what the last record left, which is set aside."""
        for key in self._last[1] if self._last[0] is place else ():
            del self._first[key]
        self._last = (None, [])
