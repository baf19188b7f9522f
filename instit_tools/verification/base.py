"""What a check is, and the rules that conversations of any dialect share."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from instit_tools.conversations import IMAGE, RESERVED, SHAREGPT, Spelling, labels, video_label
from instit_tools.manifest import Manifest, Shard
from instit_tools.media.clips import Measured
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.store import Store
from instit_tools.references import unknown

__all__ = [
    "LLAVA",
    "Check",
    "Problem",
    "Rules",
    "Scope",
    "Shown",
    "clip_shown",
    "conversation_problems",
    "moment_problems",
    "pictures_shown",
    "text_problems",
]


class Problem(Struct, frozen=True, kw_only=True):
    """Something wrong in a finished dataset; *row* counts from 1, and is ``None`` for the file as a whole."""

    file: str
    row: int | None
    field: str
    message: str


class Scope(Struct, kw_only=True):
    """What a check may look at and what it has seen: the manifest, the pictures if there are any, ids so far.

    *files* says that the reader opens pictures as files, *names* are those of all files of the dataset. *root* is the
    folder of the pictures, by which absolute paths are known, and *unseen* that such a path could not be followed.
    *away* is the address of pictures that are elsewhere. *clips* is what was found of each clip, *told* what
    files that are read once say, by name.
    """

    folder: Path
    manifest: Manifest
    store: Store | None
    seen: set[str]
    names: frozenset[str]
    root: Path | None = None
    unseen: bool = False
    away: str | None = None
    files: bool = False
    rows: int = 0
    clips: dict[str, Measured | str | None] = {}
    told: dict[str, Any] = {}
    limits: Limits = DEFAULT

    def is_new(self, key: str) -> bool:
        """Say whether *key* stands for the first time in the whole dataset."""
        new = key not in self.seen
        self.seen.add(key)
        return new


class Check(Protocol):
    """A module in this folder; its docstring says where its rules come from."""

    TARGETS: frozenset[str]

    def problems(self, path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
        """Read every row of one shard the way the reader would; count the rows in *scope*."""


class Rules(Struct, frozen=True, kw_only=True):
    """How a reader spells conversations, the column that they are in, and what no text may hold."""

    field: str
    spelling: Spelling
    reserved: tuple[str, ...]


LLAVA = Rules(field="conversations", spelling=SHAREGPT, reserved=RESERVED)


class Shown(Struct, frozen=True, kw_only=True):
    """What stands for the media of a sample: an *opening* with *count* times *tag*; *frames* are those it may name."""

    opening: str
    tag: str
    count: int
    frames: int
    noun: str = "picture"


def pictures_shown(pictures: int) -> Shown:
    """Show each picture by itself."""
    return Shown(opening=labels(pictures), tag=IMAGE, count=pictures, frames=pictures)


def clip_shown(frames: int, tag: str) -> Shown:
    """Show *frames* frames by one placeholder."""
    return Shown(opening=video_label(frames, tag), tag=tag, count=1, frames=frames, noun="video")


def conversation_problems(
    messages: Any,  # noqa: ANN401  # as read, of any shape
    shown: Shown,
    instances: Any,  # noqa: ANN401  # as read, of any shape
    rules: Rules = LLAVA,
) -> Iterator[tuple[str, str]]:
    """Yield (field, message) for what breaks the rules of a conversation about what is *shown*.

    *instances* are the ids that may be spoken of; where they are no list, ids are not checked.
    """
    if not isinstance(messages, list) or not messages:
        yield rules.field, "is not a list of turns"
        return
    if len(messages) % 2:
        yield rules.field, f"has {len(messages)} turn{'s' * (len(messages) != 1)}: the last question has no answer"
    spelling = rules.spelling
    for index, message in enumerate(messages):
        field = f"{rules.field}[{index}]"
        speaker = (spelling.user, spelling.assistant)[index % 2]
        if not isinstance(message, Mapping) or not isinstance(message.get(spelling.content), str):
            yield field, "is not a turn with a text"
            continue
        if message.get(spelling.role) != speaker:
            told = message.get(spelling.role)
            yield f"{field}.{spelling.role}", f"is {told!r} where {speaker!r} is due: roles alternate"
        text = message[spelling.content]
        if index == 0:
            yield from ((f"{field}.{spelling.content}", problem) for problem in _opening_problems(text, shown))
            text = text.removeprefix(shown.opening).replace(shown.tag, "")  # counted already
        found = text_problems(text, shown.frames, instances, rules.reserved)
        yield from ((f"{field}.{spelling.content}", problem) for problem in found)


def _opening_problems(text: str, shown: Shown) -> Iterator[str]:
    tags = text.count(shown.tag)
    if tags != shown.count:
        yield f"has {tags} {shown.tag} for {shown.count} {shown.noun}{'s' * (shown.count != 1)}"
    elif not text.startswith(shown.opening):
        bare = shown.opening == f"{shown.tag}\n"
        named = "its pictures in order, one a line" if not bare else "its picture"
        clip = "its video" if bare else "its video and how many frames it has"
        yield f"does not start with {named if shown.noun == 'picture' else clip}"


def text_problems(text: str, frames: int, instances: Any, reserved: tuple[str, ...]) -> Iterator[str]:  # noqa: ANN401
    """Yield what is wrong with one text: empty, a *reserved* literal, a frame or instance that is not there."""
    if not text.strip():
        yield "is empty"
    for literal in reserved:
        if literal in text:
            yield f"holds {literal!r}, which the trainer takes for its own"
    if lost := unknown(text, frame=lambda timestamp: 1 <= timestamp <= frames):
        yield f"speaks of {', '.join(lost)}, but there {'are' if frames != 1 else 'is'} {frames} picture(s)"
    if isinstance(instances, list) and (lost := unknown(text, instance=instances.__contains__)):
        yield f"speaks of {', '.join(lost)}, which is none of its instances"


def moment_problems(moments: Any, count: int) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # as read, of any shape
    """Yield a finding unless *moments* are *count* timestamps that rise."""
    numbers = isinstance(moments, list) and all(type(moment) is int for moment in moments)
    if not numbers or len(moments) != count or moments != sorted(set(moments)):
        yield "timestamps", "are not those of its pictures, in order"
