"""Defects in the shape of a record: ids and paths, the order and the names of frames, keys that nobody published."""

from instit_tools.made_up.patient import Defect, Found, Patient
from instit_tools.references import print_moment

__all__ = ["DEFECTS", "IDENTITY", "IN_VIDEO", "UNCAPTIONED"]

IDENTITY = frozenset({"record-id-repeated", "path-repeated", "path-prefix"})
"""Kinds that spoil the id or the path of a record, which then serves no other record as an example."""

UNCAPTIONED = "video-uncaptioned"
"""The kind that some videos have whether it is planted or not, as the published ones do."""

_FRAMES_TO_SWAP = 3  # the first frame stays the first: it alone has no temporal change


def _record_id_repeated(patient: Patient) -> Found | None:
    if not patient.earlier:
        return None
    key = f"{patient.kind}_id"
    patient.record[key] = patient.earlier[key]
    return f"/{key}", f"the id {patient.earlier[key]} of an earlier record"


def _path_repeated(patient: Patient) -> Found | None:
    """Point at the media of an earlier record; a video takes over the frame names there, so that the files exist."""
    if not patient.earlier:
        return None
    theirs = patient.earlier.get("frame_level_caption", [])
    if len(theirs) < len(patient.frames):
        return None
    names = {frame["frame_name"]: other["frame_name"] for frame, other in zip(patient.frames, theirs, strict=False)}
    for frame in patient.frames:
        frame["frame_name"] = names[frame["frame_name"]]
    if names and "segmentations" in patient.record:
        masks = patient.record["segmentations"]
        patient.record["segmentations"] = {names[name]: found for name, found in masks.items()}
    key = f"{patient.kind}_path"
    patient.record[key] = patient.earlier[key]
    return f"/{key}", f"the path {patient.earlier[key]} of an earlier record"


def _path_prefix(patient: Patient) -> Found:
    key = f"{patient.kind}_path"
    path = patient.record[key] = "clips/" + patient.record[key].partition("/")[2]
    return f"/{key}", f"the path {path} is in none of the published folders"


def _frames_unordered(patient: Patient) -> Found | None:
    frames = patient.frames
    if len(frames) < _FRAMES_TO_SWAP:
        return None
    number = patient.rng.randrange(1, len(frames) - 1)
    frames[number], frames[number + 1] = frames[number + 1], frames[number]
    return f"/frame_level_caption/{number}/timestamp", f"frames {number + 1} and {number + 2} have changed places"


def _timestamp_repeated(patient: Patient) -> Found | None:
    """Give the last frame the timestamp of the one before, and let the texts follow, so that none dangles."""
    last = len(patient.frames)
    if last < _FRAMES_TO_SWAP:
        return None
    patient.frames[-1]["timestamp"] = last - 1
    owners = [(pair, key) for pair in patient.record["question_answer_pairs"] for key in pair]
    for owner, key in (*owners, (patient.record, "video_level_caption")):
        text = owner[key].replace(print_moment(last - 1, last), print_moment(last - 1))
        owner[key] = text.replace(print_moment(last), print_moment(last - 1))
    return f"/frame_level_caption/{last - 1}/timestamp", f"the timestamp {last - 1} a second time"


def _frame_name_repeated(patient: Patient) -> Found | None:
    """Repeat the name of the frame before; where there are masks, only if they cover the instances of both."""
    masks = patient.record.get("segmentations")
    for number, (one, other) in enumerate(zip(patient.frames, patient.frames[1:], strict=False), start=1):
        if masks is not None and not other["instance_level"].keys() <= masks[one["frame_name"]].keys():
            continue
        if masks is not None:
            del masks[other["frame_name"]]
        other["frame_name"] = one["frame_name"]
        return f"/frame_level_caption/{number}/frame_name", f"the name {one['frame_name']} a second time"
    return None


def _change_in_first(patient: Patient) -> Found:
    patient.frames[0]["temporal_change"] = "Nothing has changed since the previous frame."
    return "/frame_level_caption/0/temporal_change", "a temporal change where nothing came before"


def _change_missing(patient: Patient) -> Found:
    number = patient.rng.randrange(1, len(patient.frames))
    patient.frames[number]["temporal_change"] = None
    return f"/frame_level_caption/{number}/temporal_change", "no temporal change in a later frame"


def _key_group(patient: Patient) -> Found | None:
    for pointer, captions in patient.captions():
        one, *others = captions
        if others:
            key = f"{one},{others[0]}"
            captions[key] = f"{captions.pop(one)} {captions.pop(others[0])}"
            return f"{pointer}/{key}", f"one caption for the group {key}"
    return None


def _key_word(patient: Patient) -> Found:
    pointer, captions = patient.rng.choice(list(patient.captions()))
    captions["background"] = "A plain wall."
    return f"{pointer}/background", "a key that is no id"


def _key_unknown(patient: Patient) -> Found:
    """Add a key, to the record or to one of its frames."""
    number = patient.rng.randrange(len(patient.frames) + 1)
    if number < len(patient.frames):
        patient.frames[number]["shot"] = 1
        return f"/frame_level_caption/{number}/shot", "a key of the frame that nobody published"
    patient.record["reviewer"] = "r7"
    return "/reviewer", "a key of the record that nobody published"


def _video_uncaptioned(patient: Patient) -> Found:
    patient.record["video_level_caption"] = ""
    return "/video_level_caption", "no caption of the whole video"


DEFECTS: dict[str, Defect] = {
    "record-id-repeated": _record_id_repeated,
    "path-repeated": _path_repeated,
    "path-prefix": _path_prefix,
    "key-group": _key_group,
    "key-word": _key_word,
    "key-unknown": _key_unknown,
}

IN_VIDEO: dict[str, Defect] = {
    "frames-unordered": _frames_unordered,
    "timestamp-repeated": _timestamp_repeated,
    "frame-name-repeated": _frame_name_repeated,
    "change-in-first": _change_in_first,
    "change-missing": _change_missing,
    UNCAPTIONED: _video_uncaptioned,
}
"""Kinds that only a video can have."""
