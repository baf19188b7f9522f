"""``llama-factory``: sharegpt JSON lines, the ``dataset_info.json`` that names them, and a YAML to train with.

A row has ``images`` with a ``<image>`` each, or ``videos`` with one ``<video>`` for a list of frames or a file; never
both in one shard, because the loader takes a column's type from its first thousand rows (LLaMA-Factory
src/llamafactory/data/converter.py). All columns and tags are named: once some are, it forgets the rest (parser.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO

import msgspec

from instit_tools.conversations import CHAT_TOKENS, SHAREGPT
from instit_tools.guides import MEDIA, counts, dataset_name, guide, note, quoted, shell, tokens, unnamed
from instit_tools.manifest import Shard
from instit_tools.media.paths import Marks
from instit_tools.showing import IMAGES, MERGED, MP4, VIDEO_LIST
from instit_tools.sinks.base import Row
from instit_tools.sinks.lines import Lines, chat, lines
from instit_tools.targets.base import Choices, Context, Made, Place, Whole

__all__ = ["beside", "needs_folder", "needs_masks", "needs_media", "rows", "sink", "warnings"]

SUMMARY = "LLaMA-Factory: sharegpt rows, dataset_info.json and a YAML to train with"
SUFFIX = ".jsonl"
TAKES = "samples"
OPTIONS = frozenset({"frames"})
DIALECTS: tuple[str, ...] = ()
FRAMES = (IMAGES, VIDEO_LIST, MP4)
FILES = True
RECIPE = "paper"
MARKS: Marks = "keep"
WHOLES: tuple[Whole, ...] = ()
RESERVED = CHAT_TOKENS

_TOKENS_PICTURE = 754  # image_max_pixels 768 x 768, Qwen2.5-VL's 28 x 28 a token, and two around it
_TRAIN, _TRAIN_CLIPS = "train.yaml", "train_clips.yaml"
_BOTH = 2
_TWO_RUNS = "# the second goes on from the first: one run takes no clips once a thousand rows of pictures came first"
_TAGS = {
    "role_tag": SHAREGPT.role,
    "content_tag": SHAREGPT.content,
    "user_tag": SHAREGPT.user,
    "assistant_tag": SHAREGPT.assistant,
    "observation_tag": "observation",
    "function_tag": "function_call",
    "system_tag": "system",
}


def needs_media(choices: Choices) -> bool:
    """Say whether clips are to be made."""
    return choices.frames == MP4


def needs_folder(choices: Choices) -> bool:
    """Say whether pictures are named by absolute path: ``media_dir`` is the output where clips are in it."""
    return choices.frames == MP4


def needs_masks(choices: Choices) -> bool:  # part of the interface
    """Say no: masks are not read."""
    return False


def warnings(choices: Choices) -> Sequence[str]:
    """Warn of what becomes of ``<t>`` in a clip."""
    return () if choices.frames == IMAGES else (MERGED,)


def rows(made: Made, context: Context) -> Iterator[Row[bytes]]:
    """Make one line of each sample."""
    root = context.choices.root if needs_folder(context.choices) else None
    spell = partial(chat, "conversations", SHAREGPT, root)
    return lines(made.key, made.samples, context.choices.frames, spell)


def sink(out: BinaryIO, kind: str, choices: Choices) -> Lines:  # part of the interface
    """Write lines to *out*."""
    return Lines(out)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Name every shard in ``dataset_info.json``, give the training file, and say how to start."""
    info = {dataset_name(shard): _entry(shard, choices) for shard in shards}
    media = place.folder if choices.frames == MP4 else (place.media or MEDIA)
    values: dict[str, object] = {
        "counts": counts(shards, place.records, place.left_out) + unnamed(place.media),
        "name": shell(place.folder.name),
        "folder_yaml": quoted(place.folder),
        "media": shell(media),
        "media_yaml": quoted(media),
        "tokens": tokens(shards, _TOKENS_PICTURE),
        "frames": max((shard.pictures for shard in shards), default=0),
        "pictures": ""
        if choices.frames != MP4
        else " Clips are there; pictures are named by absolute path in the rows.",
        "route": "" if choices.frames == IMAGES else note(MERGED),
    }
    runs = _runs(shards, choices)
    commands = "\n".join(f"llamafactory-cli train {shell(place.folder / name)}" for name, _ in runs)
    values["commands"] = commands + ("\n" + _TWO_RUNS if len(runs) > 1 else "")
    return {
        "dataset_info.json": msgspec.json.format(msgspec.json.encode(info), indent=2) + b"\n",
        **{
            name: guide("llama_factory_train", values | _run(name, chosen, place.folder.name)).encode()
            for name, chosen in runs
        },
        "README.md": guide("llama_factory", values).encode(),
    }


def _runs(shards: Sequence[Shard], choices: Choices) -> list[tuple[str, list[str]]]:
    """Give each training file its datasets: clips get one of their own where there are pictures too."""
    if choices.frames == IMAGES or len({shard.kind for shard in shards}) < _BOTH:
        return [(_TRAIN, [dataset_name(shard) for shard in shards])]
    return [
        (_TRAIN, [dataset_name(shard) for shard in shards if shard.kind == "image"]),
        (_TRAIN_CLIPS, [dataset_name(shard) for shard in shards if shard.kind == "video"]),
    ]


def _run(name: str, datasets: Sequence[str], folder: str) -> dict[str, str]:
    saved = f"saves/{folder}"
    output = f"output_dir: {quoted(saved)}"
    if name == _TRAIN_CLIPS:
        output = f"adapter_name_or_path: {quoted(saved)}\noutput_dir: {quoted(saved + '-clips')}"
    return {"name": name, "datasets": ",".join(datasets), "output": output}


def _entry(shard: Shard, choices: Choices) -> dict[str, Any]:
    media = "videos" if shard.kind == "video" and choices.frames != IMAGES else "images"
    return {
        "file_name": shard.name,
        "formatting": "sharegpt",
        "columns": {"messages": "conversations", media: media},
        "tags": _TAGS,
    }
