"""Defects in texts: references that name nothing or are misspelt, texts that are missing or damaged."""

from instit_tools.made_up.patient import Defect, Found, Patient, Place

__all__ = ["DEFECTS", "IN_VIDEO"]


def _say(place: Place, sentence: str) -> Found:
    pointer, owner, key = place
    owner[key] += f" {sentence}"
    return f"{pointer}/{key}", f"says “{sentence}”"


def _put(place: Place, value: str | None, detail: str) -> Found:
    pointer, owner, key = place
    owner[key] = value
    return f"{pointer}/{key}", detail


def _ask(patient: Patient, sentence: str) -> Found:
    """Add *sentence* to a question."""
    return _say(patient.exchange_text("question"), sentence)


def _tell(patient: Patient, sentence: str) -> Found:
    """Add *sentence* to the answer of a question or to the caption of a scene."""
    answers = patient.kind == "video" and patient.rng.choice((True, False))
    return _say(patient.exchange_text("answer") if answers else patient.scene_text(), sentence)


def _timestamp_zero(patient: Patient) -> Found:
    return _ask(patient, "Is that the same at <0>?")


def _timestamp_beyond(patient: Patient) -> Found:
    return _ask(patient, f"Is that the same at <{len(patient.frames) + 3}>?")


def _interval_backwards(patient: Patient) -> Found:
    return _ask(patient, f"Does that hold during <{len(patient.frames)}>-<1>?")


def _interval_unfinished(patient: Patient) -> Found:
    return _ask(patient, "Does that hold during <1>-2?")


def _id_unknown(patient: Patient) -> Found:
    return _tell(patient, "Think of [99].")


def _id_zero(patient: Patient) -> Found:
    return _tell(patient, "Think of [0].")


def _id_padded(patient: Patient) -> Found:
    return _tell(patient, f"Think of [0{patient.ids()[0]}].")


def _id_list(patient: Patient) -> Found | None:
    ids = patient.ids()
    return _tell(patient, f"Think of [{ids[0]}, {ids[1]}].") if len(ids) > 1 else None


def _id_range(patient: Patient) -> Found | None:
    """Write consecutive ids as a range, so that it holds no id but captioned ones."""
    ids = patient.ids()
    first = next((number for number in ids if number + 1 in ids), None)
    if first is None:
        return None
    last = first + 2 if first + 2 in ids else first + 1
    return _tell(patient, f"Think of [{first}-{last}].")


def _text_null(patient: Patient) -> Found:
    return _put(patient.scene_text(), None, "null where a text is expected")


def _text_empty(patient: Patient) -> Found:
    return _put(patient.instance_text(), "", "an empty text")


def _text_blank(patient: Patient) -> Found:
    return _put(patient.scene_text(), " \n\t ", "a text of nothing but white space")


def _text_refusal(patient: Patient) -> Found:
    return _put(patient.instance_text(), "I'm sorry, I can't help with that.", "a refusal in place of a caption")


def _text_replacement(patient: Patient) -> Found:
    return _tell(patient, "It\N{REPLACEMENT CHARACTER}s easy to see.")


def _text_mojibake(patient: Patient) -> Found:
    return _tell(patient, "It\u00e2\u20ac\u2122s easy to see.")  # a curly apostrophe in UTF-8, read as Windows-1252


def _caption_own_id(patient: Patient) -> Found:
    pointer, captions, key = patient.instance_text()
    text = captions[key]
    captions[key] = f"[{key}] is {text[0].lower()}{text[1:]}"
    return f"{pointer}/{key}", f"begins with its own id, [{key}]"


def _question_no_id(patient: Patient) -> Found:
    pairs = patient.record["question_answer_pairs"]
    number = patient.rng.randrange(len(pairs))
    pairs[number] = {"question": "Is it day or night?", "answer": "It is day."}
    return f"/question_answer_pairs/{number}", "neither question nor answer names an instance"


def _reserved_image(patient: Patient) -> Found:
    return _tell(patient, "Look at <image> once more.")


def _reserved_end(patient: Patient) -> Found:
    return _tell(patient, "That is all.</s>")


DEFECTS: dict[str, Defect] = {
    "id-unknown": _id_unknown,
    "id-zero": _id_zero,
    "id-padded": _id_padded,
    "id-list": _id_list,
    "id-range": _id_range,
    "caption-own-id": _caption_own_id,
    "text-null": _text_null,
    "text-empty": _text_empty,
    "text-blank": _text_blank,
    "text-refusal": _text_refusal,
    "text-replacement": _text_replacement,
    "text-mojibake": _text_mojibake,
    "reserved-image": _reserved_image,
    "reserved-end": _reserved_end,
}

IN_VIDEO: dict[str, Defect] = {
    "timestamp-zero": _timestamp_zero,
    "timestamp-beyond": _timestamp_beyond,
    "interval-backwards": _interval_backwards,
    "interval-unfinished": _interval_unfinished,
    "question-no-id": _question_no_id,
}
"""Kinds that only a video can have."""
