"""One conversion divided by hand, for job arrays: slice I of N does every N-th partition, and `merge` joins the slices.

A slice stands beside the output that it is for, ``OUT.part-I-of-N``: a folder for each of its parts, and ``part.json``,
written last, that says of which run they are. Merging takes the parts of all slices for those of one run, and ends as
that run would have.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from instit_tools import depots
from instit_tools.conversion.finish import manifest_of, shards_of
from instit_tools.conversion.finish import publish as publish_all
from instit_tools.conversion.outline import Outline, Slice, difference, encode, keys_of
from instit_tools.conversion.resuming import begin
from instit_tools.conversion.work import REJECTED, Done
from instit_tools.depots.base import PARTS, RECEIPT, Depot, Move
from instit_tools.errors import OutputError
from instit_tools.manifest import Manifest
from instit_tools.targets import load

__all__ = ["NAME", "merge", "place", "publish", "replaceable"]

NAME = "part.json"
_FORMAT = "instit-tools part"
_AGAIN = "run the command of that part again"
_ONE_COMMAND = "make all parts with one command, but for --part"
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
    """Name the files of the finished slice *out*: given again, it is made again, for a job may run twice.

    Raises `OutputError` where what should list them does not.
    """
    if depots.content(out, NAME) is None:
        return None
    part = _read(out)
    return frozenset((NAME, *(move.new for move in _moves(part.outline, part.done))))


def publish(outline: Outline, done: Mapping[int, Done], depot: Depot, out: str) -> Manifest:
    """Publish a slice; the manifest that is given back is not written, and lists its shards by their names in it."""
    part = Part(outline=outline, done=dict(done))
    depot.publish(
        list(_moves(outline, done)), [], {NAME: msgspec.json.format(msgspec.json.encode(part), indent=1) + b"\n"}
    )
    mine = msgspec.structs.replace(outline, sources=tuple(outline.sources[number] for number in done))
    every = tuple(done.values())
    return manifest_of(mine, every, shards_of(every, load(outline.job.target)), (), out)


def _moves(outline: Outline, done: Mapping[int, Done]) -> Iterator[Move]:
    """Say of all files of a slice but `NAME` what they are made of."""
    keys = keys_of(outline)
    for number, each in done.items():
        for name in (RECEIPT, REJECTED, *(file.name for file in each.files)):
            yield Move(key=keys[number], old=name, new=f"{keys[number]}/{name}")


def merge(out: str, *, overwrite: bool = False) -> Manifest:
    """Join all slices of *out* to the dataset; they stay where they are.

    They may differ in what becomes of faults: the manifest says ``reject`` if that is so of any of them. Raises
    `OutputError` where one is missing, is not finished, or is of another run than the first, and where *out* keeps what
    a run of its own finished before it was stopped, unless that is the same run.
    """
    parts = _parts(out)
    for folder, part in parts.items():
        _refuse_damaged(folder, part)
    outline = _joined([part.outline for part in parts.values()])
    keys, done = keys_of(outline), dict[int, Done]()
    with depots.opened(out, replaces=depots.listed(out) if overwrite else None) as depot:
        hint = f"finish that run with its own command, or drop what it finished: remove {depot.name}/{PARTS}"
        begin(depot, outline, fresh=False, hint=hint)
        for folder, part in parts.items():
            for number, each in part.done.items():
                depot.adopt(f"{folder}/{keys[number]}", keys[number])
                done[number] = each
        return publish_all(outline, tuple(done[number] for number in sorted(done)), depot, out)


def _joined(outlines: Sequence[Outline]) -> Outline:
    """Give the one run that slices were made for."""
    job = msgspec.structs.replace(outlines[0].job, reject=any(outline.job.reject for outline in outlines))
    return msgspec.structs.replace(outlines[0], job=job, slice=None)


def _parts(out: str) -> dict[str, Part]:
    """Read all slices of *out*, by folder, in order."""
    found = _folders(out)
    count = next(iter(found)).count
    parts: dict[str, Part] = {}
    for number in range(1, count + 1):
        folder = found.get(Slice(number, count))
        if folder is None:
            message = f"part {number} of {count} is missing: there is no {place(out, (number, count))}"
            raise OutputError(message, hint=f"make it with the command of the other parts and --part {number}/{count}")
        parts[folder] = _read(folder)
    _refuse_mixed(parts)
    return parts


def _folders(out: str) -> dict[Slice, str]:
    """Find the folders of slices, all of one number."""
    before, _, own = out.rstrip("/").rpartition("/")
    found = {
        Slice(int(match[1]), int(match[2])): f"{before}/{name}" if before or out.startswith("/") else name
        for name in depots.neighbours(out)
        if name.startswith(own) and (match := _FOLDER.fullmatch(name.removeprefix(own)))
    }
    if not found:
        message = f"there are no parts of {out}: no folder {out}.part-1-of-N"
        raise OutputError(message, hint=f"make them with: instit-tools convert ... -o {out} --part 1/N, and so on")
    if len(counts := sorted({each.count for each in found})) > 1:
        message = f"there are parts of {out} of several divisions, by {' and by '.join(map(str, counts))}"
        raise OutputError(message, hint="take away the folders of those that are not wanted")
    return found


def _read(folder: str) -> Part:
    content = depots.content(folder, NAME)
    if content is None:
        message = f"{folder} is not a finished part: it has no {NAME}"
        raise OutputError(message, hint=_AGAIN)
    try:
        return msgspec.json.decode(content, type=Part)
    except msgspec.DecodeError as error:
        message = f"{folder}/{NAME} is not what convert --part writes: {error}"
        raise OutputError(message, hint=f"take {folder} away, and {_AGAIN}") from error


def _refuse_damaged(folder: str, part: Part) -> None:
    sizes = depots.files(folder)
    keys = keys_of(part.outline)
    written = {(keys[number], file.name): file.bytes for number, done in part.done.items() for file in done.files}
    for move in _moves(part.outline, part.done):
        size, expected = sizes.get(move.new), written.get((move.key, move.old))
        if size is None:
            raise OutputError(f"{folder}/{move.new} is missing", hint=_AGAIN)
        if expected is not None and size != expected:
            message = f"{folder}/{move.new} has {size:,} bytes where {expected:,} were written"
            raise OutputError(message, hint=_AGAIN)


def _refuse_mixed(parts: Mapping[str, Part]) -> None:
    (first, part), *others = parts.items()
    whole = msgspec.structs.replace(part.outline, slice=None)
    for folder, other in others:
        outline = msgspec.structs.replace(other.outline, slice=None)
        if encode(outline) != encode(whole):
            message = f"{folder} is of another run than {first}: {difference(encode(whole), outline)}"
            raise OutputError(message, hint=_ONE_COMMAND)
    missing = set(range(len(whole.sources))) - {number for part in parts.values() for number in part.done}
    if missing:
        message = f"partition {min(missing)} is in no part"
        raise OutputError(message, hint=_ONE_COMMAND)
