"""Which files are meant: names, folders, quoted globs, and ``-`` for standard input."""

import glob
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from instit_tools.errors import SourceError, UsageError

__all__ = ["PIPED", "STDIN", "find"]

STDIN = "-"
PIPED = "standard input"
"""What standard input is called where files are: there is no file of that name."""

_SUFFIXES = (".json", ".jsonl", ".parquet", ".json.gz", ".jsonl.gz", ".json.zst", ".jsonl.zst")
_OURS = frozenset({"manifest.json", "rejects.jsonl", "features.json", "synth.json", "planted.jsonl"})
_LISTINGS = (".changes.jsonl", ".rejects.jsonl")
_LOSSLESS = frozenset({"parquet", "jsonl"})
_MASKED = "_w_mask"


def find(inputs: Iterable[str]) -> list[str]:
    """List the files that *inputs* mean, in the order given, those of a folder or a glob sorted by name.

    A folder means the annotation files directly in it.

    Raises `SourceError` when a name means no file, `UsageError` when a file would be read twice.
    """
    found = [path for name in inputs for path in _expand(name)]
    seen: set[Path] = set()
    for path in found:
        real = Path(path).resolve()  # however it is spelled
        if real in seen:
            message = f"{path} is named twice"
            raise UsageError(message, hint="name every file once")
        seen.add(real)
    return found


def _expand(name: str) -> Iterator[str]:
    path = Path(name)
    if name == STDIN or path.is_file():
        yield name
    elif path.is_dir():
        yield from _in_folder(path)
    elif glob.has_magic(name) and not path.exists():
        yield from _matching(name)
    elif path.exists():  # a named pipe, /dev/stdin: spooled like standard input
        yield name
    else:
        message = f"{name} does not exist"
        raise SourceError(message, hint=_nearby(path))


def _matching(pattern: str) -> Iterator[str]:
    found = sorted(path for path in glob.glob(pattern, recursive=True) if Path(path).is_file())  # noqa: PTH207  # keeps the user's spelling of the path
    if not found:
        message = f"{pattern} matches no file"
        raise SourceError(message, hint="** looks into folders of folders")
    yield from found


def _in_folder(folder: Path) -> Iterator[str]:
    _refuse_training_data(folder)
    found = sorted(path for path in folder.iterdir() if path.is_file() and _is_annotation(path.name))
    if not found:
        message = f"{folder} holds no annotation file ({', '.join(_SUFFIXES)})"
        raise SourceError(message, hint="name the file, or the folder that holds it")
    names = {path.name for path in found}
    for path in found:
        if _MASKED in path.name and (plain := path.name.replace(_MASKED, "")) in names:
            message = f"{folder} holds both {plain} and {path.name}, the same records without and with masks"
            raise UsageError(message, hint="name the one you want")
    yield from map(str, found)


def _refuse_training_data(folder: Path) -> None:
    """Say what a folder of ours is, where the records that it was made from are no longer in it."""
    try:
        target = json.loads((folder / "manifest.json").read_bytes())["target"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if target not in _LOSSLESS:
        message = f"{folder} is what convert --to {target} wrote: training samples, no longer records"
        raise UsageError(message, hint="name the annotations that it was made from")


def _is_annotation(name: str) -> bool:
    return name.endswith(_SUFFIXES) and not name.startswith(".") and not name.endswith(_LISTINGS) and name not in _OURS


def _nearby(path: Path) -> str | None:
    import difflib

    if not path.parent.is_dir():
        return f"{path.parent} does not exist either"
    names = [other.name for other in path.parent.iterdir()]
    close = difflib.get_close_matches(path.name, names, n=1, cutoff=0.75)
    return f"did you mean {path.parent / close[0]}?" if close else f"{path.parent} is there; see what it holds"
