"""The end of a conversion: parts become a dataset. Their shards are numbered, their rejects joined, and all is listed.

What is made depends on the outline and on what came of each part, in order, and on nothing else: neither on who worked
on which part nor on when.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from instit_tools import manifest, targets
from instit_tools.addresses import is_address
from instit_tools.conversion import wholes
from instit_tools.conversion.outline import Outline, keys_of
from instit_tools.conversion.shards import index_name
from instit_tools.conversion.work import REJECTED, Done
from instit_tools.depots.base import Depot, Join, Move, Piece
from instit_tools.manifest import File, InputFile, Manifest, Shard, Totals
from instit_tools.targets.base import Place, Target

__all__ = ["manifest_of", "publish", "shards_of"]

_LABEL = "{kind}-{number:06d}{suffix}"


def publish(outline: Outline, done: Sequence[Done], depot: Depot, out: str) -> Manifest:
    """Make the dataset *out* of all parts that *depot* keeps, and give its manifest."""
    target: Target[Any] = targets.load(outline.job.target)
    keys = keys_of(outline)
    whole = wholes.joined(target.WHOLES, done)
    sums = wholes.described(whole, keys, depot)
    shards = wholes.shards(whole, sums) if target.WHOLES else _numbered(done, target.SUFFIX)
    small = dict(target.beside(shards, outline.job.choices, _place(outline, done, out)))
    rejecting = _rejecting(outline, done)
    rejects = tuple(_rejects(rejecting, depot))
    moved = [] if target.WHOLES else list(_moves(outline, done, shards))
    clips = (file for each in done for file in each.clips)
    beside = (*wholes.files(whole, sums), *_indexes(done, moved), *rejects, *clips)
    files = (*(_measured(name, content) for name, content in small.items()), *beside)
    made = manifest_of(outline, done, shards, files, out)
    small[manifest.NAME] = manifest.encode(made)
    joins = [*(wholes.join(each, keys) for each in whole), *_joins(rejecting, rejects)]
    depot.publish(moved, joins, small)
    return made


def shards_of(done: Sequence[Done], target: Target[Any]) -> tuple[Shard, ...]:
    """List the shards that *done* becomes; of those that would have to be joined nobody knows the sha256."""
    if target.WHOLES:
        return wholes.shards(wholes.joined(target.WHOLES, done))
    return _numbered(done, target.SUFFIX)


def _numbered(done: Sequence[Done], suffix: str) -> tuple[Shard, ...]:
    """Give the shards of each kind their numbers, through all parts."""
    numbers: Counter[str] = Counter()
    found = []
    for shard in (shard for each in done for shard in each.shards):
        name = _LABEL.format(kind=shard.kind, number=numbers[shard.kind], suffix=suffix)
        numbers[shard.kind] += 1
        found.append(msgspec.structs.replace(shard, name=name))
    return tuple(found)


def manifest_of(
    outline: Outline, done: Sequence[Done], shards: tuple[Shard, ...], files: tuple[File, ...], out: str
) -> Manifest:
    """List what a dataset in *out* consists of."""
    read: Counter[int] = Counter()
    for source, each in zip(outline.sources, done, strict=True):
        read[source] += each.records
    return Manifest(
        made_by=outline.made_by,
        target=outline.job.target,
        settings=_described(outline),
        media=_seen_from(out, outline.job.media),
        inputs=tuple(
            InputFile(name=each.name, bytes=each.bytes, sha256=each.sha256, records=read[number])
            for number, each in enumerate(outline.inputs)
        ),
        shards=shards,
        files=files,
        totals=Totals(
            records=sum(each.records for each in done),
            samples=sum(shard.samples for shard in shards),
            rejects=_left_out(done),
        ),
    )


def _place(outline: Outline, done: Sequence[Done], out: str) -> Place:
    root = outline.job.choices.root
    return Place(
        folder=Path(out.rstrip("/").rpartition("/")[2]) if is_address(out) else Path(out).absolute(),
        media=Path(root) if root else None,
        records=sum(each.records for each in done),
        left_out=_left_out(done),
    )


def _seen_from(out: str, media: str | None) -> str | None:
    """Name the pictures from the folder of the dataset; an address is the same from everywhere."""
    return media if media is None or is_address(media) or is_address(out) else os.path.relpath(media, out)


def _moves(outline: Outline, done: Sequence[Done], shards: Sequence[Shard]) -> Iterator[Move]:
    names = iter(shards)
    for key, each in zip(keys_of(outline), done, strict=True):
        indexed = {index.name for index in each.indexes}
        for shard in each.shards:
            new = next(names).name
            yield Move(key=key, old=shard.name, new=new)
            if (index := index_name(shard.name)) in indexed:
                yield Move(key=key, old=index, new=index_name(new))
        yield from (Move(key=key, old=clip.name, new=clip.name) for clip in each.clips)


def _indexes(done: Sequence[Done], moved: Iterable[Move]) -> Iterator[File]:
    """List the indexes of shards by their new names, in the order of the shards."""
    new = {move.old: move.new for move in moved}
    for index in (index for each in done for index in each.indexes):
        yield msgspec.structs.replace(index, name=new[index.name])


def _rejecting(outline: Outline, done: Sequence[Done]) -> tuple[str, ...]:
    return tuple(key for key, each in zip(keys_of(outline), done, strict=True) if each.rejects)


def _joins(keys: tuple[str, ...], rejects: Sequence[File]) -> list[Join]:
    return [Join(pieces=tuple(Piece(key, REJECTED) for key in keys), new=file.name) for file in rejects]


def _rejects(keys: tuple[str, ...], depot: Depot) -> Iterator[File]:
    """Measure the list of all that was rejected, if there is any, a part at a time."""
    if not keys:
        return
    size, summed = 0, hashlib.sha256()
    for key in keys:
        content = depot.read(key, REJECTED)
        size += len(content)
        summed.update(content)
    yield File(name=manifest.REJECTS, bytes=size, sha256=summed.hexdigest())


def _left_out(done: Sequence[Done]) -> Mapping[str, int]:
    rejects: Counter[str] = Counter()
    for each in done:
        rejects.update(each.rejects)
    return dict(sorted(rejects.items()))


def _measured(name: str, content: bytes) -> File:
    return File(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def _described(outline: Outline) -> dict[str, str | int | bool | None]:
    job = outline.job
    return {
        "dialect": job.choices.dialect,
        "embed_media": job.choices.embed,
        "group": job.choices.group,
        "frames": job.choices.frames,
        "recipe": job.recipe.name if job.recipe else None,
        "max_frames": job.recipe.max_frames if job.recipe else None,
        "max_instances": job.recipe.max_instances if job.recipe else None,
        "seed": job.seed,
        "marks": job.marks,
        "shard_size": job.shard_size,
        "on_error": "reject" if job.reject else "stop",
        "limit": outline.limit,
    }
