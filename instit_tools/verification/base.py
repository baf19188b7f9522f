"""What a check is, and the rules that conversations of any dialect share."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from instit_tools.conversations import IMAGE, RESERVED, labels
from instit_tools.errors import MediaError
from instit_tools.manifest import Manifest, Shard
from instit_tools.media.paths import checked
from instit_tools.media.picture import inspect
from instit_tools.media.store import Store
from instit_tools.references import unknown

__all__ = ["Check", "Problem", "Scope", "conversation_problems", "path_problems"]

_HUMAN, _GPT = "human", "gpt"


class Problem(Struct, frozen=True, kw_only=True):
    """Something wrong in a finished dataset; *row* counts from 1, and is ``None`` for the file as a whole."""

    file: str
    row: int | None
    field: str
    message: str


class Scope(Struct, kw_only=True):
    """What a check may look at and what it has seen: the manifest, the pictures if there are any, ids so far."""

    folder: Path
    manifest: Manifest
    store: Store | None
    seen: set[str]
    rows: int = 0

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


def conversation_problems(
    conversations: Any,  # noqa: ANN401  # as read, of any shape
    pictures: int,
    instances: Any,  # noqa: ANN401  # as read, of any shape
) -> Iterator[tuple[str, str]]:
    """Yield (field, message) for what breaks the rules of human/gpt conversations about *pictures* pictures.

    *instances* are the ids that may be spoken of; where they are no list, ids are not checked.
    """
    if not isinstance(conversations, list) or not conversations:
        yield "conversations", "is not a list of turns"
        return
    if len(conversations) % 2:
        yield "conversations", f"has {len(conversations)} turns: the last question has no answer"
    for index, message in enumerate(conversations):
        field = f"conversations[{index}]"
        speaker = (_HUMAN, _GPT)[index % 2]
        if not isinstance(message, Mapping) or not isinstance(message.get("value"), str):
            yield field, "is not a turn with a text"
            continue
        if message.get("from") != speaker:
            yield f"{field}.from", f"is {message.get('from')!r} where {speaker!r} is due: roles alternate"
        text = message["value"]
        if index == 0:
            yield from ((f"{field}.value", problem) for problem in _opening_problems(text, pictures))
            text = text.removeprefix(labels(pictures)).replace(IMAGE, "")  # counted already
        yield from ((f"{field}.value", problem) for problem in _text_problems(text, pictures, instances))


def _opening_problems(text: str, pictures: int) -> Iterator[str]:
    tags = text.count(IMAGE)
    if tags != pictures:
        yield f"has {tags} {IMAGE} for {pictures} picture{'s' * (pictures != 1)}"
    elif not text.startswith(labels(pictures)):
        yield "does not start with its pictures in order, one a line"


def _text_problems(text: str, pictures: int, instances: Any) -> Iterator[str]:  # noqa: ANN401  # as read
    if not text.strip():
        yield "is empty"
    for literal in RESERVED:
        if literal in text:
            yield f"holds {literal!r}, which the trainer takes for its own"
    if lost := unknown(text, frame=lambda timestamp: 1 <= timestamp <= pictures):
        yield f"speaks of {', '.join(lost)}, but there {'are' if pictures != 1 else 'is'} {pictures} picture(s)"
    if isinstance(instances, list) and (lost := unknown(text, instance=instances.__contains__)):
        yield f"speaks of {', '.join(lost)}, which is none of its instances"


def path_problems(path: str, store: Store | None) -> Iterator[str]:
    """Yield what is wrong with the path of a picture, and with the picture where there is a *store* to look in."""
    try:
        checked(path)
        if store is not None:
            with store.open(path) as stream:
                inspect(stream, path)
    except MediaError as error:
        yield error.message
