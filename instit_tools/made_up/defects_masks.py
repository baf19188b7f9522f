"""Defects in masks, for the ``_w_mask`` files."""

from instit_tools.made_up.patient import Defect, Found, Patient, Place

__all__ = ["DEFECTS"]

_TO_TELL = 3


def _mask(patient: Patient) -> Place:
    """Choose the mask of an instance: pointer and map of its frame or image, and its id."""
    pointer, masks = "/segmentations", patient.record["segmentations"]
    if patient.kind == "video":
        name = patient.rng.choice(list(masks))
        pointer, masks = f"{pointer}/{name}", masks[name]
    return pointer, masks, patient.rng.choice(list(masks))


def _mask_runs(patient: Patient) -> Found:
    """Add a run (``1`` in the compressed code): together they then make more pixels than the picture has."""
    pointer, masks, key = _mask(patient)
    masks[key]["mask"]["counts"] += "1"
    return f"{pointer}/{key}/mask/counts", "runs that do not sum to height times width"


def _mask_size(patient: Patient) -> Found | None:
    """Swap height and width of one mask, where the record has others enough to tell which is wrong."""
    pointer, masks, key = _mask(patient)
    if _count(patient) < _TO_TELL:
        return None
    masks[key]["mask"]["size"].reverse()
    return f"{pointer}/{key}/mask/size", "width and height have changed places"


def _mask_empty(patient: Patient) -> Found:
    from instit_tools.made_up.raster import empty  # numpy: only where there are masks

    pointer, masks, key = _mask(patient)
    masks[key]["mask"] = empty(masks[key]["mask"]["size"])
    return f"{pointer}/{key}/mask/counts", "a mask of no pixel"


def _mask_missing(patient: Patient) -> Found | None:
    """Take a mask away; of a video, of an instance that keeps one in another frame, so that questions about it hold."""
    pointer, masks, key = _mask(patient)
    others = patient.record["segmentations"].values() if patient.kind == "video" else ()
    if patient.kind == "video" and sum(key in other for other in others) == 1:
        return None
    del masks[key]
    return pointer, f"no mask for the captioned instance {key}"


def _count(patient: Patient) -> int:
    masks = patient.record["segmentations"]
    return sum(map(len, masks.values())) if patient.kind == "video" else len(masks)


DEFECTS: dict[str, Defect] = {
    "mask-runs": _mask_runs,
    "mask-size": _mask_size,
    "mask-empty": _mask_empty,
    "mask-missing": _mask_missing,
}
