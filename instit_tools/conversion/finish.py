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
from instit_tools.conversion.heaps import ENTRIES, ending
from instit_tools.conversion.outline import Outline, keys_of
from instit_tools.conversion.shards import index_name
from instit_tools.conversion.work import REJECTED, Done, Job
from instit_tools.depots.base import Depot, Join, Move, Piece
from instit_tools.errors import OutputError
from instit_tools.manifest import File, InputFile, Manifest, Shard, Totals
from instit_tools.rendering.marked import Drawing
from instit_tools.targets.base import Place, Target

__all__ = ["manifest_of", "publish", "shards_of"]

_LABEL = "{kind}-{number:06d}{suffix}"


def publish(outline: Outline, done: Sequence[Done], depot: Depot, out: str) -> Manifest:
    """Make the dataset *out* of all parts that *depot* keeps, and give its manifest."""
    target: Target[Any] = targets.load(outline.job.target)
    keys = keys_of(outline)
    whole = wholes.joined(target.WHOLES, done)
    sums = [depot.joined(wholes.join(each, keys)).sha256 for each in whole]
    shards = wholes.shards(whole, sums) if target.WHOLES else _numbered(done, target.SUFFIX)
    small = dict(target.beside(shards, outline.job.choices, _place(outline, done, out)))
    moved = [*([] if target.WHOLES else _moves(outline, done, shards)), *_moves_beside(outline, done)]
    joins = [*_rejects(outline, done), *_archives(outline, done, depot)]
    joined = [depot.joined(join) for join in joins]
    beside = (*wholes.files(whole, sums), *_indexes(done, moved), *joined, *_made_beside(done))
    files = (*(_measured(name, content) for name, content in small.items()), *beside)
    made = manifest_of(outline, done, shards, files, out)
    small[manifest.NAME] = manifest.encode(made)
    depot.publish(moved, [*(wholes.join(each, keys) for each in whole), *joins], small)
    return made


def _made_beside(done: Sequence[Done]) -> tuple[File, ...]:
    """List the files beside the shards that parts made; raise `OutputError` where two parts made one of one name."""
    found: dict[str, File] = {}
    for file in (file for each in done for file in each.beside):
        if file.name in found:
            message = f"two records have a picture {file.name}, and there is room for one"
            raise OutputError(message, hint="render them to two folders")
        found[file.name] = file
    return tuple(found.values())


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
        media=_seen_from(out, outline.job),
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


def _seen_from(out: str, job: Job) -> str | None:
    """Name the pictures from the folder of the dataset, if they are files; an address is the same from everywhere.

    Marked ones that this run made are in the folder itself or in the shards; in the first case they are compared with
    the raw ones where they are the output themselves.
    """
    media = job.media
    if job.drawing and job.target != targets.RENDER:
        return "." if targets.load(job.target).FILES else None
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


def _moves_beside(outline: Outline, done: Sequence[Done]) -> Iterator[Move]:
    for key, each in zip(keys_of(outline), done, strict=True):
        yield from (Move(key=key, old=file.name, new=file.name) for file in each.beside)


def _indexes(done: Sequence[Done], moved: Iterable[Move]) -> Iterator[File]:
    """List the indexes of shards by their new names, in the order of the shards."""
    new = {move.old: move.new for move in moved}
    for index in (index for each in done for index in each.indexes):
        yield msgspec.structs.replace(index, name=new[index.name])


def _rejects(outline: Outline, done: Sequence[Done]) -> Iterator[Join]:
    """Put the list of all that was rejected together, if there is any."""
    keys = [key for key, each in zip(keys_of(outline), done, strict=True) if each.rejects]
    if keys:
        yield Join(pieces=tuple(Piece(key, REJECTED) for key in keys), new=manifest.REJECTS)


def _archives(outline: Outline, done: Sequence[Done], depot: Depot) -> Iterator[Join]:
    """Put archives together of their pieces; nothing but what ends one depends on more than one piece."""
    pack = outline.job.choices.pack
    if pack is None:
        return
    pieces: dict[str, dict[str, int]] = {}
    for key, each in zip(keys_of(outline), done, strict=True):
        for piece in each.pieces:
            if not piece.name.endswith(ENTRIES):
                pieces.setdefault(piece.name, {})[key] = piece.bytes
    for name, sizes in sorted(pieces.items()):
        entries = [depot.read(key, name + ENTRIES) for key in sizes] if pack == "zip" else []
        end = ending(pack, tuple(sizes.values()), entries)
        yield Join(pieces=(*(Piece(key, name) for key in sizes), end), new=name)


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
        "marks": "render" if job.drawing else job.marks,
        **(_drawn(job.drawing) if job.drawing else {}),
        "shard_size": job.shard_size,
        "on_error": "reject" if job.reject else "stop",
        "limit": outline.limit,
    }


def _drawn(drawing: Drawing) -> dict[str, str | int]:
    """Say how marks were drawn: names and versions of the styles, and what tells two styles of one name apart."""
    found: dict[str, str | int] = {"quality": drawing.quality}
    for kind in ("video", "image"):
        style = drawing.style(kind)
        found[f"{kind}_style"] = f"{style.name} {style.version}"
        found[f"{kind}_style_sha256"] = style.fingerprint
    return found
