"""A dataset that is quick to convert and still has many parts: long captions, small pictures."""

import io
import json
import random
from pathlib import Path

from conftest import image, video
from PIL import Image

__all__ = ["make", "tree"]


def make(folder: Path, videos: int = 40, *, words: int = 4000) -> Path:
    """Write *videos* videos of three frames and a quarter as many images, pictures beside them; give *folder*."""
    chance = random.Random(0)  # noqa: S311  # a seed, not a secret
    pictures = [_picture(number) for number in range(8)]
    records = [
        video(number, video_level_caption=f"[1] meets [2] at <2>. {_story(chance, words)}")
        for number in range(1, videos + 1)
    ]
    for record in records:
        for frame in record["frame_level_caption"]:
            _put(folder / record["video_path"] / frame["frame_name"], chance.choice(pictures))
    images = [image(number, image_level_caption=_story(chance, words)) for number in range(1, videos // 4 + 1)]
    for record in images:
        _put(folder / record["image_path"], chance.choice(pictures))
    (folder / "video.json").write_text(json.dumps(records), encoding="utf-8")
    (folder / "image.json").write_text(json.dumps(images), encoding="utf-8")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """All files of *folder* and what is in them."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def _story(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(("the", "cat", "dog", "sits", "walks", "over", "there", "again"), k=words)) + "."


def _picture(number: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), (30 * number, 90, 200)).save(out, "JPEG")
    return out.getvalue()


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
