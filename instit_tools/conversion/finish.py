"""The end of a conversion: parts become a dataset. Their shards are numbered, their rejects joined, and all is listed.

What is made depends on the outline and on what came of each part, in order, and on nothing else: neither on who worked
on which part nor on when.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from instit_tools import manifest, targets
from instit_tools.addresses import is_address
from instit_tools.conversion.outline import Outline, keys_of
from instit_tools.conversion.work import REJECTED, Done
from instit_tools.depots.base import Depot, Join, Move
from instit_tools.manifest import File, InputFile, Manifest, Shard, Totals
from instit_tools.targets.base import Place, Target

__all__ = ["manifest_of", "numbered", "publish"]

_LABEL = "{kind}-{number:06d}{suffix}"


def publish(outline: Outline, done: Sequence[Done], depot: Depot, out: str) -> Manifest:
    """Make the dataset *out* of all parts that *depot* keeps, and give its manifest."""
    target: Target[Any] = targets.load(outline.job.target)
    shards = numbered(done, target.SUFFIX)
    small = dict(target.beside(shards, outline.job.choices, _place(outline, done, out)))
    rejecting = _rejecting(outline, done)
    rejects = tuple(_rejects(rejecting, depot))
    clips = tuple(file for each in done for file in each.clips)
    files = (*(_measured(name, content) for name, content in small.items()), *rejects, *clips)
    made = manifest_of(outline, done, shards, files, out)
    small[manifest.NAME] = manifest.encode(made)
    depot.publish(list(_moves(outline, done, shards)), _joins(rejecting, rejects), small)
    return made


def numbered(done: Sequence[Done], suffix: str) -> tuple[Shard, ...]:
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
        yield from (Move(key=key, old=shard.name, new=next(names).name) for shard in each.shards)
        yield from (Move(key=key, old=clip.name, new=clip.name) for clip in each.clips)


def _rejecting(outline: Outline, done: Sequence[Done]) -> tuple[str, ...]:
    return tuple(key for key, each in zip(keys_of(outline), done, strict=True) if each.rejects)


def _joins(keys: tuple[str, ...], rejects: Sequence[File]) -> list[Join]:
    return [Join(keys=keys, old=REJECTED, new=file.name) for file in rejects]


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
