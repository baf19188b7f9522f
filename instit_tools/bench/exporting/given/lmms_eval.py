"""What the tasks of lmms-eval in this folder call; written by instit-tools."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("inst_it_bench_scoring", Path(__file__).with_name("scoring.py"))
scoring = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(scoring)


def doc_to_visual(doc, lmms_eval_specific_kwargs=None):
    """Open the pictures of a question, the frames of a video in the order of time."""
    from PIL import Image

    opened = []
    for path in scoring.pictures(doc["pictures"], (lmms_eval_specific_kwargs or {}).get("media_root")):
        with Image.open(path) as image:
            opened.append(image.convert("RGB"))
    return opened


def doc_to_text(doc, lmms_eval_specific_kwargs=None):
    """Word a question."""
    words = lmms_eval_specific_kwargs or {}
    first, last = words.get("pre_prompt", ""), words.get("post_prompt", "")
    return scoring.prompt(doc["question"], doc.get("options"), first, last)


def _answer(doc, results):
    return scoring.answer(doc["question_id"], doc["question"], results[0], doc["answer"], doc["split"])


def process_choice(doc, results):
    """Score the answer to a multiple-choice question; the cluster is the image or video that it is about."""
    verdict = scoring.verdict(results[0], doc["options"], doc["answer"])
    scored = {
        name: {"cluster": doc["cluster"]} | ({} if score is None else {"score": score})
        for name, score in verdict.items()
    }
    return {
        "accuracy_strict": scored["strict"],
        "accuracy_upstream": scored["upstream"],
        "unparsed": scored["unparsed"],
        "answers_written": _answer(doc, results),
    }


def process_open(doc, results):
    """Keep the answer to an open-ended question, which a judge scores later."""
    empty = {"cluster": doc["cluster"], "score": float(not results[0].strip())}
    return {"unanswered": empty, "answers_written": _answer(doc, results)}


def mean(results):
    """Average the scores, leaving out answers that the published script finds not valid."""
    return scoring.mean([each.get("score") for each in results])


def write_choice(results, args=None):
    """Write the answers to multiple-choice questions, and say how many there are."""
    return _write(results, args, "mc")


def write_open(results, args=None):
    """Write the answers to open-ended questions, and say how many there are."""
    return _write(results, args, "oe")


def _write(results, args, form):
    folder = Path(getattr(args, "output_path", None) or ".") / "submissions"
    path = scoring.write(results, folder, f"{results[0]['split']}_{form}")
    print(f"instit-tools bench {'score' if form == 'mc' else 'judge'} {path}")
    return len(results)
