"""``coco``: instances with mask and box, and captions of pictures, in the files that COCO readers open.

One image a frame. Boxes and areas are those of the masks, and nothing is made up for an instance without one: its
caption stays with its image, under ``without_mask``. A group (``"1,2"``) is an annotation in a category of its own.
A reader opens one file, whose parts are made at the same time, so ids are not counted but put together: of an image
1000 * record + frame, of an annotation 1000 * image + place. Files are called as Datumaro looks for them
(plugins/data_formats/coco/importer.py); attributes are texts and numbers, none of them called as FiftyOne's own
(fiftyone/utils/coco.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from instit_tools import regions
from instit_tools.errors import RecordError, SampleError
from instit_tools.guides import MEDIA, counts, guide, quoted, shell, unnamed
from instit_tools.instances import Drawn, Told, told
from instit_tools.manifest import Shard
from instit_tools.masks import Mask, boxes
from instit_tools.media.paths import Marks
from instit_tools.records import ImageRecord, InstanceCaptions, Text, VideoRecord, escaped, masks, text_of
from instit_tools.samples import Frame, Reject
from instit_tools.sinks.base import Row
from instit_tools.sinks.elements import Elements
from instit_tools.targets.base import Choices, Context, Made, Place, Whole

__all__ = ["beside", "needs_folder", "needs_masks", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "COCO: masks, boxes and captions, one file of instances and one of captions"
SUFFIX = ".json"
TAKES = "records"
OPTIONS: frozenset[str] = frozenset()
DIALECTS: tuple[str, ...] = ()
FRAMES: tuple[str, ...] = ("images",)
FILES = True
RECIPE: str | None = None
MARKS: Marks = "keep"
RESERVED: tuple[str, ...] = ()

_EACH = 1000
_INSTANCE, _GROUP = 1, 2
_INFO = b'{"info":{"description":"Inst-IT","contributor":"instit-tools"},"licenses":[],\n'
_CATEGORIES = b'"categories":[{"id":1,"name":"instance"},{"id":2,"name":"group"}],\n'
_VIDEOS, _IMAGES, _ANNOTATIONS = b'"videos":[\n', b'"images":[\n', b'"annotations":[\n'
_NEXT, _END = b"\n],\n", b"\n]}\n"
WHOLES: tuple[Whole, ...] = (
    Whole(
        name="annotations/instances_video.json",
        kind="video",
        needs="videos",
        parts=(_INFO, _CATEGORIES, _IMAGES, "video-images", _NEXT, _ANNOTATIONS, "video-instances", _END),
    ),
    Whole(
        name="annotations/captions_video.json",
        needs="videos",
        parts=(_INFO, _VIDEOS, "videos", _NEXT, _IMAGES, "video-images", _NEXT, _ANNOTATIONS, "video-captions", _END),
    ),
    Whole(
        name="annotations/instances_image.json",
        kind="image",
        needs="images",
        parts=(_INFO, _CATEGORIES, _IMAGES, "images", _NEXT, _ANNOTATIONS, "image-instances", _END),
    ),
    Whole(
        name="annotations/captions_image.json",
        needs="images",
        parts=(_INFO, _IMAGES, "images", _NEXT, _ANNOTATIONS, "image-captions", _END),
    ),
)


class _Said(Struct, frozen=True):
    """What a record says about one picture."""

    instances: InstanceCaptions
    caption: Text
    change: Text = None


def needs_media(choices: Choices) -> bool:  # part of the interface
    """Say no: pictures are named, not packed."""
    return False


def needs_folder(choices: Choices) -> bool:  # part of the interface
    """Say no: pictures are named below the media root."""
    return False


def needs_masks(choices: Choices) -> bool:  # part of the interface
    """Say yes: without masks there are only captions of pictures."""
    return True


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of nothing: what has no place in COCO is listed."""
    return ()


def rows(made: Made, context: Context) -> Iterator[Row[bytes] | SampleError | Reject]:
    """Make an element of each image, instance and caption, and of each video; list masks of frames that are not there.

    Raises `MaskError` for a mask that is damaged or does not fit its picture.
    """
    record = made.record
    tree = masks(record)
    found = regions.groups(record, made.frames, tree)
    every = _said(record)
    instances = [told(said.instances, each) for said, each in zip(every, found, strict=True)]
    _refuse_many(len(made.frames), instances)
    yield from (_without_frame(made, name) for name in regions.unknown_frames(record, tree))
    if isinstance(record, VideoRecord):
        yield _row("videos", _video(record))
    sizes = _sizes(made.frames, found)
    for place, (frame, said, about, size) in enumerate(zip(made.frames, every, instances, sizes, strict=True), 1):
        if size is None:
            message = f"the size of {frame.path} is not known: it was not looked at, and has no mask"
            yield SampleError(message, hint="--media DIR, the folder that holds the pictures")
        else:
            yield from _of_image(_image(made, frame, place, size), frame, said, about)


def _refuse_many(frames: int, instances: Sequence[Told]) -> None:
    """Raise `RecordError` where an id would be that of the next image, groups that are drawn for a caption and all."""
    if max([frames, *[len(each.drawn) for each in instances]]) >= _EACH:
        message = f"has {_EACH:,} frames, or annotations in one: ids are made for {_EACH - 1}"
        raise RecordError(message, hint="--to jsonl and --to parquet take any number")


def _of_image(image: dict[str, Any], frame: Frame, said: _Said, instances: Told) -> Iterator[Row[bytes]]:
    kind = "video" if "video_id" in image else "image"
    if change := text_of(said.change):
        image["temporal_change"] = change
    if instances.bare:
        image["without_mask"] = [{"key": each.key, **each.captions} for each in instances.bare]
    yield _row("video-images" if kind == "video" else "images", image, samples=1, names=(frame,))
    around = boxes([each.mask for each in instances.drawn])
    for place, (each, box) in enumerate(zip(instances.drawn, around, strict=True), 1):
        yield _row(f"{kind}-instances", _annotation(image["id"], place, each, box))
    if caption := text_of(said.caption):
        yield _row(f"{kind}-captions", {"id": _EACH * image["id"], "image_id": image["id"], "caption": caption})


def _row(kind: str, element: Mapping[str, Any], samples: int = 0, names: tuple[Frame, ...] = ()) -> Row[bytes]:
    encoded = msgspec.json.encode(element)
    return Row(payload=encoded, size=len(encoded), samples=samples, kind=kind, names=names)


def _video(record: VideoRecord) -> dict[str, Any]:
    pairs = [
        {name: text for name, text in (("question", text_of(each.question)), ("answer", text_of(each.answer))) if text}
        for each in record.questions or ()
    ]
    return {
        "id": record.id,
        "name": record.path,
        "length": len(record.frames),
        "caption": text_of(record.caption),
        "question_answer_pairs": pairs,
    }


def _said(record: VideoRecord | ImageRecord) -> list[_Said]:
    if isinstance(record, ImageRecord):
        return [_Said(record.instances, record.caption)]
    ordered = sorted(record.frames, key=lambda frame: frame.timestamp)
    return [_Said(frame.instances, frame.caption, frame.change) for frame in ordered]


def _sizes(frames: Sequence[Frame], found: Sequence[Mapping[tuple[int, ...], Mask]]) -> list[tuple[int, int] | None]:
    """Give width and height of each picture, of one that was not looked at those of its masks.

    A frame without a mask has the size of the others, where they agree.
    """
    masked = [next(((mask.width, mask.height) for mask in each.values()), None) for each in found]
    known = {size for size in masked if size}
    common = known.pop() if len(known) == 1 else None
    return [
        (frame.width, frame.height) if frame.width and frame.height else size or common
        for frame, size in zip(frames, masked, strict=True)
    ]


def _image(made: Made, frame: Frame, place: int, size: tuple[int, int]) -> dict[str, Any]:
    width, height = size
    image = {"id": _EACH * made.number + place, "file_name": frame.path, "width": width, "height": height}
    if isinstance(made.record, VideoRecord):
        return image | {"video_id": made.record.id, "frame_id": place - 1, "timestamp": frame.timestamp}
    return image | {"record_id": made.record.id}


def _annotation(image: int, place: int, drawn: Drawn, box: Sequence[int]) -> dict[str, Any]:
    single = len(drawn.ids) == 1
    whose = {"inst_id": drawn.ids[0]} if single else {"inst_ids": ",".join(map(str, drawn.ids))}
    return {
        "id": _EACH * image + place,
        "image_id": image,
        "category_id": _INSTANCE if single else _GROUP,
        "iscrowd": 0,
        "area": drawn.mask.area,
        "bbox": box,
        "segmentation": drawn.mask.rle(),
        "attributes": whose | drawn.captions,
    }


def _without_frame(made: Made, name: str) -> Reject:
    return Reject(
        file=made.origin.file,
        number=made.origin.number,
        record=made.record.id,
        field=f"/segmentations/{escaped(name)}",
        reason="dropped-frame",
        message="it holds masks of a frame that the record does not have",
    )


def sink(out: BinaryIO, kind: str, choices: Choices) -> Elements:  # part of the interface
    """Write elements to *out*, to be put together."""
    return Elements(out)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Say how the files are opened."""
    media = place.media or MEDIA
    first = shards[0] if shards else None
    values = {
        "counts": counts(shards, place.records, place.left_out, "images") + unnamed(place.media),
        "file": quoted(place.folder / (first.name if first else "annotations")),
        "kind": first.kind if first else "video",
        "annotations_shell": shell(place.folder / "annotations"),
        "media": quoted(media),
        "media_shell": shell(media),
    }
    return {"README.md": guide("coco", values).encode()}
