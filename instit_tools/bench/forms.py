"""The four halves of Inst-IT Bench: questions about images or videos, with options or open-ended; and what names one.

``001-01`` is a question about video 001 and another one about image 001, and the same question stands in the
multiple-choice and in the open-ended file, so only split, form and id together name what was asked.
"""

from collections.abc import Mapping
from typing import Literal

__all__ = ["FORMS", "JUDGE", "LETTERS", "QUESTIONS", "SHORT", "SPLITS", "Form", "Split", "cluster_of", "split_of_name"]

Split = Literal["image", "video"]
Form = Literal["multiple-choice", "open-ended"]
SPLITS: tuple[Split, ...] = ("image", "video")
FORMS: tuple[Form, ...] = ("multiple-choice", "open-ended")
SHORT: Mapping[Form, str] = {"multiple-choice": "mc", "open-ended": "oe"}
"""How published names write a form: ``video_mc_inference.json``."""
JUDGE = "gpt-4o-2024-08-06"
"""The judge of the published scores of open-ended answers (``evaluate.py``)."""
QUESTIONS = 1_000
"""How many questions of each split and form the benchmark has at least (arXiv 2412.03565, section 2.3)."""
LETTERS = "ABCD"
"""The options of a question, in order."""


def cluster_of(question_id: str) -> str:
    """Name the image or video of a question by its id: ``VVV-QQ`` is question QQ about VVV.

    >>> cluster_of("193-07"), cluster_of("q5")
    ('193', 'q5')
    """
    return question_id.rpartition("-")[0] or question_id


def split_of_name(name: str) -> Split | None:
    """Read the split off the name of a file or folder that has one of the two words in it, as the published ones do.

    >>> split_of_name("out/video_mc_inference.json"), split_of_name("predictions.json")
    ('video', None)
    """
    last = name.rstrip("/").rpartition("/")[2].lower()
    found: list[Split] = [split for split in SPLITS if split in last]
    return found[0] if len(found) == 1 else None
