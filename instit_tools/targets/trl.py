"""``trl``: Parquet with ``prompt``, ``completion`` and ``images`` for TRL's ``SFTTrainer``.

The loss is on the completion alone, so a conversation of n answers becomes n rows, each with the turns before it in its
prompt. A part of a message is exactly ``{type, text}``: with any key more, Arrow gives that key to every part as a
null, and the trainer takes texts for pictures (trl/data_utils.py, the chat templates of Qwen-VL). Pictures are embedded
as their original bytes, because the trainer takes pictures from nowhere else.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from instit_tools.card import arrow_features, card
from instit_tools.conversations import CHAT_TOKENS, text_size
from instit_tools.guides import counts, guide, quoted, script
from instit_tools.manifest import Shard
from instit_tools.media.paths import Marks
from instit_tools.media.store import Store
from instit_tools.samples import Frame, Sample
from instit_tools.showing import IMAGES
from instit_tools.sinks.base import Row
from instit_tools.sinks.table import Table
from instit_tools.targets.base import Choices, Context, Made, Place, Whole

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["beside", "needs_folder", "needs_masks", "needs_media", "opening", "rows", "schema", "sink", "warnings"]

SUMMARY = "TRL's SFTTrainer: Parquet with prompt, completion and embedded images"
SUFFIX = ".parquet"
TAKES = "samples"
OPTIONS: frozenset[str] = frozenset()
DIALECTS: tuple[str, ...] = ()
FRAMES = (IMAGES,)
FILES = False
RECIPE = "paper"
MARKS: Marks = "keep"
WHOLES: tuple[Whole, ...] = ()
RESERVED = CHAT_TOKENS

_SCRIPT = "try_training.py"
_Part = dict[str, str | None]


def needs_media(choices: Choices) -> bool:  # part of the interface
    """Say yes: the pictures go into the shards."""
    return True


def needs_folder(choices: Choices) -> bool:  # part of the interface
    """Say no: no path is followed."""
    return False


def needs_masks(choices: Choices) -> bool:  # part of the interface
    """Say no: masks are not read."""
    return False


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of nothing: every picture is one."""
    return ()


def rows(made: Made, context: Context) -> Iterator[Row[dict[str, Any]]]:
    """Make one row of each answer."""
    store = context.store
    if store is None:
        return
    for sample in made.samples:
        images = [_picture(frame, store) for frame in sample.frames]
        size = text_size(sample) + sum(len(image["bytes"]) for image in images)
        for index in range(len(sample.turns)):
            row = _row(sample, index, images)
            yield Row(payload=row, size=size, text=text_size(sample), pictures=len(images))


def _picture(frame: Frame, store: Store) -> dict[str, Any]:
    return {"bytes": store.read(frame.path), "path": frame.path}


def _row(sample: Sample, index: int, images: list[dict[str, Any]]) -> dict[str, Any]:
    """Ask for answer *index*, the earlier ones being known."""
    messages = []
    for number, turn in enumerate(sample.turns[: index + 1]):
        shown = [] if number else opening(len(images))
        messages.append({"role": "user", "content": [*shown, _text(turn.user)]})
        messages.append({"role": "assistant", "content": [_text(turn.assistant)]})
    return {
        "id": sample.id if len(sample.turns) == 1 else f"{sample.id}-answer-{index + 1:03d}",
        "prompt": messages[:-1],
        "completion": messages[-1:],
        "images": images,
        "timestamps": [frame.timestamp for frame in sample.frames],
        "instances": sample.instances,
    }


def opening(pictures: int) -> list[_Part]:
    """Name each picture before it; a single one needs no name."""
    if pictures == 1:
        return [{"type": "image", "text": None}]
    return [
        part
        for number in range(1, pictures + 1)
        for part in (_text(f"Frame <{number}>: "), {"type": "image", "text": None}, _text("\n"))
    ]


def _text(text: str) -> _Part:
    return {"type": "text", "text": text}


def schema() -> "pa.Schema":
    """Give the columns; the part of a message has the keys ``type`` and ``text`` and no other."""
    import pyarrow as pa

    part = pa.struct([("type", pa.string()), ("text", pa.string())])
    messages = pa.list_(pa.struct([("role", pa.string()), ("content", pa.list_(part))]))
    picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.schema(
        [
            ("id", pa.string()),
            ("prompt", messages),
            ("completion", messages),
            ("images", pa.list_(picture)),
            ("timestamps", pa.list_(pa.int64())),
            ("instances", pa.list_(pa.int64())),
        ]
    )


def sink(out: BinaryIO, kind: str, choices: Choices) -> Table:  # part of the interface
    """Write a Parquet file to *out*."""
    return Table(out, schema())


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Write a card for ``datasets``, how to train, and a script that tries it with a tiny model."""
    kinds = list(dict.fromkeys(shard.kind for shard in shards))
    features = dict.fromkeys(kinds, arrow_features(schema()))
    values = {
        "counts": counts(shards, place.records, place.left_out, "answers, a row each,"),
        "kinds": kinds,
        "folder": quoted(place.folder),
    }
    return {"README.md": card(shards, features, guide("trl", values)), _SCRIPT: script(_SCRIPT)}
