"""Pictures that a Parquet file of image questions holds, written as files named by the question."""

import io
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from instit_tools.bench.exporting.base import HERE
from instit_tools.bench.forms import Form, Split
from instit_tools.bench.items import Item
from instit_tools.errors import MediaError, UsageError
from instit_tools.media.limits import Limits
from instit_tools.media.picture import inspect
from instit_tools.source.find import PIPED
from instit_tools.source.opened import open_inputs

__all__ = ["embedded"]

_FOLDER = "images"
_ROWS = 32


def embedded(items: Sequence[Item], folder: Path, limits: Limits) -> dict[tuple[Form, Split, str], str]:
    """Write the pictures in the files of *items* into *folder*, and say by form and question how each is called.

    Raises `MediaError`, with the question, for one that is missing or no picture.
    """
    by_file: dict[str, dict[int, Item]] = defaultdict(dict)
    for item in items:
        if item.embedded is not None:
            by_file[item.file][item.embedded] = item
    found = {}
    for file, wanted in by_file.items():
        for item, content in _contents(file, wanted):
            found[item.form, *item.key] = _written(item, content, folder, limits)
    return found


def _contents(file: str, wanted: Mapping[int, Item]) -> Iterator[tuple[Item, object]]:
    """Read the column ``image`` of *file* again, a few rows at a time."""
    import pyarrow.parquet as pq

    if file == PIPED:
        message = "the pictures in standard input cannot be read a second time"
        raise UsageError(message, hint="name the Parquet file instead")
    with tempfile.TemporaryDirectory(prefix="instit-") as spool:
        for source in open_inputs([file], Path(spool)):
            row = 0
            for batch in pq.ParquetFile(source.path).iter_batches(_ROWS, columns=["image"]):
                for value in batch.column("image"):
                    row += 1
                    if row in wanted:
                        yield wanted[row], value.as_py()


def _written(item: Item, value: object, folder: Path, limits: Limits) -> str:
    content = value.get("bytes") if isinstance(value, dict) else value
    where = f"image question {item.id}: image of row {item.embedded} of {item.file}"
    if not isinstance(content, bytes):
        raise MediaError(f"{where} is not there", hint="the published Parquet files hold a picture in every row")
    limits.check_bytes(where, len(content))
    found = inspect(io.BytesIO(content), where, limits)
    (folder / _FOLDER).mkdir(exist_ok=True)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", item.id)
    number = 1
    while True:  # the same question stands in both forms, mostly about the same bytes
        name = f"{_FOLDER}/{stem}{f'-{number}' if number > 1 else ''}.{found.extension}"
        path = folder / name
        if not path.exists() or path.read_bytes() == content:
            path.write_bytes(content)
            return HERE + name
        number += 1
