"""The masks of a record's pictures, checked and by id: what rendering and region formats are made of."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import UnsetType

from instit_tools import masks
from instit_tools.errors import MaskError, RecordError
from instit_tools.masks import Mask
from instit_tools.records import ImageRecord, MaskTree, VideoRecord
from instit_tools.records import masks as trees
from instit_tools.samples import Frame

__all__ = ["groups", "refuse_without_masks", "regions", "unknown_frames"]

K = TypeVar("K")


def refuse_without_masks(record: VideoRecord | ImageRecord, purpose: str) -> None:
    """Raise `RecordError` where *record* says nothing of masks; the sentence goes on with *purpose*.

    One that says that it has none is taken at its word.
    """
    if isinstance(record.segmentations, UnsetType) or bytes(record.segmentations) == b"null":
        message = f"it holds no masks, {purpose}"
        raise RecordError(message, hint="give the file whose name ends in _w_mask")


def regions(record: VideoRecord | ImageRecord, frames: Sequence[Frame]) -> tuple[dict[int, Mask], ...]:
    """Give the masks of each of *frames*, pictures of *record*, by id in order; none for a frame without.

    Masks are held against the size of their picture where *frames* say it, and against each other where not. Raises
    `MaskError` that names the frame and the key for one that is damaged or does not fit, and for masks of a frame that
    *record* does not have: nobody would ever find them.
    """
    tree = trees(record)
    _check_frames(record, tree)
    return _of_pictures(record, frames, tree, masks.by_id)


def groups(
    record: VideoRecord | ImageRecord, frames: Sequence[Frame], tree: MaskTree | None = None
) -> tuple[dict[tuple[int, ...], Mask], ...]:
    """Give the masks of each of *frames* as `regions` does, but as they were published: each by all ids of its key.

    A caller that has the *tree* of all masks gives it, and does with `unknown_frames` as it likes.
    """
    if tree is None:
        tree = trees(record)
        _check_frames(record, tree)
    return _of_pictures(record, frames, tree, masks.by_group)


def unknown_frames(record: VideoRecord | ImageRecord, tree: MaskTree) -> list[str]:
    """Name the frames that have masks in *tree* and that *record* does not have."""
    if isinstance(record, ImageRecord):
        return []
    names = {frame.name for frame in record.frames}
    return [name for name, each in tree.items() if each and name not in names]


def _check_frames(record: VideoRecord | ImageRecord, tree: MaskTree) -> None:
    for name in unknown_frames(record, tree):
        message = f'segmentations["{name}"]: there is no frame of that name'
        raise MaskError(message, hint="validate lists all such frames (mask-frame-unknown)")


def _of_pictures(
    record: VideoRecord | ImageRecord, frames: Sequence[Frame], tree: MaskTree, keyed: Callable[..., dict[K, Mask]]
) -> tuple[dict[K, Mask], ...]:
    if isinstance(record, ImageRecord):
        return tuple(_of_picture(tree, frame, "segmentations", keyed) for frame in frames)
    names = {frame.timestamp: frame.name for frame in record.frames}
    return tuple(
        _of_picture(tree.get(names[frame.timestamp]), frame, f'segmentations["{names[frame.timestamp]}"]', keyed)
        for frame in frames
    )


def _of_picture(tree: object, frame: Frame, field: str, keyed: Callable[..., dict[K, Mask]]) -> dict[K, Mask]:
    if not tree:
        return {}
    if not isinstance(tree, Mapping):
        message = f"{field}: is no object of masks by id"
        raise MaskError(message)
    size = None if frame.width is None or frame.height is None else (frame.width, frame.height)
    try:
        found = keyed(tree, size=size)
        _check_sizes(found)
    except MaskError as error:
        raise MaskError(f"{field}{error.message}", hint=error.hint) from error
    return found


def _check_sizes(found: Mapping[Any, Mask]) -> None:
    """Raise `MaskError` where masks of one picture are of several sizes: at most one of them can be the picture's."""
    sizes: dict[tuple[int, int], Any] = {}
    for number, mask in found.items():
        sizes.setdefault((mask.width, mask.height), number)
    if len(sizes) > 1:
        of_each = (f"{height} high and {width} wide for {number}" for (width, height), number in sizes.items())
        message = f": the masks differ in size: {' and '.join(of_each)}"
        raise MaskError(message, hint="with --media, they are held against the picture")
