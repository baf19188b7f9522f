"""The peers of ``instit-tools render``: what one would write in an afternoon, with Pillow or with supervision.

Both decode every mask, draw an outline and a number for each and save the picture, one after another. The number stands
at the centre of gravity, which is cheaper to find than the deepest interior point and may lie outside the instance.
Nothing is checked, summed up or kept for a run that is stopped. ``bare`` draws nothing: what reading and writing take.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pycocotools import mask as coco


def main(how: str, annotations: str, out: str) -> None:
    """Draw the marks of all videos in *annotations* into *out*; their raw pictures lie beside the file."""
    draw = _with_supervision() if how == "supervision" else {"pillow": _with_pillow, "bare": _bare}[how]
    root = Path(annotations).parent
    for path, masks in _frames(json.loads(Path(annotations).read_text(encoding="utf-8"))):
        picture = Image.open(root / path.replace("videos_vpt", "videos_raw")).convert("RGB")
        drawn = draw(picture, {number: coco.decode(mask["mask"]).astype(bool) for number, mask in masks.items()})
        target = Path(out) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        drawn.save(target, "JPEG", quality=95)


def _frames(records) -> Iterator[tuple[str, dict]]:
    for record in records:
        for frame in record["frame_level_caption"]:
            name = frame["frame_name"]
            yield f"{record['video_path']}/{name}", record["segmentations"].get(name, {})


def _bare(picture, masks):  # noqa: ARG001  # what the others take
    return picture


def _with_pillow(picture, masks):
    font = ImageFont.load_default(18)
    pixels = np.array(picture)
    for mask in masks.values():
        edge = mask & ~_inside(mask)
        pixels[edge] = (pixels[edge] * 0.8 + 255 * 0.2).astype(np.uint8)
    picture = Image.fromarray(pixels)
    for number, mask in masks.items():
        ys, xs = np.nonzero(mask)
        x, y = int(xs.mean()), int(ys.mean())
        box = (x, y - 20, x + 20, y + 3)
        picture.paste(Image.blend(picture.crop(box), Image.new("RGB", (20, 23), "white"), 0.75), box)
        ImageDraw.Draw(picture).text((x + 4, y - 20), number, fill="black", font=font)
    return picture


def _inside(mask):
    """Give the pixels whose four neighbours are in the mask too."""
    inside = np.zeros_like(mask)
    inside[1:-1, 1:-1] = mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]
    return inside


def _with_supervision():
    import supervision as sv

    outline, label = sv.PolygonAnnotator(thickness=1), sv.LabelAnnotator(text_position=sv.Position.CENTER_OF_MASS)

    def draw(picture, masks):
        if not masks:
            return picture
        shapes = np.stack(list(masks.values()))
        found = sv.Detections(xyxy=sv.mask_to_xyxy(shapes), mask=shapes, class_id=np.array([int(key) for key in masks]))
        scene = outline.annotate(np.array(picture), found)
        return Image.fromarray(label.annotate(scene, found, labels=list(masks)))

    return draw


if __name__ == "__main__":
    main(*sys.argv[1:])
