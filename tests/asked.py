"""A made-up Inst-IT Bench in the published files, with pictures, and answers of every kind to it."""

import io
import json
from pathlib import Path

from PIL import Image

FRAMES = 11
OPTIONS = {"A": "None", "B": "[2] is a dog.", "C": "A cat, seen\tat <2>.", "D": "NA"}
SAID = (
    "A", "Best option: C", "c", "The correct answer is B.", "B or C", "", "I cannot tell.", "A dog runs, so C",
    "None", "NA", "[2] is a dog.", "<think>A? B?</think> D", r"\boxed{B}", "Correct: D",
)  # fmt: skip


def picture(colour, form="JPEG"):
    """The bytes of a small picture."""
    stream = io.BytesIO()
    Image.new("RGB", (32, 24), colour).save(stream, form)
    return stream.getvalue()


def benchmark(root: Path):
    """Write questions about two images and two videos of eleven frames, and what systems leave beside frames."""
    for owner in ("001", "002"):
        frames = {f"videos_vpt/{owner}/{number}.jpg": picture((20 * number, 0, 0)) for number in range(1, FRAMES + 1)}
        junk = {f"videos_vpt/{owner}/{name}": b"junk" for name in ("._1.jpg", ".DS_Store", "Thumbs.db")}
        for path, content in (frames | junk | {f"images_vpt/{owner}.jpg": picture("blue")}).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
    for kind in ("image", "video"):
        for name, asks in (("multi_choices", choice), ("open_ended", opened)):
            rows = [asks(kind, owner, number) for owner in ("001", "002") for number in (1, 2, 3)]
            (root / f"{kind}_{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    return root


def opened(kind, owner, number, **changes):
    """An open-ended question."""
    path = f"images_vpt/{owner}.jpg" if kind == "image" else f"videos_vpt/{owner}"
    return {
        "question_id": f"{owner}-{number:02}",
        f"{kind}_id": int(owner),
        f"{kind}_path": path,
        "question": f'What is "[{number}]" at <2>?',
        "answer": f"[{number}] is a dog,\tnot a 'cat', of owner {owner}.",
    } | changes


def choice(kind, owner, number, **changes):
    """A multiple-choice question, whose answer is its number's letter."""
    return opened(kind, owner, number) | {"options": OPTIONS, "answer": "ABCD"[(number - 1) % 4]} | changes


def parquet(path, rows):
    """Write image questions as the published Parquet files have them: *rows* are ids and the bytes of pictures."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    letters = {f"choice_{letter.lower()}": text for letter, text in OPTIONS.items()}
    made = [
        {"question_id": key, "question": "Which is [1]?", "answer": "B", "image": {"bytes": content, "path": None}}
        | letters
        for key, content in rows
    ]
    pq.write_table(pa.Table.from_pylist(made), path)
    return path
