"""How answers to Inst-IT Bench are asked for, scored and written down; only the standard library is needed.

``reading.strict`` reads an answer as a person would, ``reading.upstream`` as the authors' script does; both are copies
out of instit-tools, which has written this folder.
"""

import importlib
import importlib.util
import json
import os
import sys
import time
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
MEDIA = "INST_IT_BENCH_MEDIA"


def reader(name):
    """Import a reader of this folder, under a name that no other folder's has."""
    package = f"inst_it_bench_reading_{zlib.crc32(str(HERE).encode()):08x}"
    if package not in sys.modules:
        spec = importlib.util.spec_from_file_location(package, HERE / "reading" / "__init__.py")
        sys.modules[package] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[package])
    return importlib.import_module(f"{package}.{name}")


strict = reader("strict")
upstream = reader("upstream")


def prompt(question, options, first, last):
    """Lay a question out as the authors' scripts do: with options in the middle, and an open-ended one at the end."""
    lines = [f"{letter}. {text}" for letter, text in sorted((options or {}).items())]
    parts = (first, question, *lines, last) if options else (first, last, question)
    return "\n".join(part for part in parts if part)


def pictures(paths, media):
    """Find the pictures of a question: in this folder, or below the media root, which the environment may name."""
    root = os.environ.get(MEDIA) or media
    found = []
    for path in paths:
        if not path.startswith("./") and not root:
            raise FileNotFoundError(f"{path}: {MEDIA}=DIR names the folder that it is in")
        place = HERE / path if path.startswith("./") else Path(root) / path
        if not place.is_file():
            raise FileNotFoundError(f"{place} is not there; {MEDIA}=DIR names the folder that holds {path}")
        found.append(str(place))
    return found


def verdict(prediction, options, truth):
    """Score an answer by both readers; what upstream finds not valid is left out of its mean, and has None here."""
    letter, theirs = strict.read(prediction, options).letter, upstream.read(prediction)
    return {
        "strict": float(letter == truth),
        "upstream": None if theirs is None else float(theirs == truth),
        "unparsed": float(letter is None),
    }


def mean(scores):
    """Average the scores that are there; 0 where none is."""
    there = [score for score in scores if score is not None]
    return sum(there) / len(there) if there else 0.0


def answer(question_id, question, prediction, truth, split):
    """Put one answer down as the authors' scripts do."""
    return {
        "question_id": question_id,
        "question": question,
        "model_prediction": prediction,
        "ground_truth": truth,
        "split": split,
    }


def write(answers, folder, name):
    """Write answers as a new file that ``instit-tools bench score`` and ``bench judge`` read; no other is replaced."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(sorted(answers, key=lambda each: each["question_id"]), indent=4) + "\n"
    stamp, number = time.strftime("%Y%m%d_%H%M%S"), 1
    while True:
        path = folder / f"{stamp}{f'-{number}' if number > 1 else ''}_{name}_inference.json"
        try:
            with path.open("x", encoding="utf-8") as stream:
                stream.write(text)
        except FileExistsError:
            number += 1
        else:
            return path
