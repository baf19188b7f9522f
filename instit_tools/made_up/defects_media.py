"""Defects in picture files: they are chosen with the record and done when the file is written, in the marked tree."""

from collections.abc import Callable
from io import BytesIO

from instit_tools.made_up.patient import Defect, Found, Patient

__all__ = ["DEFECTS", "SPOIL"]

_PAGE = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head>\n<body><h1>Not Found</h1></body></html>\n"


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _as_png(data: bytes) -> bytes:
    from PIL import Image  # only where there are media

    out = BytesIO()
    with Image.open(BytesIO(data)) as picture:
        picture.save(out, "PNG")
    return out.getvalue()


def _in_file(detail: str) -> Defect:
    def choose_file(patient: Patient) -> Found:
        path: str = patient.record[f"{patient.kind}_path"]
        if patient.frames:
            path = f"{path}/{patient.rng.choice(patient.frames)['frame_name']}"
        return path, detail

    return choose_file


SPOIL: dict[str, Callable[[bytes], bytes | None]] = {
    "file-missing": lambda _: None,
    "file-truncated": _cut,
    "file-html": lambda _: _PAGE,
    "file-png": _as_png,
}
"""What becomes of the bytes of a picture; ``None``: the file is not there."""

DEFECTS: dict[str, Defect] = {
    "file-missing": _in_file("the file is missing"),
    "file-truncated": _in_file("the JPEG is cut off in the middle"),
    "file-html": _in_file("an error page under the name of a picture"),
    "file-png": _in_file("PNG data under the name of a JPEG"),
}
