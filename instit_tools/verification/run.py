"""Verifying a finished dataset: every byte against the manifest, every row by the rules of its reader."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct

from instit_tools import manifest, targets, verification
from instit_tools.addresses import is_address, local, shown
from instit_tools.commit import fingerprint
from instit_tools.errors import UsageError
from instit_tools.grounding import GROUNDING
from instit_tools.manifest import File, Manifest, Shard
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.store import open_store
from instit_tools.verification.base import Check, Problem, Scope
from instit_tools.verification.fetched import fetched

__all__ = ["Report", "verify_folder"]

_KEPT = 1000
_NO_MEDIA = "none"


class Report(Struct, frozen=True, kw_only=True):
    """What `verify_folder` found: *problems* are the first thousand of *count*.

    *pictures* says if they were opened, *clips* if all video files were, which takes PyAV.
    """

    folder: str
    reader: str
    shards: int
    rows: int
    pictures: bool
    clips: bool
    count: int
    problems: tuple[Problem, ...]


def verify_folder(
    folder: Path | str,
    *,
    reader: str | None = None,
    media: Path | str | None = None,
    edited: bool = False,
    limits: Limits = DEFAULT,
) -> Report:
    """Check the finished dataset in *folder*, which may be an address, by the rules of its reader or of another one.

    *media* is the root of the pictures where it is not where the manifest says, ``none`` not to look at them. With
    *edited*, rows are read as they are now, and not held against the manifest, which tells how they were. Raises
    `OutputError` when there is no manifest, and `UsageError` for a reader that does not read this target.
    """
    with fetched(str(folder)) as here:
        report = _verified(here, reader=reader, media=media, edited=edited, limits=limits)
    return msgspec.structs.replace(report, folder=shown(str(folder)))


def _verified(folder: Path, *, reader: str | None, media: Path | str | None, edited: bool, limits: Limits) -> Report:
    found = manifest.read(folder)
    name = reader or _reader(found)
    check = verification.load(name)
    if found.target not in check.TARGETS:
        message = f"{name} does not read what --to {found.target} writes"
        raise UsageError(message, hint=f"leave --for out, or make it with --to {' or '.join(sorted(check.TARGETS))}")
    root = _root(folder, found) if media is None else _named(str(media))
    scope = Scope(
        folder=folder,
        manifest=found,
        store=open_store(root, limits) if root else None,
        names=manifest.files_of(found),
        files=targets.load(found.target).FILES,
        root=root.resolve() if isinstance(root, Path) and root.is_dir() else None,
        away=shown(root) if isinstance(root, str) else None,
        seen=set(),
        limits=limits,
    )
    kept: list[Problem] = []
    count = 0
    for problem in _problems(check, scope, edited=edited):
        count += 1
        if len(kept) < _KEPT:
            kept.append(problem)
    return Report(
        folder=str(folder),
        reader=name,
        shards=len(found.shards),
        rows=scope.rows,
        pictures=(root is not None or _packed(found)) and not scope.unseen,
        clips=not (any(each is None for each in scope.clips.values())),
        count=count,
        problems=tuple(kept),
    )


def _packed(found: Manifest) -> bool:
    target = targets.load(found.target)
    return (target.TAKES == "samples" and not target.FILES) or bool(found.settings.get("embed_media"))


def _reader(found: Manifest) -> str:
    dialect = found.settings.get("dialect")
    if found.target == "llava" or dialect == GROUNDING:
        return f"{found.target}-{dialect}"
    return found.target


def _named(media: str) -> Path | str | None:
    """Take a media root as it was named: a path, or an address."""
    if media == _NO_MEDIA:
        return None
    return media if is_address(media) else Path(local(media))


def _root(folder: Path, found: Manifest) -> Path | str | None:
    if found.media and is_address(found.media):
        return found.media
    root = folder / found.media if found.media else None
    return root if root and root.exists() else None


def _problems(check: Check, scope: Scope, *, edited: bool) -> Iterator[Problem]:
    for file in (*scope.manifest.files, *scope.manifest.shards):
        path = scope.folder / file.name
        wrong = _damage(path, file)
        if wrong is not None and not (edited and path.is_file()):
            yield Problem(file=file.name, row=None, field="", message=wrong)
        if isinstance(file, Shard) and path.is_file():
            before = scope.rows
            yield from check.problems(path, file, scope)
            if scope.rows - before != file.samples and not edited:
                message = f"has {scope.rows - before} samples, and the manifest says {file.samples}"
                yield Problem(file=file.name, row=None, field="", message=message)
    if not edited:
        yield from _unlike_manifest(scope)


def _unlike_manifest(scope: Scope) -> Iterator[Problem]:
    yield from (
        Problem(file=manifest.NAME, row=None, field="totals", message=wrong)
        for wrong in _wrong_totals(scope.folder, scope.manifest)
    )
    known = scope.names | {str(folder) for name in scope.names for folder in PurePosixPath(name).parents}
    for path in sorted(scope.folder.rglob("*")):
        name = path.relative_to(scope.folder).as_posix()
        if name not in known:
            yield Problem(file=name, row=None, field="", message="is not in the manifest")


def _wrong_totals(folder: Path, found: Manifest) -> Iterator[str]:
    samples = sum(shard.samples for shard in found.shards)
    if found.totals.samples != samples:
        yield f"says {found.totals.samples:,} samples, and the shards have {samples:,}"
    records = sum(each.records for each in found.inputs)
    if found.totals.records != records:
        yield f"says {found.totals.records:,} records, and the inputs had {records:,}"
    listing = folder / manifest.REJECTS
    listed = listing.read_bytes().count(b"\n") if listing.is_file() else 0
    rejects = sum(found.totals.rejects.values())
    if rejects != listed:
        yield f"says {rejects:,} rejects, and {manifest.REJECTS} lists {listed:,}"


def _damage(path: Path, file: File) -> str | None:
    if not path.is_file():
        return "is missing"
    if path.stat().st_size != file.bytes:
        return f"has {path.stat().st_size:,} bytes, and the manifest says {file.bytes:,}"
    if fingerprint(path) != file.sha256:
        return "does not have the sha256 that the manifest says: it was changed"
    return None
