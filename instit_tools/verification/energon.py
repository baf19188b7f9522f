"""Tar shards as Megatron-Energon reads them (flavors/webdataset/itar.py, metadata.py, prepare.py; its version 7.4).

To the rules of ``webdataset`` come what finds the samples: beside each shard ``SHARD.tar.idx``, 64 bits in the order of
the machine for the start of every sample and for the end of the last; ``.nv-meta/.info.json`` with how many a shard
has, ``split.yaml`` with every shard in a part, and ``dataset.yaml`` with the class that loads them. A loader that
is told a wrong start reads half of one sample and half of the next, and says nothing.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from instit_tools.manifest import Shard
from instit_tools.media.tars import DAMAGED, members
from instit_tools.verification import webdataset
from instit_tools.verification.base import Problem, Scope

TARGETS = frozenset({"energon"})

_META = ".nv-meta"
_INFO = ".info.json"
_WORD = 8


def problems(path: Path, shard: Shard, scope: Scope) -> Iterator[Problem]:
    """Read every member, hold the index against where they are, and look at ``.nv-meta`` once."""
    if scope.is_new(f"/{_META}"):
        yield from _meta_problems(scope)
    yield from webdataset.problems(path, shard, scope)
    try:
        starts = _starts(path)
    except (*DAMAGED, OSError):
        return  # said already
    for message in (
        *_index_problems(path.with_name(f"{path.name}.idx"), starts),
        *_count_problems(shard, starts, scope),
    ):
        yield Problem(file=shard.name, row=None, field="", message=message)


def _starts(path: Path) -> list[int]:
    """Find where each sample begins, and where the last ends."""
    starts: list[int] = []
    key, end = None, 0
    for archive, member in members(path):
        found = member.name.partition(".")[0]
        if found != key:
            starts.append(member.offset)
            key = found
        end = archive.offset
    return [*starts, end]


def _index_problems(index: Path, starts: list[int]) -> Iterator[str]:
    if not index.is_file():
        yield f"has no {index.name} beside it, by which samples are found"
        return
    content = index.read_bytes()
    if len(content) % _WORD:
        yield f"{index.name} has {len(content)} bytes, and each place takes {_WORD}"
        return
    told = array("Q", content).tolist()
    if len(told) != len(starts):
        yield f"{index.name} has {len(told) - 1} samples, and the shard {len(starts) - 1}"
    elif told != starts:
        number = next(number for number, pair in enumerate(zip(told, starts, strict=True), 1) if pair[0] != pair[1])
        where = f"sample {number} begins" if number < len(starts) else "the last sample ends"
        yield f"{index.name} says that {where} at {told[number - 1]:,}, and that is at {starts[number - 1]:,}"


def _count_problems(shard: Shard, starts: list[int], scope: Scope) -> Iterator[str]:
    told = _counts(scope).get(shard.name)
    if told is None:
        yield f"is not in {_META}/{_INFO}"
    elif told != len(starts) - 1:
        yield f"has {len(starts) - 1} samples, and {_META}/{_INFO} says {told}"


def _counts(scope: Scope) -> dict[str, Any]:
    """Give what ``.info.json`` says of each shard, read once."""
    if _INFO not in scope.told:
        tree = _tree(scope.folder / _META / _INFO, msgspec.json.decode)
        counts = tree.get("shard_counts") if isinstance(tree, dict) else None
        scope.told[_INFO] = counts if isinstance(counts, dict) else {}
    counted: dict[str, Any] = scope.told[_INFO]
    return counted


def _meta_problems(scope: Scope) -> Iterator[Problem]:
    shards = [shard.name for shard in scope.manifest.shards]
    for name, message in (*_info_problems(scope, shards), *_split_problems(scope, shards), *_class_problems(scope)):
        yield Problem(file=f"{_META}/{name}", row=None, field="", message=message)


def _info_problems(scope: Scope, shards: list[str]) -> Iterator[tuple[str, str]]:
    known = set(shards)
    listed = [name for name in _counts(scope) if name in known]
    if set(listed) == known and listed != shards:
        yield _INFO, "lists the shards in another order than the manifest: samples are numbered by it"


def _split_problems(scope: Scope, shards: list[str]) -> Iterator[tuple[str, str]]:
    tree = _tree(scope.folder / _META / "split.yaml", _yaml)
    parts = tree.get("split_parts") if isinstance(tree, dict) else None
    if not isinstance(parts, dict) or not all(isinstance(names, list) for names in parts.values()):
        yield "split.yaml", "has no split_parts with lists of shards"
        return
    named = Counter(str(name) for names in parts.values() for name in names)
    if any("{" in name for name in named):
        return  # braces are a list of their own
    for name in shards:
        if named[name] != 1:
            yield "split.yaml", f"names {name} {named[name]} times, and each shard is in one part"


def _tree(path: Path, decode: Callable[[bytes], Any]) -> Any:  # noqa: ANN401  # as read, of any shape
    """Decode a file; ``None`` where it is none, which its manifest says."""
    try:
        return decode(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _yaml(content: bytes) -> Any:  # noqa: ANN401  # as read, of any shape
    import yaml

    try:
        return yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise ValueError from error


def _class_problems(scope: Scope) -> Iterator[tuple[str, str]]:
    tree = _tree(scope.folder / _META / "dataset.yaml", _yaml)
    if tree != {"__module__": "megatron.energon", "__class__": "CrudeWebdataset"}:
        yield "dataset.yaml", "does not name megatron.energon's CrudeWebdataset, which takes samples of any shape"
