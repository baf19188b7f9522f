"""A record counted by plain loops over its JSON, words by NLTK, masks by pycocotools: what `measure` must equal."""

import itertools
import re

from nltk.tokenize import NLTKWordTokenizer, PunktSentenceTokenizer
from pycocotools import mask as coco

from instit_tools.statistics.sentences import trained

WORDS, SENTENCES = NLTKWordTokenizer(), PunktSentenceTokenizer(trained())
UNTAGGED = dict.fromkeys(("nouns", "adjectives", "adverbs", "verbs", "prepositions"))


def expected(record):
    """Count a record in the published shape with plain loops."""
    kind = "video" if "video_id" in record else "image"
    path = record[f"{kind}_path"]
    who = {"kind": kind, "record": str(record[f"{kind}_id"]), "source": path.split("/")[1]}
    moments = plain_moments(record, kind)
    about = {key: who[key] for key in ("record", "source")} | {"path": path}
    seen = [moment["ids"] for moment in moments]
    total = {"instances": len(set().union(*seen))}
    whole = {
        "frames": len(moments),
        "questions": len(record.get("question_answer_pairs") or ()),
        "changed": sum(len((one | other) - (one & other)) for one, other in itertools.pairwise(seen)),
        "changeable": sum(len({*one, *other}) for one, other in itertools.pairwise(seen)),
    }
    return {
        "texts": [who | row for row in plain_texts(record, moments)],
        "frames": [who | row for row in plain_frames(moments, path, kind)],
        "instances": [who | row for row in plain_instances(moments)],
        "videos": [about | total | whole] if kind == "video" else [],
        "images": [about | total] if kind == "image" else [],
    }


def plain_moments(record, kind):
    if kind == "image":
        frame = {"timestamp": 1, "frame_name": "", "instance_level": record["instance_level_caption"]}
        frames, trees = [frame | {"image_level": record["image_level_caption"]}], {"": record.get("segmentations")}
    else:
        frames, trees = record["frame_level_caption"], record.get("segmentations") or {}
    return [
        {
            **frame,
            "captions": {key: text.strip() for key, text in frame["instance_level"].items() if text.strip()},
            "ids": {
                int(one) for key, text in frame["instance_level"].items() if text.strip() for one in key.split(",")
            },
            "masks": {int(key): each["mask"] for key, each in trees[frame["frame_name"]].items()}
            if record.get("segmentations")
            else None,
        }
        for frame in sorted(frames, key=lambda frame: frame["timestamp"])
    ]


def plain_texts(record, moments):
    for moment in moments:
        for key, text in moment["captions"].items():
            yield plain_text("instance", moment["timestamp"], key, text)
        for level, name in (("frame", "image_level"), ("temporal", "temporal_change")):
            if text := (moment.get(name) or "").strip():
                yield plain_text(level, moment["timestamp"], None, text)
    if text := (record.get("video_level_caption") or "").strip():
        yield plain_text("video", None, None, text)
    for number, pair in enumerate(record.get("question_answer_pairs") or (), 1):
        for level in ("question", "answer"):
            yield plain_text(level, None, str(number), pair[level].strip())


def plain_text(level, timestamp, key, text):
    sentences = SENTENCES.tokenize(text)
    return {
        "level": level,
        "timestamp": timestamp,
        "key": key,
        "characters": len(text),
        "words": sum(len(WORDS.tokenize(sentence)) for sentence in sentences),
        "sentences": len(sentences),
        "tokens": None,
        "ids": sorted({int(number) for number in re.findall(r"\[(\d+)\]", text)}),
        "times": sorted({int(number) for number in re.findall(r"<(\d+)>", text)}),
        **UNTAGGED,
    }


def plain_frames(moments, path, kind):
    before = None
    for moment in moments:
        here = moment["ids"]
        yield {
            "timestamp": moment["timestamp"],
            "path": f"{path}/{moment['frame_name']}" if kind == "video" else path,
            "instances": len(here),
            "masked": None if moment["masks"] is None else len(moment["masks"]),
            "appeared": None if before is None else sum(number not in before for number in here),
            "gone": None if before is None else sum(number not in here for number in before),
            "present": sorted(here),
        }
        before = here


def plain_instances(moments):
    """Draw a line an instance, a letter a frame: ``-xx-x-``."""
    masks = [moment["masks"] for moment in moments]
    for number in sorted(set().union(*(moment["ids"] for moment in moments), *(each or () for each in masks))):
        line = "".join("x" if number in moment["ids"] else "-" for moment in moments)
        shown = [each[number] for each in masks if each and number in each]
        yield {
            "id": number,
            "first": moments[line.index("x")]["timestamp"] if "x" in line else None,
            "last": moments[line.rindex("x")]["timestamp"] if "x" in line else None,
            "frames": line.count("x"),
            "gaps": line.strip("-").count("-"),
            "returns": line.strip("-").count("-x"),
            **(dict.fromkeys(("masks", "mask_pixels", "picture_pixels", "damaged")) if None in masks else areas(shown)),
        }


def areas(shown):
    codes = [{**mask, "counts": mask["counts"].encode()} for mask in shown]
    return {
        "masks": len(shown),
        "mask_pixels": int(sum(coco.area(code) for code in codes)),
        "picture_pixels": sum(height * width for height, width in (code["size"] for code in codes)),
        "damaged": 0,
    }
