"""Who is in a picture: the instances with a caption that says something, and those with a mask that is sound."""

from collections import Counter
from collections.abc import Mapping

from msgspec import UNSET
from msgspec.structs import replace

from instit_tools.errors import MaskError, RecordError
from instit_tools.masks import Mask, read_all
from instit_tools.records import ImageRecord, InstanceCaptions, VideoRecord, known_ids, masks, text_of
from instit_tools.references import ids_of_key

__all__ = ["captioned", "known", "masked", "named", "sound", "trees"]


def captioned(captions: InstanceCaptions) -> frozenset[int]:
    """Collect the instances with a caption that is more than white space, by itself or in a group."""
    found = captions if isinstance(captions, dict) else {}
    return frozenset(number for key, caption in found.items() if text_of(caption) for number in ids_of_key(key))


def trees(record: VideoRecord | ImageRecord) -> dict[str, object]:
    """Decode the masks of *record* by name of the frame; those of an image are at ``""``.

    There are none where ``segmentations`` is not an object, which the rules say.
    """
    try:
        tree = masks(record)
    except RecordError:
        return {}
    return {"": tree} if isinstance(record, ImageRecord) else tree


def named(tree: object) -> frozenset[int]:
    """Collect the instances that the masks of one picture name, damaged ones too."""
    return frozenset(number for key in tree for number in ids_of_key(key)) if isinstance(tree, Mapping) else frozenset()


def known(record: VideoRecord | ImageRecord) -> frozenset[int]:
    """Collect the ids that *record* knows, as `known_ids` does, also where its masks cannot be decoded."""
    return known_ids(replace(record, segmentations=UNSET)).union(*map(named, trees(record).values()))


def sound(tree: object, size: tuple[int, int] | None = None) -> dict[frozenset[int], Mask]:
    """Read the masks of one picture, and keep those that are whole and fit it, by the instances that each names.

    *size* is the (width, height) of the picture; where it is not known, that of most masks stands for it. Of two masks
    for the same instances, the first is kept.
    """
    if not isinstance(tree, Mapping):
        return {}
    segments = [segment.get("mask") if isinstance(segment, Mapping) else None for segment in tree.values()]
    found: dict[frozenset[int], Mask] = {}
    for key, mask in zip(tree, read_all(segments, size=size), strict=True):
        if not isinstance(mask, MaskError) and (ids := frozenset(ids_of_key(key))):
            found.setdefault(ids, mask)
    sizes = Counter((mask.width, mask.height) for mask in found.values())
    most = sizes.most_common(1)[0][0] if sizes else None
    return {ids: mask for ids, mask in found.items() if (mask.width, mask.height) == most}


def masked(tree: object, size: tuple[int, int] | None = None) -> frozenset[int]:
    """Collect the instances that have a `sound` mask in one picture, by themselves or in a group."""
    return frozenset().union(*sound(tree, size))
