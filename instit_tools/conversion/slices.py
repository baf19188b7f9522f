"""One conversion divided by hand, for job arrays: slice I of N does every N-th partition, and `merge` joins the slices.

A slice stands beside the output that it is for, ``OUT.part-I-of-N``: a folder for each of its parts, and ``part.json``,
written last, that says of which run they are. Merging takes the parts of all slices for those of one run, and ends as
that run would have.
"""

import glob
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from instit_tools import depots, manifest
from instit_tools.conversion.finish import manifest_of, numbered
from instit_tools.conversion.finish import publish as publish_all
from instit_tools.conversion.outline import Outline, Slice, difference, encode, key_of
from instit_tools.conversion.work import REJECTED, Done
from instit_tools.depots.base import RECEIPT, Depot, Move
from instit_tools.errors import OutputError
from instit_tools.manifest import Manifest
from instit_tools.targets import load

__all__ = ["NAME", "merge", "place", "publish", "replaceable"]

NAME = "part.json"
_FORMAT = "instit-tools part"
_FOLDER = re.compile(r"\.part-(\d+)-of-(\d+)")


class Part(Struct, frozen=True, kw_only=True):
    """A finished slice: of which run, and what came of its partitions, by number."""

    format: str = _FORMAT
    outline: Outline
    done: dict[int, Done]


def place(out: str, part: tuple[int, int]) -> str:
    """Name the folder of a slice of *out*, padded so that names sort."""
    number, count = part
    return f"{out.rstrip('/')}.part-{number:0{len(str(count))}d}-of-{count}"


def replaceable(out: str) -> frozenset[str] | None:
    """Name the files of the finished slice *out*: given again, it is made again, for a job may run twice."""
    folder = Path(out)
    if not (folder / NAME).exists():
        return None
    return frozenset(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def publish(outline: Outline, done: Mapping[int, Done], depot: Depot, out: str) -> Manifest:
    """Publish a slice; the manifest that is given back is not written, and lists its shards by their names in it."""
    moves = [
        Move(key=key, old=name, new=f"{key}/{name}")
        for number, each in done.items()
        for key in (key_of(outline, number),)
        for name in (RECEIPT, REJECTED, *(file.name for file in (*each.shards, *each.clips)))
    ]
    part = Part(outline=outline, done=dict(done))
    depot.publish(moves, [], {NAME: msgspec.json.format(msgspec.json.encode(part), indent=1) + b"\n"})
    mine = msgspec.structs.replace(outline, sources=tuple(outline.sources[number] for number in done))
    every = tuple(done.values())
    return manifest_of(mine, every, numbered(every, load(outline.job.target).SUFFIX), (), out)


def merge(out: str, *, overwrite: bool = False) -> Manifest:
    """Join all slices of *out* to the dataset; they stay where they are.

    Raises `OutputError` where one is missing, is not finished, or is of another run than the first.
    """
    parts = _parts(Path(out))
    first = next(iter(parts.values()))
    outline = msgspec.structs.replace(first.outline, slice=None)
    replaces = manifest.listed(Path(out)) if overwrite else None
    done: dict[int, Done] = {}
    with depots.opened(out, replaces=replaces) as depot:
        depot.begin(encode(outline), fresh=True)
        for folder, part in parts.items():
            for number, each in part.done.items():
                _refuse_damaged(folder / key_of(outline, number), each)
                depot.adopt(str(folder / key_of(outline, number)), key_of(outline, number))
                done[number] = each
        return publish_all(outline, tuple(done[number] for number in sorted(done)), depot, out)


def _parts(out: Path) -> dict[Path, Part]:
    """Read all slices of *out*, by folder, in order."""
    found = _folders(out)
    count = next(iter(found)).count
    parts: dict[Path, Part] = {}
    for number in range(1, count + 1):
        folder = found.get(Slice(number, count))
        if folder is None:
            message = f"part {number} of {count} is missing: there is no {place(str(out), (number, count))}"
            raise OutputError(message, hint=f"make it with the command of the other parts and --part {number}/{count}")
        parts[folder] = _read(folder)
    _refuse_mixed(parts)
    return parts


def _folders(out: Path) -> dict[Slice, Path]:
    """Find the folders of slices, all of one number."""
    found = {
        Slice(int(match[1]), int(match[2])): path
        for path in sorted(out.parent.glob(f"{glob.escape(out.name)}.part-*-of-*"))
        if (match := _FOLDER.fullmatch(path.name.removeprefix(out.name)))
    }
    if not found:
        message = f"there are no parts of {out}: no folder {out}.part-1-of-N"
        raise OutputError(message, hint=f"make them with: instit-tools convert ... -o {out} --part 1/N, and so on")
    if len(counts := sorted({each.count for each in found})) > 1:
        message = f"there are parts of {out} of several divisions, by {' and by '.join(map(str, counts))}"
        raise OutputError(message, hint="take away the folders of those that are not wanted")
    return found


def _read(folder: Path) -> Part:
    try:
        part = msgspec.json.decode((folder / NAME).read_bytes(), type=Part)
    except FileNotFoundError as error:
        message = f"{folder} is not a finished part: it has no {NAME}"
        raise OutputError(message, hint="run the command of that part again") from error
    except msgspec.DecodeError as error:
        message = f"{folder / NAME} is not what convert --part writes: {error}"
        raise OutputError(message, hint="run the command of that part again") from error
    return part


def _refuse_damaged(folder: Path, done: Done) -> None:
    for file in (*done.shards, *done.clips):
        path = folder / file.name
        size = path.stat().st_size if path.is_file() else None
        if size != file.bytes:
            found = "is missing" if size is None else f"has {size:,} bytes where {file.bytes:,} were written"
            raise OutputError(f"{path} {found}", hint="run the command of that part again")


def _refuse_mixed(parts: Mapping[Path, Part]) -> None:
    first, *others = parts.items()
    whole = [msgspec.structs.replace(part.outline, slice=None) for part in parts.values()]
    for (folder, _), outline in zip(others, whole[1:], strict=True):
        if outline != whole[0]:
            message = f"{folder} is of another run than {first[0]}: {difference(encode(whole[0]), outline)}"
            raise OutputError(message, hint="make all parts with one command, but for --part")
    missing = set(range(len(whole[0].sources))) - {number for part in parts.values() for number in part.done}
    if missing:
        message = f"partition {min(missing)} is in no part"
        raise OutputError(message, hint="make all parts with one command, but for --part")
