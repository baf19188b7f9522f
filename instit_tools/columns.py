"""The columns of records in an Arrow table, and the way back from a row of them, without loss.

Objects keyed by instance id become lists of ``{key, ids, caption, short, long}``: a column for every id that occurs
would be null nearly everywhere. Published names are kept. What a column cannot hold exactly goes into ``extra``, a
JSON text that is null for nearly every record.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from instit_tools.remainders import add

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Row", "restored", "schema"]

Row = dict[str, Any]


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


def restored(columns: Row) -> Row:
    """Give back the published object that a row was made from."""
    columns = dict(columns)
    extra = columns.pop("extra", None)
    columns.pop("images", None)
    tree = _restored_video(columns) if "video_id" in columns else _restored_image(columns)
    if extra:
        add(tree, extra)
    return tree


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
