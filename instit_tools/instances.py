"""Captions and masks of one picture, brought together: what is drawn, and what is only spoken of."""

from collections.abc import Mapping

from msgspec import Struct

from instit_tools.masks import Mask, union
from instit_tools.records import InstanceCaptions, ShortLong, text_of
from instit_tools.references import ids_of_key

__all__ = ["Bare", "Captions", "Drawn", "Told", "told"]

Captions = dict[str, str]
"""The ``caption``, and where it was published in two lengths the ``caption_short`` as well; neither where none is."""


class Drawn(Struct, frozen=True):
    """An instance with a mask of some pixels, or a group: its ids, and what is said about it under which key."""

    ids: tuple[int, ...]
    mask: Mask
    key: str
    captions: Captions


class Bare(Struct, frozen=True):
    """An instance without any pixel, by its published key."""

    key: str
    captions: Captions


class Told(Struct, frozen=True):
    """All instances of one picture."""

    drawn: tuple[Drawn, ...]
    bare: tuple[Bare, ...]


def told(captions: InstanceCaptions, masks: Mapping[tuple[int, ...], Mask]) -> Told:
    """Say which instances of a picture are *drawn*, and which are not: each caption and each mask is in one of them.

    A group that has a caption and no mask is what its members are together, if all of them are drawn.
    """
    full = {ids: mask for ids, mask in masks.items() if mask.area}
    said: dict[tuple[int, ...], tuple[str, Captions]] = {}
    bare = []
    for key, caption in captions.items() if isinstance(captions, dict) else ():
        ids, texts = ids_of_key(key), _texts(caption)
        members = [full[number,] for number in ids if (number,) in full]
        if not texts:
            continue
        if ids not in full and len(ids) == len(members) > 1:
            full[ids] = union(members)
        if ids in full and ids not in said:
            said[ids] = key, texts
        else:
            bare.append(Bare(key, texts))
    spoken = {ids_of_key(each.key) for each in bare}
    bare += [Bare(",".join(map(str, ids)), {}) for ids in masks if ids not in full and ids not in spoken]
    return Told(tuple(Drawn(ids, full[ids], *said.get(ids, ("", {}))) for ids in sorted(full)), tuple(bare))


def _texts(caption: str | ShortLong | None) -> Captions:
    text = text_of(caption)
    short = text_of(caption, prefer="short")
    return ({"caption": text} if text else {}) | ({"caption_short": short} if short != text else {})
