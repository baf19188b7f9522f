"""The whole conversion: plan, work, number the shards, and publish all of it or nothing."""

import os
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from instit_tools import manifest
from instit_tools.addresses import is_address, shown
from instit_tools.commit import fingerprint, staged
from instit_tools.conversion.plan import Plan, plan
from instit_tools.conversion.settings import Settings, checked, choices_of, recipe_of, shard_size_of, with_media
from instit_tools.conversion.work import Done, Job, Progress, Task, store_at, work
from instit_tools.errors import OutputError, UsageError
from instit_tools.manifest import File, InputFile, Manifest, Shard, Totals
from instit_tools.media.clips import require
from instit_tools.media.store import packed
from instit_tools.showing import CLIPS, MP4
from instit_tools.source.find import find
from instit_tools.targets.base import Choices, Place, Target
from instit_tools.version import __version__

__all__ = ["convert"]

_PARTITION = 64 << 20
_PARTITION_WITH_MEDIA = 16 << 20
_SPOOL = "spool"
_LABEL = "{kind}-{number:06d}{suffix}"


def convert(settings: Settings, progress: Progress | None = None) -> Manifest:
    """Convert the files that *settings* name, and publish a dataset folder with its manifest.

    Nothing stands under a final name until everything is written. Raises an `InstitError` for whatever the user can
    mend; of the data's faults the first, unless ``on_error`` is ``reject``, which lists them in ``rejects.jsonl``.
    """
    target = checked(settings)
    found = find(settings.inputs)
    settings = with_media(msgspec.structs.replace(settings, inputs=tuple(found)), found)
    _refuse_to_eat(found, Path(settings.out))
    choices = choices_of(settings, target)
    job = _job(settings, target, choices)
    out = Path(settings.out)
    with _folder(settings) as folder:
        planned = _plan(settings, folder, packed=target.needs_media(choices))
        tasks = [
            Task(job=job, planned=part, number=number, folder=None if settings.dry_run else str(folder))
            for number, part in enumerate(planned.parts)
        ]
        if progress:
            progress.start(sum(each.size for each in planned.inputs))
        done = [work(task, progress) for task in tasks]
        if settings.dry_run:
            return _manifest(settings, job, planned, done, _numbered(done, target.SUFFIX), ())
        shards = _number(folder, done, target.SUFFIX)
        place = Place(
            folder=out.absolute(),
            media=Path(choices.root) if choices.root else None,
            records=sum(each.records for each in done),
            left_out=_left_out(done),
        )
        clips = (file for each in done for file in each.clips)
        files = (*_write(folder, target.beside(shards, choices, place)), *_gather_rejects(folder, tasks, done), *clips)
        made = _manifest(settings, job, planned, done, shards, files)
        (folder / manifest.NAME).write_bytes(manifest.encode(made))
    return made


def _refuse_to_eat(files: Iterable[str], out: Path) -> None:
    """Keep a conversion from replacing what it reads."""
    for file in files:
        if not is_address(file) and Path(file).resolve().is_relative_to(out.resolve()):
            message = f"{file} is read, and lies in {out}, which would be replaced"
            raise OutputError(message, hint="choose another -o")


def _job(settings: Settings, target: Target[Any], choices: Choices) -> Job:
    recipe = recipe_of(settings, target)
    if settings.media is not None:
        store_at.cache_clear()  # the pictures may have changed since an earlier conversion of this process
        store_at(settings.media)  # to say what is wrong with it before any work
    elif target.needs_media(choices) or target.needs_folder(choices):
        route = f" --frames {choices.frames}" if len(target.FRAMES) > 1 else ""
        does = "makes clips of the pictures" if choices.frames == MP4 else "packs the pictures"
        if not target.needs_media(choices):
            does = "names pictures by absolute path"
        message = f"--to {settings.target}{route} {does}, and no media root is given"
        raise UsageError(message, hint="--media DIR, the folder that holds videos_vpt/ or videos_vpt.zip")
    if target.needs_folder(choices) and settings.media and packed(settings.media):
        message = f"--to {settings.target} --frames {choices.frames} names pictures as files, and"
        if is_address(settings.media):
            message += f" {shown(settings.media)} is not on this machine"
            raise UsageError(message, hint="copy the pictures here, and give --media the folder that holds videos_vpt/")
        message += f" {settings.media} is packed"
        raise UsageError(message, hint="unpack the archive, and give --media the folder that holds videos_vpt/")
    if choices.frames == MP4:
        require()
    return Job(
        target=settings.target,
        choices=choices,
        recipe=recipe,
        media=settings.media,
        marks=settings.marks,
        shard_size=shard_size_of(settings),
        seed=settings.seed or 0,
        reject=settings.on_error == "reject",
    )


@contextmanager
def _folder(settings: Settings) -> Generator[Path]:
    """Yield the folder to work in: one that becomes the output, or for a dry run one that is thrown away."""
    out = Path(settings.out)
    if settings.dry_run:
        with TemporaryDirectory(prefix="instit-") as folder:
            yield Path(folder)
        return
    replaces = None
    if settings.overwrite and (out / manifest.NAME).exists():
        replaces = manifest.files_of(manifest.read(out))
    try:
        with staged(out, replaces=replaces) as folder:
            yield folder
    except OSError as error:
        message = f"{out} cannot be written: {error.strerror or error}"
        raise OutputError(message, hint="nothing was published; choose another -o or make room") from error


def _plan(settings: Settings, folder: Path, *, packed: bool) -> Plan:
    limit = shard_size_of(settings)
    whole = settings.dialect == "1.5"  # one array an input file, so one partition
    size = limit if whole else min(limit, _PARTITION_WITH_MEDIA if packed else _PARTITION)
    return plan(settings.inputs, folder / _SPOOL, size=size, limit=settings.limit, hashed=not settings.dry_run)


def _numbered(done: Iterable[Done], suffix: str) -> tuple[Shard, ...]:
    """Give the shards of each kind their numbers, through all partitions."""
    numbers: Counter[str] = Counter()
    found = []
    for shard in (shard for each in done for shard in each.shards):
        name = _LABEL.format(kind=shard.kind, number=numbers[shard.kind], suffix=suffix)
        numbers[shard.kind] += 1
        found.append(msgspec.structs.replace(shard, name=name))
    return tuple(found)


def _number(folder: Path, done: Sequence[Done], suffix: str) -> tuple[Shard, ...]:
    shards = _numbered(done, suffix)
    for old, new in zip((shard for each in done for shard in each.shards), shards, strict=True):
        (folder / old.name).rename(folder / new.name)
    return shards


def _write(folder: Path, files: Mapping[str, bytes]) -> Iterator[File]:
    for name, content in files.items():
        (folder / name).write_bytes(content)
        yield _measured(folder / name)


def _gather_rejects(folder: Path, tasks: Iterable[Task], done: Iterable[Done]) -> Iterator[File]:
    """Put the rejects of all partitions into one file, in order, if there are any."""
    parts = [folder / f"rejects.{task.number:06d}" for task in tasks]
    if any(each.rejects for each in done):
        with (folder / manifest.REJECTS).open("wb") as listing:
            for part in parts:
                listing.write(part.read_bytes())
        yield _measured(folder / manifest.REJECTS)
    for part in parts:
        part.unlink()
    for left in (folder / _SPOOL).glob("*"):
        left.unlink()
    if (folder / CLIPS).exists() and not any((folder / CLIPS).iterdir()):
        (folder / CLIPS).rmdir()
    if (folder / _SPOOL).exists():
        (folder / _SPOOL).rmdir()


def _left_out(done: Iterable[Done]) -> dict[str, int]:
    rejects: Counter[str] = Counter()
    for each in done:
        rejects.update(each.rejects)
    return dict(sorted(rejects.items()))


def _measured(path: Path) -> File:
    return File(name=path.name, bytes=path.stat().st_size, sha256=fingerprint(path))


def _manifest(  # each is a part of the manifest
    settings: Settings,
    job: Job,
    planned: Plan,
    done: Sequence[Done],
    shards: tuple[Shard, ...],
    files: tuple[File, ...],
) -> Manifest:
    read: Counter[str] = Counter()
    for each, part in zip(done, planned.parts, strict=True):
        read[part.part.name] += each.records
    return Manifest(
        made_by=f"instit-tools {__version__}",
        target=settings.target,
        settings=_described(settings, job),
        media=_media(settings),
        inputs=tuple(
            InputFile(name=Path(each.name).name, bytes=each.size, sha256=each.sha256, records=read[each.name])
            for each in planned.inputs
        ),
        shards=shards,
        files=files,
        totals=Totals(
            records=sum(each.records for each in done),
            samples=sum(shard.samples for shard in shards),
            rejects=_left_out(done),
        ),
    )


def _media(settings: Settings) -> str | None:
    """Name the pictures from the folder of the dataset; an address is the same from everywhere."""
    if not settings.media:
        return None
    return shown(settings.media) if is_address(settings.media) else os.path.relpath(settings.media, settings.out)


def _described(settings: Settings, job: Job) -> dict[str, str | int | bool | None]:
    recipe = job.recipe
    return {
        "dialect": job.choices.dialect,
        "embed_media": job.choices.embed,
        "group": job.choices.group,
        "frames": job.choices.frames,
        "recipe": recipe.name if recipe else None,
        "max_frames": recipe.max_frames if recipe else None,
        "max_instances": recipe.max_instances if recipe else None,
        "seed": job.seed,
        "marks": job.marks,
        "shard_size": job.shard_size,
        "on_error": settings.on_error,
        "limit": settings.limit,
    }
