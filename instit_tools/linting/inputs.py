"""Which files are meant, and what is known of each before it is read: a finished dataset says what its rows are."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from instit_tools import manifest
from instit_tools.addresses import is_address, local, parent
from instit_tools.errors import InstitError
from instit_tools.linting.kinds import ROWS
from instit_tools.linting.rows import Rows
from instit_tools.manifest import Manifest
from instit_tools.source.find import STDIN, find
from instit_tools.source.opened import open_inputs
from instit_tools.source.partition import Partition, partitions
from instit_tools.source.unpacking import Unpacking

__all__ = ["Dataset", "Input", "datasets", "parts"]

_SIZE = 4 << 20
"""Bytes of a partition: small, for what it finds is held until it is done."""


class Dataset(Struct, frozen=True, kw_only=True):
    """A finished dataset of training samples."""

    folder: Path
    manifest: Manifest


class Input(Struct, frozen=True, kw_only=True):
    """One file to look at, with its partitions, the folder that it lies in, and what its rows are if that is known."""

    name: str
    parts: tuple[Partition | Rows, ...]
    folder: Path | str | None
    kind: str | None = None


def datasets(inputs: Iterable[str]) -> tuple[list[str], list[Dataset]]:
    """Tell finished datasets of training samples from the other *inputs*."""
    others, found = [], []
    for name in inputs:
        dataset = None if name == STDIN or is_address(name) else _dataset(Path(local(name)))
        if dataset:
            found.append(dataset)
        else:
            others.append(name)
    return others, found


def parts(others: list[str], found: Iterable[Dataset], spool: Path, unpacking: Unpacking) -> Iterator[Input]:
    """Cut every file into partitions, one file after another; a shard by itself is known by the manifest beside it.

    Raises `SourceError` for a file that cannot be read, or is more than *unpacking* lets it be.
    """
    for name in find(others):
        path, folder = Path(name), parent(name)
        beside = _dataset(folder) if isinstance(folder, Path) else None
        if beside and path.name in {shard.name for shard in beside.manifest.shards}:
            yield from _shard(beside, path.name, spool, unpacking)
            continue
        for source in open_inputs([name], spool, objects=True, unpacking=unpacking):
            where = None if name == STDIN else folder
            yield Input(name=source.name, parts=tuple(partitions(source, _SIZE)), folder=where)
    for dataset in found:
        for shard in dataset.manifest.shards:
            yield from _shard(dataset, shard.name, spool, unpacking)


def _shard(dataset: Dataset, name: str, spool: Path, unpacking: Unpacking) -> Iterator[Input]:
    path = dataset.folder / name
    if not path.is_file():
        return  # verify says so
    if path.suffix in {".json", ".jsonl"}:
        for source in open_inputs([str(path)], spool, unpacking=unpacking):
            yield Input(
                name=str(path), parts=tuple(partitions(source, _SIZE)), folder=None, kind=dataset.manifest.target
            )
        return
    layout = path.suffix.removeprefix(".")
    rows = Rows(name=str(path), path=str(path.absolute()), layout=layout, stop=path.stat().st_size)
    yield Input(name=str(path), parts=(rows,), folder=None, kind=dataset.manifest.target)


def _dataset(folder: Path) -> Dataset | None:
    if not (folder / manifest.NAME).is_file():
        return None
    try:
        found = manifest.read(folder)
    except InstitError:
        return None  # of another tool, or damaged: then it is read as the folder that it is
    return Dataset(folder=folder, manifest=found) if found.target in ROWS else None
