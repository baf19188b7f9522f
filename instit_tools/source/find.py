"""Which files are meant: names, addresses, folders, quoted globs, and ``-`` for standard input."""

import glob
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from instit_tools.addresses import is_address, local, parent, shown
from instit_tools.errors import SourceError, UsageError
from instit_tools.places import Place

__all__ = ["PIPED", "STDIN", "find"]

STDIN = "-"
PIPED = "standard input"
"""What standard input is called where files are: there is no file of that name."""

_MANIFEST = "manifest.json"
_SUFFIXES = (".json", ".jsonl", ".parquet", ".json.gz", ".jsonl.gz", ".json.zst", ".jsonl.zst")
_OURS = frozenset({_MANIFEST, "rejects.jsonl", "features.json", "synth.json", "planted.jsonl"})
_LISTINGS = (".changes.jsonl", ".rejects.jsonl")
_LOSSLESS = frozenset({"parquet", "jsonl"})
_MASKED = "_w_mask"


def find(inputs: Iterable[str]) -> list[str]:
    """List the files that *inputs* mean, in the order given, those of a folder or a glob sorted by name.

    A folder means the annotation files directly in it. Each may be an address, and ``file://`` becomes a path.

    Raises `SourceError` when a name means no file, `UsageError` when a file would be read twice.
    """
    found = [path for name in inputs for path in _expand(local(name))]
    seen: set[str] = set()
    for path in found:
        real = path if is_address(path) else str(Path(path).resolve())  # however it is spelled
        if real in seen:
            message = f"{shown(path)} is named twice"
            raise UsageError(message, hint="name every file once")
        seen.add(real)
    return found


def _expand(name: str) -> Iterator[str]:
    path = Path(name)
    if is_address(name):
        yield from _elsewhere(Place(name))
    elif name == STDIN or path.is_file():
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
        raise _no_match(pattern)
    yield from found


def _no_match(pattern: str) -> SourceError:
    return SourceError(f"{pattern} matches no file", hint="** looks into folders of folders")


def _in_folder(folder: Path) -> Iterator[str]:
    _refuse_training_data(str(folder), folder / _MANIFEST)
    names = _chosen(str(folder), (path.name for path in folder.iterdir() if path.is_file()))
    yield from (str(folder / name) for name in names)


def _elsewhere(place: Place) -> Iterator[str]:
    """Expand an address by the rules for local names."""
    kind = place.kind()
    if kind == "file":
        yield place.address
    elif kind == "folder":
        files = [name for name, is_file in place.children().items() if is_file]
        if _MANIFEST in files:
            (content,) = place.content([_MANIFEST])
            _refuse_training_data(place.name, content)
        yield from map(place.child, _chosen(place.name, files))
    elif _is_glob(place.address):
        found = place.matches()
        if not found:
            raise _no_match(place.name)
        yield from found
    else:
        message = f"{place} does not exist"
        raise SourceError(message, hint=_nearby_elsewhere(place))


def _is_glob(address: str) -> bool:
    """Tell a pattern from a name: a question mark in ``https://`` begins a query."""
    return "*" in address if address.startswith("http") else glob.has_magic(address)


def _chosen(folder: str, files: Iterable[str]) -> list[str]:
    """Take the annotation files among *files* of *folder*, sorted."""
    found = sorted(filter(_is_annotation, files))
    if not found:
        message = f"{folder} holds no annotation file ({', '.join(_SUFFIXES)})"
        raise SourceError(message, hint="name the file, or the folder that holds it")
    for name in found:
        if _MASKED in name and (plain := name.replace(_MASKED, "")) in found:
            message = f"{folder} holds both {plain} and {name}, the same records without and with masks"
            raise UsageError(message, hint="name the one you want")
    return found


def _refuse_training_data(folder: str, manifest: Path | bytes | None) -> None:
    """Say what a folder of ours is, where the records that it was made from are no longer in it."""
    try:
        content = manifest.read_bytes() if isinstance(manifest, Path) else manifest
        target = json.loads(content or b"")["target"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if target == "render":
        message = f"{folder} is what render wrote: pictures, and no records"
        hint = "name the annotations that they were drawn from; verify checks what render wrote"
        raise UsageError(message, hint=hint)
    if target not in _LOSSLESS:
        message = f"{folder} is what convert --to {target} wrote: training samples, no longer records"
        raise UsageError(message, hint="name the annotations that it was made from; verify checks what convert wrote")


def _is_annotation(name: str) -> bool:
    return name.endswith(_SUFFIXES) and not name.startswith(".") and not name.endswith(_LISTINGS) and name not in _OURS


def _nearby(path: Path) -> str | None:
    if not path.parent.is_dir():
        return f"{path.parent} does not exist either"
    return _close(path.name, (other.name for other in path.parent.iterdir()), path.parent)


def _nearby_elsewhere(place: Place) -> str | None:
    folder = parent(place.address)
    if folder == place.address:
        return None
    above = Place(str(folder))
    if above.kind() is None:
        return f"{above} does not exist either"
    return _close(place.address.rpartition("/")[2], above.children(), above)


def _close(name: str, others: Iterable[str], folder: Path | Place) -> str:
    import difflib

    close = difflib.get_close_matches(name, list(others), n=1, cutoff=0.75)
    if close:
        return f"did you mean {folder}/{close[0]}?"
    return f"{'the current folder' if str(folder) == '.' else folder} is there; see what it holds"
