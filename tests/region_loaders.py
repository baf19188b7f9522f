"""Two small loaders of region models, written from what is known of the authors' and from nothing of ours.

Each gives, for a row, what a model would be shown: the frames in order, and for each ``<region>`` of the texts, in
order, the pictures and masks that its features are made of.
"""

import json
import os

import numpy as np
from PIL import Image
from pycocotools import mask as coco

REGION = "<region>"


def picture(path):
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB"))


def decoded(path):
    import av

    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


class VideoLlama2:
    """VideoRefer's first version: one array, ``annotation``, folders by name; an object is all of its masks."""

    def __init__(self, path, data_folder):
        self.rows = json.loads(path.read_text(encoding="utf-8"))
        self.data_folder = data_folder

    def frames(self, row):
        path = os.path.join(self.data_folder, row["image"] if "image" in row else row["video"])  # noqa: PTH118  # an absolute path stays
        if "image" in row:
            return [picture(path)]
        if os.path.isdir(path):  # noqa: PTH112
            return [picture(os.path.join(path, name)) for name in sorted(os.listdir(path))]  # noqa: PTH118, PTH208
        return decoded(path)

    def __call__(self, row):
        frames = self.frames(row)
        masks, regions = [], []
        for entry in row["annotation"]:
            shown = []
            for index in entry:
                mask = coco.decode(entry[index]["segmentation"])
                masks.append(mask)
                shown.append((frames[int(index)], filled(mask)))
            regions.append(shown)
        np.stack(masks)
        tag = "<image>" if "image" in row else "<video>"
        texts = [turn["value"] for turn in row["conversations"]]
        assert sum(text.count(tag) for text in texts) == 1
        tags = texts[0].partition(tag)[2].count(REGION)  # it looks behind the tag only
        assert tags == sum(text.count(REGION) for text in texts) == len(regions)
        return frames, regions


class VideoLlama3:
    """PixelRefer's: JSON lines, ``masks``, lists of frames; each mask takes the next ``<region>``."""

    def __init__(self, path, data_folder):
        self.rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        self.data_folder = data_folder

    def __call__(self, row):
        texts = [turn["value"] for turn in row["conversations"]]
        masks, of, keys = [], [], []
        for entry in row["masks"]:
            if "image" in row:
                masks.append(coco.decode(entry))
                of.append(0)
                continue
            for key in entry:
                if int(key) not in keys:
                    keys.append(int(key))
                of.append(keys.index(int(key)))
                masks.append(coco.decode(entry[key]))
        np.stack(masks)
        if "image" in row:
            frames = shown = [picture(self.data_folder / row["image"])]
        else:
            assert isinstance(row["video"], list)
            assert len(row["video"]) > 1
            frames = [picture(self.data_folder / path) for path in row["video"]]
            assert len(row["timestamps"]) == len(frames)
            shown = [picture(self.data_folder / path) for path in row["masked_video"]]
        for _ in masks:
            place = next(place for place, text in enumerate(texts) if REGION in text)  # fails where there are too few
            assert place % 2 == 0
            texts[place] = texts[place].replace(REGION, "*", 1)
        assert not any(REGION in text for text in texts)  # or it would be trained on as text
        return frames, [[(shown[place], filled(mask))] for place, mask in zip(of, masks, strict=True)]


def filled(mask):
    """What both make of a mask: an empty one is taken for the whole picture."""
    return mask.astype(bool) if mask.any() else np.ones(mask.shape, bool)
