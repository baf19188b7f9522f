"""What a record is, from its keys: annotations, questions and predictions of the benchmark, rows that were made."""

from collections.abc import Mapping

from instit_tools.records import FRAMES, QUESTIONS

__all__ = ["ANNOTATIONS", "BENCH", "KINDS", "MASKS", "PREDICTION", "ROWS", "kind_of_tree"]

BENCH, PREDICTION, MASKS = "bench", "prediction", "bench masks"
ANNOTATIONS = frozenset({"video", "image"})

KINDS: Mapping[str, str] = {
    "video": "video-record",
    "image": "image-record",
    BENCH: "bench-item",
    PREDICTION: "bench-prediction",
    MASKS: "bench-masks",
    "llava": "llava-row",
    "llama-factory": "llama-factory-row",
    "ms-swift": "ms-swift-row",
    "pixelrefer": "pixelrefer-row",
    "qwen-vl": "qwen-vl-row",
    "trl": "trl-row",
    "videorefer": "videorefer-row",
    "webdataset": "webdataset-row",
    "energon": "webdataset-row",
}
"""The schema of each kind."""

ROWS = frozenset(KINDS) - ANNOTATIONS - {BENCH, PREDICTION, MASKS}
"""Kinds that are named as the target that writes them."""

_VIDEO = {"video_id", "video_path", FRAMES, QUESTIONS}
_IMAGE = {"image_id", "image_path", "instance_level_caption"}


def kind_of_tree(tree: object) -> str | None:
    """Name the kind of a decoded record; ``None`` for what has no published shape."""
    if not isinstance(tree, dict):
        return None
    if "question_id" in tree:
        return PREDICTION if tree.keys() & {"model_prediction", "model_predictons", "ground_truth"} else BENCH
    if tree.keys() & _VIDEO:
        return "video"
    if tree.keys() & _IMAGE:
        return "image"
    return MASKS if "segmentations" in tree else _kind_of_row(tree)


def _kind_of_row(tree: Mapping[str, object]) -> str | None:
    """Tell rows apart where no manifest does: by the key of the conversation, and by that of the pictures."""
    if "messages" in tree:
        return "ms-swift"
    if "prompt" in tree:
        return "trl"
    if "conversations" in tree and tree.keys() & {"masks", "annotation"}:
        return "pixelrefer" if "masks" in tree else "videorefer"
    if "conversations" in tree:
        return "llama-factory" if tree.keys() & {"images", "videos"} else "llava"
    return None
