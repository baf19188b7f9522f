"""The peer of ``instit-tools stats``: the script that one would write with json, NLTK and pandas.

It counts characters, words and sentences of every text, instances of every frame, and how instances come and go, and
prints what it found by level. Words by ``nltk`` or by ``whitespace``.
"""

import json
import sys
from pathlib import Path

import pandas as pd


def main(folder: str, tokenizer: str) -> None:
    """Measure the annotations in *folder*."""
    texts, frames, instances = [], [], []
    for path in sorted(Path(folder).glob("made_up_*.json")):
        with path.open(encoding="utf-8") as file:
            records = json.load(file)
        for record in records:
            measure = video if "video_id" in record else image
            measure(record, texts, frames, instances)
    table = pd.DataFrame(texts, columns=["kind", "record", "level", "timestamp", "text"])
    table["characters"] = table["text"].str.len()
    if tokenizer == "nltk":
        from nltk.tokenize import NLTKWordTokenizer, PunktSentenceTokenizer

        words, sentences = NLTKWordTokenizer(), PunktSentenceTokenizer()
        split = table["text"].map(sentences.tokenize)
        table["words"] = split.map(lambda parts: sum(len(words.tokenize(part)) for part in parts))
        table["sentences"] = split.map(len)
    else:
        table["words"] = table["text"].str.split().map(len)
    print(
        table.drop(columns=["text", "timestamp"]).groupby("level").describe(percentiles=[0.05, 0.5, 0.95]).to_string()
    )
    shown = pd.DataFrame(frames, columns=["kind", "record", "timestamp", "instances"])
    print(shown.groupby("kind")["instances"].describe().to_string())
    lives = pd.DataFrame(instances, columns=["kind", "record", "id", "first", "last", "frames", "gaps"])
    print(lives.groupby("kind").describe().to_string())


def video(record, texts, frames, instances) -> None:
    """Add the rows of a video."""
    seen = {}
    for frame in record["frame_level_caption"]:
        at = frame["timestamp"]
        for key, caption in frame["instance_level"].items():
            texts.append(("video", record["video_id"], "instance", at, caption))
            seen.setdefault(key, []).append(at)
        for level, key in (("frame", "image_level"), ("temporal", "temporal_change")):
            if frame[key]:
                texts.append(("video", record["video_id"], level, at, frame[key]))
        frames.append(("video", record["video_id"], at, len(frame["instance_level"])))
    if record["video_level_caption"]:
        texts.append(("video", record["video_id"], "video", None, record["video_level_caption"]))
    for pair in record["question_answer_pairs"]:
        texts.extend(("video", record["video_id"], level, None, pair[level]) for level in ("question", "answer"))
    for key, at in seen.items():
        gaps = at[-1] - at[0] + 1 - len(at)
        instances.append(("video", record["video_id"], key, at[0], at[-1], len(at), gaps))


def image(record, texts, frames, instances) -> None:
    """Add the rows of an image."""
    captions = record["instance_level_caption"]
    texts.extend(("image", record["image_id"], "instance", 1, caption) for caption in captions.values())
    texts.append(("image", record["image_id"], "frame", 1, record["image_level_caption"]))
    frames.append(("image", record["image_id"], 1, len(captions)))
    instances.extend(("image", record["image_id"], key, 1, 1, 1, 0) for key in captions)


if __name__ == "__main__":
    main(*sys.argv[1:])
