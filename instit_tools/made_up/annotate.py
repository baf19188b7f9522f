"""Records in the published shape and key order, as plain JSON objects, made from scenes."""

from collections.abc import Callable, Iterator
from typing import Any

from instit_tools.made_up import captions, naming
from instit_tools.made_up.chance import chance
from instit_tools.made_up.questions import questions
from instit_tools.made_up.scene import Scene, image_scene, video_scene
from instit_tools.made_up.story import video_caption

__all__ = ["Json", "Masks", "image_record", "image_records", "video_record", "video_records"]

Json = dict[str, Any]
"""A JSON object of the published shape; plain, because defects are planted by changing it."""

Masks = Callable[[Scene], list[Json]]
"""Makes, for each frame of a scene, the masks by id."""


def video_records(count: int, *, seed: int = 0, masks: Masks | None = None) -> Iterator[Json]:
    """Yield *count* video records; record i is the same whatever *count* is."""
    return (video_record(video_scene(index, seed=seed), seed=seed, masks=masks) for index in range(count))


def image_records(count: int, *, seed: int = 0, masks: Masks | None = None) -> Iterator[Json]:
    """Yield *count* image records; record i is the same whatever *count* is."""
    return (image_record(image_scene(index, seed=seed), seed=seed, masks=masks) for index in range(count))


def video_record(scene: Scene, *, seed: int, masks: Masks | None = None) -> Json:
    """Annotate a video; with *masks*, in the shape of the ``_w_mask`` file."""
    rng = chance(seed, "video", scene.index)
    names = naming.frame_names(scene.index, len(scene.frames))
    record = {
        "video_id": scene.index + 1,
        "frame_level_caption": [
            {
                "timestamp": time + 1,
                "frame_name": name,
                "instance_level": captions.in_frame(scene, time, rng),
                "image_level": captions.of_frame(scene, time, rng),
                "temporal_change": captions.change(scene, time, rng) if time else None,
            }
            for time, name in enumerate(names)
        ],
        "question_answer_pairs": questions(scene, rng),
        "video_level_caption": "" if naming.lacks_caption(scene.index) else video_caption(scene, rng),
        "video_path": naming.video_path(scene.index),
    }
    if masks:
        record["segmentations"] = dict(zip(names, masks(scene), strict=True))
    return record


def image_record(scene: Scene, *, seed: int, masks: Masks | None = None) -> Json:
    """Annotate an image; with *masks*, in the shape of the ``_w_mask`` file."""
    rng = chance(seed, "image", scene.index)
    record = {
        "image_id": scene.index + 1,
        "instance_level_caption": captions.in_image(scene, rng),
        "image_level_caption": captions.image_caption(scene, rng),
        "image_path": naming.image_path(scene.index),
    }
    if masks:
        record["segmentations"] = masks(scene)[0]
    return record
