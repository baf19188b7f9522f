"""The masks of a record's pictures, checked and by id: what rendering and region formats are made of."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from instit_tools import masks
from instit_tools.errors import MaskError
from instit_tools.masks import Mask
from instit_tools.records import ImageRecord, VideoRecord
from instit_tools.records import masks as trees
from instit_tools.samples import Frame

__all__ = ["groups", "has_masks", "regions"]

K = TypeVar("K")


def has_masks(record: VideoRecord | ImageRecord) -> bool:
    """Say whether *record* has any mask at all, not looking whether it is damaged."""
    tree = trees(record)
    return any(tree.values()) if isinstance(record, VideoRecord) else bool(tree)


def regions(record: VideoRecord | ImageRecord, frames: Sequence[Frame]) -> tuple[dict[int, Mask], ...]:
    """Give the masks of each of *frames*, pictures of *record*, by id in order; none for a frame without.

    Masks are held against the size of their picture where *frames* say it, and against each other where not. Raises
    `MaskError` that names the frame and the key for one that is damaged or does not fit, and for masks of a frame that
    *record* does not have: nobody would ever find them.
    """
    _check_frames(record)
    return _of_pictures(record, frames, masks.by_id)


def groups(
    record: VideoRecord | ImageRecord, frames: Sequence[Frame], *, strict: bool = True
) -> tuple[dict[tuple[int, ...], Mask], ...]:
    """Give the masks of each of *frames* as `regions` does, but as they were published: each by all ids of its key.

    Where it is not *strict*, masks of frames that are not there are the caller's.
    """
    if strict:
        _check_frames(record)
    return _of_pictures(record, frames, masks.by_group)


def _check_frames(record: VideoRecord | ImageRecord) -> None:
    if isinstance(record, ImageRecord):
        return
    names = {frame.name for frame in record.frames}
    for name, tree in trees(record).items():
        if tree and name not in names:
            message = f'segmentations["{name}"]: there is no frame of that name'
            raise MaskError(message, hint="validate lists all such frames (mask-frame-unknown)")


def _of_pictures(
    record: VideoRecord | ImageRecord, frames: Sequence[Frame], keyed: Callable[..., dict[K, Mask]]
) -> tuple[dict[K, Mask], ...]:
    tree = trees(record)
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
