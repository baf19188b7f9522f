"""A record counted by plain loops over its JSON, words by NLTK, masks by pycocotools: what `measure` must equal."""

import itertools
import re
import warnings

import numpy as np
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
        "masks": [who | row for row in plain_masks(moments, kind)],
        "overlaps": [who | row for row in plain_overlaps(moments)],
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
            **plain_coverage(here, moment["masks"]),
        }
        before = here


def plain_coverage(captioned, masks):
    names = ("unmasked", "uncaptioned", "covered", "picture_pixels", "pairs", "overlapping")
    if masks is None:
        return dict.fromkeys(names)
    drawn = [plane(mask) for mask in masks.values()]
    pairs = [(one & other).any() for one, other in itertools.combinations(drawn, 2)]
    together = np.any(drawn, axis=0) if drawn else None
    covered = (None, None) if together is None else (int(together.sum()), together.size)
    missing = (len(captioned - masks.keys()), len(masks.keys() - captioned))
    return dict(zip(names, (*missing, *covered, len(pairs), int(sum(pairs))), strict=True))


def plane(mask):
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of pycocotools about numpy
        return coco.decode({**mask, "counts": mask["counts"].encode()}).astype(bool)


def plain_masks(moments, kind):
    before = {}
    for moment in moments:
        drawn = {number: plane(mask) for number, mask in sorted((moment["masks"] or {}).items())}
        change = (moment.get("temporal_change") or "").strip()
        for number, shown in drawn.items():
            rows, columns = np.nonzero(shown)
            spoken = "named" if f"[{number}]" in change else "not named"
            yield {
                "timestamp": moment["timestamp"],
                "id": number,
                "x": int(columns.min()),
                "y": int(rows.min()),
                "width": int(np.ptp(columns)) + 1,
                "height": int(np.ptp(rows)) + 1,
                "pixels": int(shown.sum()),
                "picture_width": shown.shape[1],
                "picture_height": shown.shape[0],
                "picture_pixels": shown.size,
                "damaged": 0,
                "captioned": int(number in moment["ids"]),
                "change": None if kind == "image" else spoken if change else "no text",
                **plain_motion(shown, before.get(number)),
            }
        before = drawn


def plain_motion(shown, before):
    if before is None:
        return dict.fromkeys(("shift", "kept", "either"))
    middles = [np.array([(np.nonzero(each)[axis].min() + np.nonzero(each)[axis].max() + 1) / 2 for axis in (0, 1)])
               for each in (shown, before)]  # fmt: skip
    way = float(np.linalg.norm(middles[0] - middles[1]) / np.linalg.norm(shown.shape))
    return {"shift": round(1_000_000 * way), "kept": int((shown & before).sum()), "either": int((shown | before).sum())}


def plain_overlaps(moments):
    for moment in moments:
        drawn = {number: plane(mask) for number, mask in sorted((moment["masks"] or {}).items())}
        for (one, first), (other, second) in itertools.combinations(drawn.items(), 2):
            if (first & second).any():
                yield {
                    "timestamp": moment["timestamp"],
                    "id": one,
                    "other": other,
                    "shared": int((first & second).sum()),
                    "smaller": int(min(first.sum(), second.sum())),
                    "either": int((first | second).sum()),
                }


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
