"""The registry of defects to plant, and the planting: each kind is one function that spoils one thing."""

from collections.abc import Mapping

from msgspec import Struct

from instit_tools.made_up import defects_masks, defects_media, defects_shape, defects_text
from instit_tools.made_up.defects_media import SPOIL
from instit_tools.made_up.defects_shape import IDENTITY, UNCAPTIONED
from instit_tools.made_up.patient import Defect, Patient

__all__ = ["IDENTITY", "SPOIL", "UNCAPTIONED", "Planted", "plant", "registry"]


class Planted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One planted defect, as listed in ``planted.jsonl``.

    *record* is the id as it stands in the file and *index* the place there, from 0; the defect is either in a *field*
    (a JSON pointer within the record) or in a *file* (relative to the folder).
    """

    code: str
    kind: str
    record: int
    index: int
    field: str | None = None
    file: str | None = None
    detail: str


def registry(kind: str, *, masks: bool, media: bool) -> dict[str, Defect]:
    """Name the defects that can be planted in the records of *kind*, with or without masks and media."""
    found = defects_text.DEFECTS | defects_shape.DEFECTS
    found |= defects_text.IN_VIDEO | defects_shape.IN_VIDEO if kind == "video" else {}
    found |= defects_masks.DEFECTS if masks else {}
    return found | (defects_media.DEFECTS if media else {})


def plant(patient: Patient, defects: Mapping[str, Defect], index: int) -> Planted | None:
    """Spoil one thing in record *index*: the kinds take turns, and one that does not apply gives way to the next."""
    codes = list(defects)
    for turn in range(len(codes)):
        code = codes[(index + turn) % len(codes)]
        if found := defects[code](patient):
            place, detail = found
            return Planted(
                code=code,
                kind=patient.kind,
                record=patient.record[f"{patient.kind}_id"],
                index=index,
                field=None if code in SPOIL else place,
                file=place if code in SPOIL else None,
                detail=detail,
            )
    return None
