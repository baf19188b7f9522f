"""The authors' marked frames beside ours: ``python tests/authors.py OUT.png`` draws both and tells how far apart.

Their masks were not published with these frames. What an outline encloses around a label is recovered here, which is
the mask to a pixel or two: the deepest points of the masks so found are the places of the labels.
"""

import sys
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from instit_tools import masks
from instit_tools.rendering.draw import marked, places
from instit_tools.rendering.style import load

MARKS = Path(__file__).parents[2] / "shared/real/marks"

ANCHORS = {
    1: {2: (879, 167)},
    2: {1: (1039, 223), 3: (531, 373), 4: (898, 509)},
    4: {3: (435, 497), 4: (923, 402), 5: (1205, 420), 6: (341, 105)},
}
"""Where the white boxes of the authors' frames begin: left edge, and the lowest row of the digit."""
CLOSING = {(1, 2): (14, 15), (2, 1): (10, 3), (2, 3): (28, 3), (2, 4): (20, 3)} | {
    (4, 3): (14, 5),
    (4, 4): (28, 3),
    (4, 5): (14, 3),
    (4, 6): (10, 21),
}
"""How faint a trace of the outline is taken, and how wide a gap in it is closed, to find the mask again."""


def picture(name):
    return cv2.imread(str(MARKS / name))[:, :, ::-1].astype(int)


@cache
def recovered(frame):
    """The masks of a frame as far as the authors' outlines tell: what an outline encloses around a label."""
    raw, som = picture(f"frame_{frame}.jpg"), picture(f"som_frame_{frame}.jpg")
    changed = np.abs(raw - som).sum(axis=2)
    for x, y in ANCHORS[frame].values():
        changed[y - 22 : y + 5, x - 2 : x + 22] = 0
    found = {}
    for number, (x, y) in ANCHORS[frame].items():
        threshold, gap = CLOSING[frame, number]
        line = _without_specks((changed > threshold).astype(np.uint8))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (gap, gap))
        closed = cv2.morphologyEx(np.pad(line, 30), cv2.MORPH_CLOSE, kernel)[30:-30, 30:-30]
        _, labels = cv2.connectedComponents(1 - closed, connectivity=4)
        inside = (labels == labels[y, x]).astype(np.uint8)
        found[number] = masks.encode(cv2.dilate(inside, np.ones((3, 3), np.uint8)).astype(bool))
    return found


def _without_specks(line):
    _, labels, about, _ = cv2.connectedComponentsWithStats(line, connectivity=8)
    line[np.isin(labels, np.flatnonzero(about[:, 4] < 12))] = 0
    return line


def main(out):
    """Lay raw, theirs, ours and the clear style beside each other, a row a frame."""
    rows = []
    for frame in ANCHORS:
        raw, som = picture(f"frame_{frame}.jpg"), picture(f"som_frame_{frame}.jpg")
        found = recovered(frame)
        ours, clear = (marked(raw.astype(np.uint8), found, load(name)) for name in ("video", "clear"))
        rows.append(np.hstack([raw.astype(np.uint8), som.astype(np.uint8), ours, clear]))
        for place in places(found, load("video"), (1280, 720)):
            theirs = ANCHORS[frame][place.number]
            apart = tuple(one - other for one, other in zip(place.anchor, theirs, strict=True))
            print(f"frame {frame}, instance {place.number}: theirs at {theirs}, ours {apart[0]:+d} {apart[1]:+d} away")
    shown = cv2.resize(np.vstack(rows), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    cv2.imwrite(out, shown[:, :, ::-1])


if __name__ == "__main__":
    main(sys.argv[1])
