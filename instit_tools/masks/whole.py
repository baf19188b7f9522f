"""Masks that are whole: as many pixels as their picture has, in runs that pycocotools reads as they are meant.

The hazards that are kept from it here, all of pycocotools 2.0.11: runs that are too few (it answers with memory that it
never wrote) or too many (an area larger than the picture), a run of no pixel between others (a box of four billion
pixels), masks of different sizes (a union of size 0 by 0, an overlap of -1), and the area of more than 255 masks at
once (an overflow). What is asked for most, area and box, needs no decoding.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from instit_tools.errors import MaskError
from instit_tools.masks.runs import Runs, expanded, lengths, runs
from instit_tools.references import ids_of_key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Plane = NDArray[np.bool_]

__all__ = [
    "Box",
    "Mask",
    "boxes",
    "by_group",
    "by_id",
    "cut",
    "decode",
    "encode",
    "iou",
    "overlaps",
    "read",
    "read_all",
    "union",
]

Box = tuple[int, int, int, int]
"""x and y of the upper left corner, width and height, in pixels."""

_Code = str | list[int]
_MOST_PIXELS = 178_956_970
"""As many as Pillow lets a picture have: a mask of a few bytes can claim any size."""
_SIDES = 2
_HINT = "validate lists every damaged mask; --on-error reject leaves their records out"


class Mask(Struct, frozen=True, gc=False):
    """A mask whose runs fill its picture: *counts* are compressed COCO run lengths, *area* is in pixels."""

    height: int
    width: int
    counts: str
    area: int

    def rle(self) -> dict[str, Any]:
        """Give the COCO run lengths, as JSON holds them and as pycocotools takes them."""
        return {"size": [self.height, self.width], "counts": self.counts}


def read(rle: object, *, size: tuple[int, int] | None = None) -> Mask:
    """Check one mask as published, ``{"size": [height, width], "counts": str or list}``.

    *size* is the (width, height) of its picture, where that is known. Raises `MaskError` for what is no mask, does not
    fill its picture, or is of another size.
    """
    found = read_all([rle], size=size)[0]
    if isinstance(found, MaskError):
        raise found
    return found


def read_all(rles: Iterable[object], *, size: tuple[int, int] | None = None) -> list[Mask | MaskError]:
    """Check many masks at once, which is quicker, as `read` does; a `MaskError` stands where one is damaged."""
    parsed = [_parsed(rle, size) for rle in rles]
    added = iter(runs([each[2] for each in parsed if not isinstance(each, MaskError)]))
    return [each if isinstance(each, MaskError) else _whole(*each, next(added)) for each in parsed]


def by_id(tree: Mapping[str, Any], *, size: tuple[int, int] | None = None) -> dict[int, Mask]:
    """Check the masks of one picture, ``{"3": {"mask": RLE}, "1,2": ...}``, and give them by id, ids in order.

    The mask of a group stands for each of its ids that has none of its own. Raises `MaskError` that names the key.
    """
    masks: dict[int, Mask] = {}
    groups: dict[int, Mask] = {}
    for ids, mask in by_group(tree, size=size).items():
        (masks if len(ids) == 1 else groups).update(dict.fromkeys(ids, mask))
    return dict(sorted((groups | masks).items()))


def by_group(tree: Mapping[str, Any], *, size: tuple[int, int] | None = None) -> dict[tuple[int, ...], Mask]:
    """Check the masks of one picture as `by_id` does, and give each by all ids of its key, as it was published."""
    found: dict[tuple[int, ...], Mask] = {}
    seen: dict[frozenset[int], str] = {}
    segments = [segment.get("mask") if isinstance(segment, Mapping) else None for segment in tree.values()]
    for key, mask in zip(tree, read_all(segments, size=size), strict=True):
        if isinstance(mask, MaskError):
            raise mask.at(f'["{key}"]')
        ids = ids_of_key(key)
        if not ids:
            raise MaskError(f'["{key}"]: is neither an id nor a group of ids', hint=_HINT)
        if (other := seen.setdefault(frozenset(ids), key)) != key:
            raise MaskError(f'["{key}"]: names the same as ["{other}"], and one of the two would be lost', hint=_HINT)
        found[tuple(dict.fromkeys(ids))] = mask
    return found


def encode(plane: "Plane") -> Mask:
    """Make a mask of *plane*, (height, width), true inside."""
    import numpy as np
    from pycocotools import mask as coco

    code = coco.encode(np.asfortranarray(plane, np.uint8))["counts"].decode("ascii")
    height, width = plane.shape
    return Mask(height, width, code, int(np.count_nonzero(plane)))


def decode(mask: Mask) -> "Plane":
    """Give *mask* as (height, width), true inside."""
    return _plane(mask, 0, mask.width)


def cut(mask: Mask) -> "tuple[Plane, tuple[int, int]]":
    """Give what is in the box around *mask*, (height, width), and x and y of its upper left corner.

    Only the columns of the box are decoded: most instances are small.
    """
    ((left, top, width, height),) = boxes([mask])
    return _plane(mask, left, width)[top : top + height], (left, top)


def union(masks: Sequence[Mask]) -> Mask:
    """Put *masks*, one at least and all of one size, together: that of a caption about ``"1,2"``."""
    from pycocotools import mask as coco

    if not masks:
        message = "there is no mask to put together"
        raise ValueError(message)
    if len(masks) == 1:
        return masks[0]
    _same_size(masks)
    merged = coco.merge([mask.rle() for mask in masks])
    return _compressed(masks[0].height, masks[0].width, merged["counts"].decode("ascii"), int(coco.area(merged)))


def boxes(masks: Sequence[Mask]) -> list[Box]:
    """Give the box around each of *masks*, not decoding them; (0, 0, 0, 0) around one of no pixel."""
    from pycocotools import mask as coco

    if not masks:
        return []
    found = coco.toBbox([mask.rle() for mask in masks]).astype(int).tolist()
    return [cast("Box", tuple(box)) if mask.area else (0, 0, 0, 0) for mask, box in zip(masks, found, strict=True)]


def iou(ones: Sequence[Mask], others: Sequence[Mask]) -> "NDArray[np.float64]":
    """Compare each of *ones* with each of *others*: shared pixels by pixels of either, (ones, others), 0 to 1.

    All are of one size; nothing is decoded. Two masks of no pixel share nothing.
    """
    import numpy as np

    shared = overlaps(ones, others)
    areas = np.add.outer([float(mask.area) for mask in ones], [float(mask.area) for mask in others]) - shared
    return np.divide(shared, areas, out=np.zeros_like(shared), where=areas > 0)


def overlaps(ones: Sequence[Mask], others: Sequence[Mask]) -> "NDArray[np.float64]":
    """Count the pixels that each of *ones* shares with each of *others*, (ones, others); nothing is decoded."""
    import numpy as np
    from pycocotools import mask as coco

    if not ones or not others:
        return np.zeros((len(ones), len(others)))
    _same_size([*ones, *others])
    crowd = [1] * len(others)  # then it divides by the area of the ones alone, which loses nothing
    shares = coco.iou([mask.rle() for mask in ones], [mask.rle() for mask in others], crowd)
    areas = np.array([[float(mask.area)] for mask in ones])
    counted: NDArray[np.float64] = np.rint(shares * areas)
    return counted if areas.all() else np.nan_to_num(counted)


def _plane(mask: Mask, left: int, width: int) -> "Plane":
    """Decode the columns of *mask* from *left* on, *width* of them, before and after which it has no pixel."""
    import numpy as np

    spelled = lengths(mask.counts)
    spelled[0] -= left * mask.height
    if len(spelled) % 2:  # the last run is of background
        spelled[-1] = width * mask.height - spelled[:-1].sum()
    inside = np.arange(len(spelled)) % 2 == 1
    return np.repeat(inside, spelled).reshape(width, mask.height).T


def _same_size(masks: Sequence[Mask]) -> None:
    sizes = {(mask.height, mask.width) for mask in masks}
    if len(sizes) > 1:
        shown = " and ".join(f"{height} x {width}" for height, width in sorted(sizes))
        message = f"masks of {shown} (height x width) cannot be laid over each other"
        raise MaskError(message, hint=_HINT)


def _parsed(rle: object, size: tuple[int, int] | None) -> tuple[int, int, _Code] | MaskError:
    match rle:
        case {"size": [high, wide], "counts": str() | list() | bytes() as counts} if sides := _whole_numbers(
            [high, wide]
        ):
            height, width = sides
        case _:
            return MaskError("is no mask in COCO run lengths, with size and counts", hint=_HINT)
    if not (height > 0 and width > 0 and height * width <= _MOST_PIXELS):
        return MaskError(f"has an impossible size: {height} high and {width} wide", hint=_HINT)
    if size is not None and (width, height) != size:
        message = f"is {height} high and {width} wide, and its picture is {size[1]} high and {size[0]} wide"
        return MaskError(message, hint="repair --unsafe swaps sides; a mask of another picture cannot be mended")
    code = counts.decode("ascii", "replace") if isinstance(counts, bytes) else counts
    if isinstance(code, list):
        runs = _whole_numbers(code)
        return MaskError("has a run that is no whole number", hint=_HINT) if runs is None else (height, width, runs)
    return height, width, code


def _whole_numbers(values: Sequence[object]) -> list[int] | None:
    """Give *values* as integers; ``None`` where one is none. 5.0 is one to JSON Schema, and so to validate."""
    if all(type(value) is int for value in values):
        return list(cast("Sequence[int]", values))
    whole = all(type(value) is int or (type(value) is float and value.is_integer()) for value in values)
    return [int(cast("float", value)) for value in values] if whole else None


def _whole(height: int, width: int, code: _Code, added: Runs) -> Mask | MaskError:
    if not added.sound:
        return MaskError("is damaged: its runs are no run lengths", hint=_HINT)
    if added.total != height * width:
        message = f"is damaged: its runs make {added.total:,} pixels, and {height} x {width} are {height * width:,}"
        return MaskError(message, hint=_HINT)
    if isinstance(code, str) and not added.gaps:
        return Mask(height, width, code, added.area)
    return _compressed(height, width, code, added.area)


def _compressed(height: int, width: int, code: _Code, area: int) -> Mask:
    """Write runs that are known to fill the picture compressed, and without any of no pixel but the first."""
    from pycocotools import mask as coco

    spelled = expanded(code) or [] if isinstance(code, str) else code
    found = coco.frPyObjects({"size": [height, width], "counts": _joined(spelled)}, height, width)
    return Mask(height, width, found["counts"].decode("ascii"), area)


def _joined(spelled: Sequence[int]) -> list[int]:
    """Take out runs of no pixel, but for a first one, and add up what they parted."""
    joined = [0]
    for place, run in enumerate(spelled):
        if run and place % 2 == (len(joined) - 1) % 2:
            joined[-1] += run
        elif run:
            joined.append(run)
    return joined
