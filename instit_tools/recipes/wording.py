"""What the user says in a turn: this project's own wordings, and which of several is taken.

The choice is a hash of seed, record and part, so it does not depend on the order of work or the number of workers.
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b

__all__ = ["PROMPTS", "is_raw", "pick", "preamble", "rendered"]

PROMPTS: Mapping[str, tuple[str, ...]] = {
    "instances": (
        "Go through every numbered object in the picture and describe it.",
        "What does each of the labelled objects look like, and what is it doing?",
        "Describe the numbered objects one after another, each by its ID.",
        "For each ID that you can see, say what it marks.",
    ),
    "instance": (
        "Describe {ids}.",
        "What can you say about {ids}?",
        "What is {ids}, and what does it look like?",
        "Tell me about {ids} in this picture.",
    ),
    "scene": (
        "Now describe the picture as a whole, naming objects by their IDs.",
        "What is going on in the scene? Refer to objects by ID.",
        "Give a description of the whole picture and of how the numbered objects relate to each other.",
        "Sum up what the picture shows, using the IDs.",
    ),
    "change": (
        "What has changed from {first} to {last}?",
        "Compare {last} with {first}: what is different?",
        "Which objects moved, appeared, disappeared or behaved differently between {first} and {last}?",
        "Describe the changes between these two consecutive frames.",
    ),
    "summary": (
        "Describe the video from beginning to end, with IDs for objects and numbers for frames.",
        "What happens over these {count} frames?",
        "Tell the story of this video, from {first} to {last}.",
        "Summarise the video and say what each numbered object does over time.",
    ),
}
"""Wordings by kind of turn, for recipes that bring none of their own."""

_MARKED = "Objects are labelled with numbers in the picture; [ID] means the object with that number."
_UNMARKED = "Objects have numbers; [ID] means the object with that number."
_TIMED = "The pictures are frames of one video in order; <t> means frame number t."
_PREAMBLES = {
    (False, False): f"{_MARKED}\n",
    (False, True): f"{_MARKED} {_TIMED}\n",
    (True, False): f"{_UNMARKED}\n",
    (True, True): f"{_UNMARKED} {_TIMED}\n",
}
_COPY = blake2b(digest_size=8).copy  # half the price of a new one
_INTEGER = int.from_bytes
_PLACEHOLDER = re.compile(r"\{(ids|first|last|count)\}")


def pick(wordings: Sequence[str], key: str) -> str:
    """Take the wording that *key* falls on."""
    fall = _COPY()
    fall.update(key.encode())
    return wordings[_INTEGER(fall.digest()) % len(wordings)]


def rendered(wording: str, values: Mapping[str, str]) -> str:
    """Fill in {ids}, {first}, {last} and {count}; nothing in a wording is ever evaluated."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], ""), wording)


def preamble(frames: int, *, raw: bool) -> str:
    """Explain in a line how objects and *frames* are referred to; in *raw* pictures no numbers can be seen."""
    return _PREAMBLES[raw, frames > 1]


def is_raw(path: str) -> bool:
    """Say whether no ids are drawn on the picture at *path*."""
    return path.partition("/")[0].endswith("_raw")
