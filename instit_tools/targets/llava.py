"""``llava``: LLaVA-NeXT's JSON arrays and the mixture file that names them; with ``--dialect 1.5``, LLaVA-1.5's array.

A video becomes a list of pictures, each named ``Frame <k>:``, because a frame folder is read in the wrong order and
resampled, and a video file is resampled (LLaVA-NeXT llava/train/train.py, lines 1137 to 1210). LLaVA-1.5 knows one
picture a sample (haotian-liu/LLaVA llava/train/train.py, lines 658 to 739).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import msgspec

from instit_tools.conversations import RESERVED, conversation
from instit_tools.errors import SampleError
from instit_tools.manifest import Shard
from instit_tools.samples import Sample
from instit_tools.targets.base import Choices, Context, Made, Place, Row

__all__ = ["DIALECTS", "OPTIONS", "RESERVED", "SUFFIX", "SUMMARY", "TAKES", "beside", "needs_media", "rows", "sink"]

SUMMARY = "LLaVA-NeXT conversations (--dialect 1.5: LLaVA-1.5, one picture a sample)"
SUFFIX = ".json"
TAKES = "samples"
OPTIONS = frozenset({"dialect"})
DIALECTS = ("next", "1.5")

_OPEN, _BETWEEN, _CLOSE = b"[\n", b",\n", b"\n]\n"


def needs_media(choices: Choices) -> bool:  # part of the interface
    """Say no: pictures are named, not packed."""
    return False


def rows(made: Made, context: Context) -> Iterator[Row[bytes] | SampleError]:
    """Make one array element of each sample."""
    for sample in made.samples:
        if context.choices.dialect == "1.5" and len(sample.frames) > 1:
            message = f"LLaVA-1.5 takes one picture a sample, and {sample.id} has {len(sample.frames)}"
            yield SampleError(message, hint="--on-error reject keeps the samples of one picture and lists the others")
        else:
            element = msgspec.json.encode(_element(sample))
            yield Row(payload=element, size=len(element) + len(_BETWEEN))


def _element(sample: Sample) -> dict[str, Any]:
    paths = [frame.path for frame in sample.frames]
    return {
        "id": sample.id,
        "image": paths[0] if len(paths) == 1 else paths,
        "conversations": conversation(sample),
        # Ignored by the trainer, used by `verify`: what <t> and [ID] may mean here.
        "timestamps": [frame.timestamp for frame in sample.frames],
        "instances": sample.instances,
    }


class _Array:
    """Writes a JSON array, one element a line."""

    fields: tuple[str, ...] = ()

    def __init__(self, out: BinaryIO) -> None:
        self.size = len(_CLOSE)
        self._out = out
        self._before = _OPEN

    def add(self, row: Row[bytes]) -> None:
        """Write one element."""
        self._out.write(self._before + row.payload)
        self.size += len(self._before) + len(row.payload)
        self._before = _BETWEEN

    def close(self) -> None:
        """Close the array."""
        self._out.write(_CLOSE if self._before is _BETWEEN else b"[]\n")

    def abort(self) -> None:
        """Nothing is held."""


def sink(out: BinaryIO, kind: str, choices: Choices) -> _Array:  # part of the interface
    """Write an array to *out*."""
    return _Array(out)


def beside(shards: Sequence[Shard], choices: Choices, place: Place) -> Mapping[str, bytes]:
    """Write the mixture that LLaVA-NeXT takes as ``--data_path``; LLaVA-1.5 takes the array itself."""
    if choices.dialect == "1.5":
        return {}
    media = place.media or "the folder that holds images_vpt/ and videos_vpt/"
    head = (
        f"# LLaVA-NeXT: --data_path {place.folder / 'mixture.yaml'} --image_folder {media}\n"
        "# If this folder moves, mend the paths below: the trainer takes them as they are.\n"
        "datasets:\n"
    )
    entries = (f"  - json_path: {_quoted(place.folder / shard.name)}\n    sampling_strategy: all\n" for shard in shards)
    return {"mixture.yaml": (head + "".join(entries)).encode()}


def _quoted(value: object) -> str:
    return msgspec.json.encode(str(value)).decode()  # a JSON string is a YAML string
