"""The frames of a record as scenes: what is said of each, where its picture is, who is in it."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from instit_tools.present import captioned
from instit_tools.records import BenchItem, Frame, ImageRecord, InstanceCaptions, Record, VideoRecord
from instit_tools.references import ids_of_key
from instit_tools.viewing.presence import Present
from instit_tools.viewing.said import Said, shown_text
from instit_tools.viewing.texts import Path, Texts
from instit_tools.viewing.traced import Traced

__all__ = ["Caption", "Scene", "ids_in", "in_time", "presence", "scenes"]


class Caption(Struct, frozen=True):
    """What is said of an instance, or of a group, under its *key*: one text, or several by name."""

    key: str
    ids: tuple[int, ...]
    texts: tuple[tuple[str, Said], ...]


class Scene(Struct, frozen=True):
    """One frame, or the picture of an image; *captioned* are the instances with a caption here that says something."""

    anchor: str
    timestamp: int
    name: str
    captions: tuple[Caption, ...]
    caption: Said | None
    change: Said | None
    traced: Traced
    captioned: frozenset[int] = frozenset()

    @property
    def masked(self) -> frozenset[int]:
        """The instances with a mask here."""
        return frozenset(outline.id for outline in self.traced.outlines)

    @property
    def ids(self) -> list[int]:
        """The instances that are here, in order."""
        return sorted(self.captioned | self.masked)


def scenes(record: Record, texts: Texts, traced: Mapping[str, Traced]) -> tuple[Scene, ...]:
    """Make the scenes of *record* by timestamp; *traced* are outlines by name of frame, at ``""`` of an image."""
    match record:
        case VideoRecord():
            ordered = in_time(record)
            return tuple(_anchored(_of_frame(index, frame, texts, traced) for index, frame in ordered))
        case ImageRecord():
            captions = tuple(_captions(record.instances, texts, ("instance_level_caption",)))
            caption = texts.said(record.caption, ("image_level_caption",))
            told = captioned(record.instances)
            return (_scene(1, record.path, captions, caption, None, traced.get("", Traced()), told),)
        case BenchItem():
            return ()


def in_time(record: VideoRecord) -> list[tuple[int, Frame]]:
    """Give the frames of *record* by timestamp, each with its place in the record."""
    return sorted(enumerate(record.frames), key=lambda each: (each[1].timestamp, each[0]))


def presence(found: Sequence[Scene]) -> tuple[Present, ...]:
    """Say who is in each scene."""
    return tuple(Present(scene.anchor, scene.timestamp, scene.captioned, scene.masked) for scene in found)


def ids_in(*texts: Said | None) -> tuple[int, ...]:
    """List the instances that *texts* speak of."""
    return tuple(sorted({number for said in texts if said for piece in said.pieces for number in piece.ids}))


def _of_frame(index: int, frame: Frame, texts: Texts, traced: Mapping[str, Traced]) -> Scene:
    path = ("frame_level_caption", index)
    caption = texts.said(frame.caption, (*path, "image_level"))
    captions = tuple(_captions(frame.instances, texts, (*path, "instance_level")))
    change = texts.said(frame.change, (*path, "temporal_change"))
    outlined = traced.get(frame.name, Traced())
    return _scene(frame.timestamp, frame.name, captions, caption, change, outlined, captioned(frame.instances))


def _scene(  # noqa: PLR0913, PLR0917  # what a scene is made of
    timestamp: int,
    name: str,
    captions: tuple[Caption, ...],
    caption: Said | None,
    change: Said | None,
    outlined: Traced,
    told: frozenset[int],
) -> Scene:
    shown = shown_text(name.rpartition("/")[2]).replace("\n", "\\n")
    return Scene(f"t{timestamp}", timestamp, shown, captions, caption, change, outlined, told)


def _anchored(found: Iterator[Scene]) -> Iterator[Scene]:
    """Give scenes of the same timestamp, which there should not be, anchors of their own."""
    from msgspec.structs import replace

    seen: dict[str, int] = {}
    for scene in found:
        seen[scene.anchor] = again = seen.get(scene.anchor, 0) + 1
        yield scene if again == 1 else replace(scene, anchor=f"{scene.anchor}-{again}")


def _captions(captions: InstanceCaptions, texts: Texts, path: Path) -> Iterator[Caption]:
    if not isinstance(captions, dict):
        return
    for key, caption in captions.items():
        shown = shown_text(key).replace("\n", "\\n")
        yield Caption(shown, ids_of_key(key), texts.lengths(caption, (*path, key)))
