"""Records as rows of an Arrow table and back, without loss.

Objects keyed by instance id become lists of ``{key, ids, caption, short, long}``: a column for every id that occurs
would be null nearly everywhere. Published names are kept. What a column cannot hold exactly (an unknown key, a text
that is absent rather than ``null``, an id that is no number) goes into ``extra``, a JSON text that says what to
``set`` and what to ``drop``, by JSON pointer, once the columns are an object again; it is null for nearly every record.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import Struct, UnsetType

from instit_tools.records import (
    Frame,
    ImageRecord,
    InstanceCaptions,
    QuestionAnswer,
    ShortLong,
    VideoRecord,
    escaped,
    masks,
    put,
    text_of,
)
from instit_tools.references import ids_of_key

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Row", "restored", "row", "schema"]

Row = dict[str, Any]
_INT32 = 1 << 31
_INT64 = 1 << 63


class _Patch(Struct, omit_defaults=True):
    """What to do to an object rebuilt from the columns so that it equals the record."""

    set: dict[str, Any] = msgspec.field(default_factory=dict)
    drop: list[str] = msgspec.field(default_factory=list)


def schema(kind: str, *, embedded: bool = False) -> "pa.Schema":
    """Give the Arrow schema of ``video`` or ``image`` rows; *embedded* adds the pictures themselves."""
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    instances = pa.list_(
        pa.struct(
            {"key": text, "ids": pa.list_(pa.int32()), "caption": text, "short": text, "long": text},
        )
    )
    mask = pa.struct({"size": pa.list_(pa.int32()), "counts": text})
    segments = pa.list_(pa.struct({"key": text, "mask": mask}))
    if kind == "image":
        fields = {
            "image_id": number,
            "instance_level_caption": instances,
            "image_level_caption": text,
            "image_path": text,
            "segmentations": segments,
        }
    else:
        frame = {
            "timestamp": number,
            "frame_name": text,
            "instance_level": instances,
            "image_level": text,
            "temporal_change": text,
        }
        fields = {
            "video_id": number,
            "frame_level_caption": pa.list_(pa.struct(frame)),
            "question_answer_pairs": pa.list_(pa.struct({"question": text, "answer": text})),
            "video_level_caption": text,
            "video_path": text,
            "segmentations": pa.list_(pa.struct({"frame_name": text, "instances": segments})),
        }
    picture = pa.struct({"bytes": pa.binary(), "path": text})
    extra = {"extra": text, **({"images": pa.list_(picture)} if embedded else {})}
    return pa.schema(fields | extra)


def row(record: VideoRecord | ImageRecord) -> Row:
    """Lay *record* out for the columns of its kind."""
    patch = _Patch()
    columns = _video_row(record, patch) if isinstance(record, VideoRecord) else _image_row(record, patch)
    patch.set |= record.extra  # last: what holds an extra key is in its place by then
    used = patch.set or patch.drop
    columns["extra"] = msgspec.json.encode(patch).decode() if used else None
    return columns


def restored(columns: Row) -> Row:
    """Give back the published object that `row` was made from."""
    columns = dict(columns)
    extra = columns.pop("extra", None)
    columns.pop("images", None)
    tree = _restored_video(columns) if "video_id" in columns else _restored_image(columns)
    if extra:
        patch = msgspec.json.decode(extra, type=_Patch)
        for pointer in patch.drop:
            put(tree, pointer, msgspec.UNSET)
        for pointer, value in patch.set.items():
            put(tree, pointer, value)
    return tree


def _video_row(record: VideoRecord, patch: _Patch) -> Row:
    frames = [_frame(frame, f"/frame_level_caption/{index}", patch) for index, frame in enumerate(record.frames)]
    return {
        "video_id": _number(record.id, "/video_id", patch),
        "frame_level_caption": frames,
        "question_answer_pairs": _questions(record.questions, patch),
        "video_level_caption": _text(record.caption, "/video_level_caption", patch),
        "video_path": record.path,
        "segmentations": _frame_segments(masks(record), patch) if _has_masks(record, patch) else None,
    }


def _image_row(record: ImageRecord, patch: _Patch) -> Row:
    return {
        "image_id": _number(record.id, "/image_id", patch),
        "instance_level_caption": _instances(record.instances, "/instance_level_caption", patch),
        "image_level_caption": _text(record.caption, "/image_level_caption", patch),
        "image_path": record.path,
        "segmentations": _segments(masks(record), "/segmentations", patch) if _has_masks(record, patch) else None,
    }


def _frame(frame: Frame, pointer: str, patch: _Patch) -> Row:
    return {
        "timestamp": _number(frame.timestamp, f"{pointer}/timestamp", patch),
        "frame_name": frame.name,
        "instance_level": _instances(frame.instances, f"{pointer}/instance_level", patch),
        "image_level": _text(frame.caption, f"{pointer}/image_level", patch),
        "temporal_change": _text(frame.change, f"{pointer}/temporal_change", patch),
    }


def _questions(pairs: tuple[QuestionAnswer, ...] | UnsetType | None, patch: _Patch) -> list[Row] | None:
    if not isinstance(pairs, tuple):
        return cast("None", _text(pairs, "/question_answer_pairs", patch))
    return [
        {
            "question": _text(pair.question, f"/question_answer_pairs/{index}/question", patch),
            "answer": _text(pair.answer, f"/question_answer_pairs/{index}/answer", patch),
        }
        for index, pair in enumerate(pairs)
    ]


def _instances(captions: InstanceCaptions, pointer: str, patch: _Patch) -> list[Row] | None:
    if not isinstance(captions, dict):
        return cast("None", _text(captions, pointer, patch))
    return [
        {"key": key, "ids": ids_of_key(key), "caption": caption}  # by far the most: worth a shortcut
        if isinstance(caption, str)
        else _odd_instance(key, caption, f"{pointer}/{escaped(key)}", patch)
        for key, caption in captions.items()
    ]


def _odd_instance(key: str, caption: ShortLong | None, pointer: str, patch: _Patch) -> Row:
    both: Row = {"short": None, "long": None}
    if isinstance(caption, ShortLong):
        both = {
            "short": _text(caption.short, f"{pointer}/short", patch),
            "long": _text(caption.long, f"{pointer}/long", patch),
        }
        if both["short"] is None and both["long"] is None:
            patch.drop = [path for path in patch.drop if not path.startswith(f"{pointer}/")]
            patch.set[pointer] = msgspec.to_builtins(caption)
    return {"key": key, "ids": ids_of_key(key), "caption": text_of(caption) or None, **both}


def _has_masks(record: VideoRecord | ImageRecord, patch: _Patch) -> bool:
    if isinstance(record.segmentations, UnsetType):
        return False
    if bytes(record.segmentations) == b"null":
        patch.set["/segmentations"] = None
        return False
    return True


def _frame_segments(tree: Mapping[str, Any], patch: _Patch) -> list[Row]:
    rows = []
    for name, instances in tree.items():
        pointer = f"/segmentations/{escaped(name)}"
        fits = isinstance(instances, dict)
        if not fits:
            patch.set[pointer] = instances
        rows.append({"frame_name": name, "instances": _segments(instances, pointer, patch) if fits else None})
    return rows


def _segments(tree: Mapping[str, Any], pointer: str, patch: _Patch) -> list[Row]:
    return [{"key": key, "mask": _mask(value, f"{pointer}/{escaped(key)}", patch)} for key, value in tree.items()]


def _mask(value: object, pointer: str, patch: _Patch) -> Row | None:
    match value:
        case {"mask": {"size": [height, width], "counts": str(), **more} as mask, **others} if not (
            more or others or not _is_int32(height) or not _is_int32(width)
        ):
            return cast("Row", mask)
        case _:
            patch.set[pointer] = value
            return None


def _is_int32(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -_INT32 <= value < _INT32


def _text(value: Any, pointer: str, patch: _Patch) -> Any:  # noqa: ANN401  # also for other values that may be absent
    if isinstance(value, UnsetType):
        patch.drop.append(pointer)
        return None
    return value


def _number(value: int | str, pointer: str, patch: _Patch) -> int | None:
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return value
    patch.set[pointer] = value
    return None


def _restored_video(columns: Row) -> Row:
    tree: Row = {
        "video_id": columns["video_id"],
        "frame_level_caption": [
            frame | {"instance_level": _captions(frame["instance_level"])} for frame in columns["frame_level_caption"]
        ],
        "question_answer_pairs": columns["question_answer_pairs"],
        "video_level_caption": columns["video_level_caption"],
        "video_path": columns["video_path"],
    }
    if (frames := columns.get("segmentations")) is not None:
        tree["segmentations"] = {frame["frame_name"]: _by_key(frame["instances"]) for frame in frames}
    return tree


def _restored_image(columns: Row) -> Row:
    tree = columns | {"instance_level_caption": _captions(columns["instance_level_caption"])}
    segments = tree.pop("segmentations", None)
    return tree | ({} if segments is None else {"segmentations": _by_key(segments)})


def _captions(instances: Iterable[Row] | None) -> Row | None:
    return None if instances is None else {instance["key"]: _caption(instance) for instance in instances}


def _caption(instance: Row) -> str | Row | None:
    if instance["short"] is None and instance["long"] is None:
        return cast("str | None", instance["caption"])
    return {"short": instance["short"], "long": instance["long"]}


def _by_key(segments: Iterable[Row] | None) -> Row:
    return {segment["key"]: {"mask": segment["mask"]} for segment in segments or ()}
