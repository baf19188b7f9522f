"""Where a repair writes: what each file is called, and that no name is one that is read, taken, or named twice."""

from collections.abc import Iterable
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from instit_tools.addresses import is_address, local, shown
from instit_tools.commit import free
from instit_tools.errors import OutputError, UsageError
from instit_tools.linting.steps import Job
from instit_tools.source.find import PIPED, STDIN
from instit_tools.source.opened import Input

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

__all__ = ["opened", "outputs"]

_COMPRESSED = {".gz": "gzip", ".zst": "zstd"}
_CHANGES, _REJECTS = ".changes.jsonl", ".rejects.jsonl"


def outputs(job: Job, sources: list[Input], out: Path) -> list[tuple[Path, Path, Path]]:
    """Name the files to write for each source: changes, rejects, and the repaired file, which is written last.

    Raises `UsageError` or `OutputError` for what cannot be, before anything is written.
    """
    try:
        return _checked(job, sources, out)
    except (OSError, RuntimeError) as error:  # the latter: links in a circle
        message = f"{getattr(error, 'filename', out)} cannot be written: {getattr(error, 'strerror', error)}"
        raise OutputError(message, hint="choose another name") from error


def _checked(job: Job, sources: list[Input], out: Path) -> list[tuple[Path, Path, Path]]:
    several = len(sources) > 1 or any(_is_folder(name, sources) for name in job.settings.inputs)
    if several:
        _check_several(job, sources, out)
    elif out.is_dir():
        message = f"{out} is a folder, and one file is to be written"
        raise OutputError(message, hint="name a new file in it")
    found = []
    for source in sources:
        file = out / Path(source.name).name if several else out
        rejects = Path(job.rejects) if job.rejects else file.with_name(file.name + _REJECTS)
        found.append((file.with_name(file.name + _CHANGES), rejects, file))
    files = [path for each in found for path in reversed(each)]
    _check_apart(files, sources)
    free(*files, overwrite=job.overwrite)
    if several:
        out.mkdir(parents=True, exist_ok=True)
    for path in files:
        if not path.parent.is_dir():
            message = f"{path.parent} does not exist"
            raise OutputError(message, hint="make the folder first, or choose another name")
    return found


def _is_folder(name: str, sources: Iterable[Input]) -> bool:
    if is_address(name):
        return not has_magic(name) and shown(name) not in {source.name for source in sources}
    return name != STDIN and Path(local(name)).is_dir()


def _check_several(job: Job, sources: Iterable[Input], out: Path) -> None:
    if job.rejects:
        message = "--rejects names one file, and several are repaired"
        raise UsageError(message, hint="leave it out: each has its own, beside it")
    if any(source.name == PIPED for source in sources):
        message = f"{PIPED} is repaired by itself: it has no name for a file in a folder"
        raise UsageError(message, hint="name it alone, and a file after -o")
    if out.exists() and not out.is_dir():
        message = f"{out} is a file, and several files are to be written"
        raise OutputError(message, hint="name a new folder after -o")


def _check_apart(files: Iterable[Path], sources: Iterable[Input]) -> None:
    read = [Path(source.name) for source in sources if source.name != PIPED and not is_address(source.name)]
    seen: set[Path] = set()
    for path in files:
        if path.exists() and any(path.samefile(each) for each in read if each.exists()):
            message = f"{path} is the file that is read"
            raise OutputError(message, hint="choose another name; what was read stays as it was")
        if path.resolve() in seen:
            message = f"{path} would be written twice"
            raise OutputError(message, hint="each file needs a name of its own")
        seen.add(path.resolve())


def opened(part: Path, final: Path) -> "AbstractContextManager[BinaryIO]":
    """Open *part* for writing what will be *final*, compressed where that name says so."""
    packed = next((codec for ending, codec in _COMPRESSED.items() if final.name.endswith(ending)), None)
    if packed is None:
        return part.open("wb")
    import pyarrow as pa

    return cast("AbstractContextManager[BinaryIO]", pa.output_stream(str(part), compression=packed))
