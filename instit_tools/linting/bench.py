"""What the files of the benchmark leave to be compared: what is asked, of which ids, and which ids have a mask."""

from typing import Any

from instit_tools.linting.view import View
from instit_tools.records import BenchItem
from instit_tools.references import ids_of_key, instance_ids

__all__ = ["masked_ids", "owner_of", "question_of", "split_of_masks"]


def question_of(item: BenchItem, view: View) -> dict[str, Any]:
    """Give what is compared of a question."""
    path = item.video_path if isinstance(item.video_path, str) else item.image_path
    number = next((each for each in (item.video_id, item.image_id) if isinstance(each, int | str)), None)
    owner = path if number is None and isinstance(path, str) else number
    return {
        "question": item.question,
        "answer": item.answer if isinstance(item.answer, str) else None,
        "choice": bool(item.choices),
        "split": _split_of(item),
        "owner": owner_of(item.id.partition("-")[0] if owner is None else str(owner)),
        "ids": [(said.path, number) for said in view.texts for number in dict.fromkeys(instance_ids(said.text))],
    }


def _split_of(item: BenchItem) -> str | None:
    if isinstance(item.video_path, str) or isinstance(item.video_id, int | str):
        return "video"
    return "image" if isinstance(item.image_path, str) or isinstance(item.image_id, int | str) else None


def owner_of(key: str) -> str:
    """Name a video or image the same whether it is called 1, "1", "001" or "images_vpt/001.jpg"."""
    name = key.rstrip("/").rpartition("/")[2].partition(".")[0]
    return name.lstrip("0") if name.isdigit() else name


def split_of_masks(tree: object) -> str | None:
    """Tell masks of a video, which are by frame first, from those of an image."""
    inner = [value for value in tree.values() if isinstance(value, dict)] if isinstance(tree, dict) else []
    if not inner:
        return None
    return "image" if any("mask" in value or "counts" in value for value in inner) else "video"


def masked_ids(tree: object) -> set[int]:
    """Collect the ids from maps of masks, with or without frames between."""
    if not isinstance(tree, dict):
        return set()
    inner = [value for value in tree.values() if isinstance(value, dict)]
    if any("mask" in value or "counts" in value for value in inner):
        return {number for key in tree for number in ids_of_key(key)}
    return {number for value in inner for number in masked_ids(value)}
