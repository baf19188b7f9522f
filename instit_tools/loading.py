"""A finished dataset as a ``datasets.Dataset``, with the features that its manifest and card promise."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from instit_tools import manifest
from instit_tools.errors import UsageError

if TYPE_CHECKING:
    import datasets

__all__ = ["load_folder"]

_OTHERS = {"coco": "pycocotools.coco.COCO", "energon": "megatron.energon"}
"""What reads the targets that ``datasets`` has no builder for."""
_BUILDERS = {".parquet": "parquet", ".tar": "webdataset"}


def load_folder(folder: Path, *, kind: str, streaming: bool = False) -> "datasets.Dataset | datasets.IterableDataset":
    """Open the ``video`` or ``image`` shards of *folder*; *streaming* reads them as they are asked for.

    Raises `OutputError` when *folder* is no finished dataset, `UsageError` when it has no shards of that kind, or is of
    a target that ``datasets`` does not read.
    """
    import datasets

    made = manifest.read(folder)
    if made.target in _OTHERS:
        message = f"datasets does not read what --to {made.target} writes"
        raise UsageError(message, hint=f"it is for {_OTHERS[made.target]}: see {folder / 'README.md'}")
    files = [str(folder / shard.name) for shard in made.shards if shard.kind == kind]
    if not files:
        kinds = sorted({shard.kind for shard in made.shards})
        message = f"{folder} has no {kind} shards"
        raise UsageError(message, hint=f"it has {' and '.join(kinds) or 'none at all'}")
    features = None
    if made.target == "webdataset":
        told = msgspec.json.decode((folder / "features.json").read_bytes())
        features = datasets.Features.from_dict(told[kind])
    builder = _BUILDERS.get(Path(files[0]).suffix, "json")
    return datasets.load_dataset(builder, data_files=files, split="train", features=features, streaming=streaming)
