"""Folders as bench score and bench judge leave them, as far as others read them."""

import hashlib
import json

KINDS = (["instances", "one id"], ["time", "no timestamp"])


def prediction(number, said, *, truth="A", question="What is [1]?", split="video", about=None):
    """One answer, to question *number* of video *about*, each of which has five."""
    about = 1 + (number - 1) // 5 if about is None else about
    return {
        "question_id": f"{about:03d}-{number:02d}",
        "question": question,
        "model_prediction": said,
        "ground_truth": truth,
        "split": split,
    }


def predictions(path, rows):
    """Write a file of predictions."""
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def scored(number, score, *, split="video", said="A cat.", about=None, kinds=KINDS):
    """A line of scores.jsonl."""
    about = 1 + (number - 1) // 5 if about is None else about
    return {
        "question_id": f"{about:03d}-{number:02d}",
        "split": split,
        "cluster": f"{about:03d}",
        "kinds": kinds,
        "prediction_sha256": hashlib.sha256(said.encode()).hexdigest(),
        "score": score,
        "failure": "the judge gave no score" if score is None else None,
    }


def judged(folder, lines, *, judge="gpt-4o-2024-08-06", name="mine", prompts=None):
    """Write what bench judge leaves."""
    folder.mkdir(parents=True)
    prompts = {"image": "1" * 64, "video": "2" * 64} if prompts is None else prompts
    told = {"name": name, "headlines": [], "judge": judge, "prompts": prompts, "splits": [], "more": 1}
    (folder / "result.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "scores.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return folder
