"""Files that are elsewhere, at ``s3://bucket/key`` or ``hf://datasets/owner/name/file``: what is there, what is in it.

fsspec knows how to read them, and only this module knows fsspec. Whatever goes wrong out there becomes one sentence.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Literal, Self

from msgspec import Struct

from instit_tools.addresses import scheme, shown
from instit_tools.errors import InstitError, PlaceError, UsageError
from instit_tools.place_faults import is_empty, meant, other, plain

__all__ = ["Listed", "Place", "Reading"]

_PATIENCE = 20
"""Seconds for a first answer."""
_S3_CONFIG = {
    "connect_timeout": 4,
    "read_timeout": 20,
    "retries": {"mode": "standard", "max_attempts": 3},
    "max_pool_connections": 32,  # pictures of a record are asked for at once
}
_S3 = frozenset({"s3", "s3a"})
_AT_ONCE = 8
_UNTOLD = str(None)
_SAME = ("ETag", "etag", "LastModified", "Last-Modified", "mtime", "created", "last_commit", "blob_id", "generation")
"""What may tell one version of a file from the next, in the words of one file system or another."""

_EXTRAS = {"s3fs": "pip install 'instit-tools[s3]'"}


class Listed(Struct, frozen=True):
    """A file as its place lists it: the size in bytes, and what changes when it is written anew."""

    size: int | None
    marks: tuple[str, ...]

    @property
    def told(self) -> str:
        """Those of the marks that the place has, on one line."""
        return " ".join(mark for mark in self.marks if mark != _UNTOLD)


class Place:
    """A file or a folder at an address. Its methods raise `PlaceError` and `AccessError`, each one sentence."""

    def __init__(self, address: str) -> None:
        """Find out how to read *address*; raise `UsageError` for a scheme that nothing installed can read."""
        self.address = address.rstrip("/") if not address.endswith("://") else address
        self.name = shown(self.address)
        self._fs, self._path = _opened(self.address, self.name)
        self._whole = {"max_concurrency": 1} if scheme(address) in _S3 else {}  # or s3fs would ask for each size first

    def __str__(self) -> str:
        return self.name

    @property
    def stem(self) -> str:
        """The last part without its suffix."""
        return PurePosixPath(self._path).stem

    def kind(self) -> Literal["file", "folder"] | None:
        """Say what is there now."""
        found = self._info()
        if found is None:
            return None
        return "folder" if found["type"] == "directory" else "file"

    def listed(self) -> "Listed | None":
        """Say what is known of the file now; ``None`` where it is gone."""
        found = self._info()
        if found is None:
            return None
        return Listed(size=found.get("size"), marks=tuple(str(found.get(key)) for key in _SAME))

    def children(self) -> dict[str, bool]:
        """Name what is directly in this folder, each with whether it is a file; nothing where there is no folder."""
        with self._told():
            try:
                self._fs.invalidate_cache(self._path)
                entries = self._fs.ls(self._path, detail=True)
            except (FileNotFoundError, NotADirectoryError) as error:
                self._raise(error)
                return {}
        found = {_last(entry["name"]): entry["type"] == "file" for entry in entries if not self._is_me(entry["name"])}
        return dict(sorted(found.items()))

    def matches(self) -> list[str]:
        """List the addresses of the files that match, where the address is a glob."""
        with self._told():
            self._fs.invalidate_cache()
            try:
                found = self._fs.glob(self._path, detail=True)
            except FileNotFoundError as error:
                self._raise(error)
                return []
            return sorted(self._fs.unstrip_protocol(path) for path, info in found.items() if info["type"] == "file")

    def child(self, name: str) -> str:
        """Give the address of *name* in this folder."""
        return f"{self.address.rstrip('/')}/{name}"

    def open(self, block: int) -> "Reading":
        """Open the file for reading, each read one request: *block* is what it reads at a time, in bytes.

        Where the place can tell, a file that was replaced meanwhile is an error.
        """
        with self._told():
            return Reading(self._fs.open(self._path, "rb", block_size=block, cache_type="none"), self)

    def content(self, names: Sequence[str], most: int | None = None) -> list[bytes | None]:
        """Fetch the files *names* in this folder, several at a time, each whole; ``None`` for one that is missing.

        With *most*, only the first so many bytes of each are asked for.
        """
        paths = [self.path_of(name) for name in names]
        start = None if most is None else 0
        with self._told():
            if self._fs.async_impl:
                found = self._fs.cat_ranges(paths, start, most, on_error="return", **self._whole)
            else:
                from concurrent.futures import ThreadPoolExecutor

                with ThreadPoolExecutor(_AT_ONCE) as pool:
                    found = list(pool.map(partial(_outcome, self._fs.cat_file, start=start, end=most), paths))
            return [self._present(each) for each in found]

    def path_of(self, name: str) -> str:
        """Give the path of *name* in this folder, as its file system has it."""
        return f"{self._path.rstrip('/')}/{name}"

    def _present(self, outcome: bytes | Exception) -> bytes | None:
        if isinstance(outcome, FileNotFoundError | IsADirectoryError):
            self._raise(outcome)
            return None
        if isinstance(outcome, Exception):
            if is_empty(outcome):
                return b""
            raise outcome
        return outcome

    def _info(self) -> dict[str, Any] | None:
        """Ask anew: what an earlier listing said may have changed."""
        patience = {"timeout": _PATIENCE} if self._fs.async_impl else {}
        with self._told():
            try:
                self._fs.invalidate_cache(self._path)
                return dict(self._fs.info(self._path, **patience))
            except (FileNotFoundError, NotADirectoryError) as error:
                self._raise(error)
                return None
            except (NotImplementedError, ValueError) as error:
                raise _not_whole(error, self.name) from error

    def _raise(self, error: OSError) -> None:
        """Raise where *error* only looks as if nothing were there: a refusal, or no connection."""
        if (told := meant(error, self.name)) is not None:
            raise told from error

    @contextmanager
    def _told(self, done: Literal["read", "written"] = "read") -> Generator[None]:
        """Say in a sentence what a library says in a traceback, where this was to be *done*; a bug keeps its own."""
        try:
            yield
        except Exception as error:
            if isinstance(error, InstitError):
                raise
            told = meant(error, self.name) or other(error, self.name, done)
            if told is None:
                raise
            raise told from error

    def _is_me(self, path: str) -> bool:
        return path.strip("/") == self._path.strip("/")


class Reading:
    """A file that says in a sentence what fails while it is read."""

    def __init__(self, stream: BinaryIO, place: Place) -> None:
        """Read *stream*, which is at *place*."""
        self._stream = stream
        self._place = place

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def seek(self, offset: int) -> int:
        """Move."""
        return self._stream.seek(offset)

    def read(self, size: int = -1) -> bytes:
        """Read; an error is one of the place's."""
        with self._place._told():  # noqa: SLF001  # the other half of this class
            try:
                return self._stream.read(size)
            except ValueError as error:  # of a server that gives files from their beginning only
                message = f"{self._place} cannot be read: {plain(error)}"
                raise PlaceError(message, hint="copy it to this machine first") from error


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _outcome(function: Any, path: str, **span: int | None) -> Any:  # noqa: ANN401  # a file system without types
    try:
        return function(path, **span)
    except OSError as error:
        return error


def _opened(address: str, name: str) -> tuple[Any, str]:
    import fsspec
    from fsspec.core import url_to_fs
    from fsspec.registry import known_implementations

    kind = scheme(address)
    if kind not in fsspec.available_protocols():
        message = f"{name}: there is no place of the kind {kind}://"
        raise UsageError(message, hint="there are s3://, hf://, gs://, az://, https:// and others that fsspec knows")
    try:
        fs, path = url_to_fs(address, **_options(kind))
    except ImportError as error:
        raise _not_installed(error, name, known_implementations.get(kind, {})) from error
    except (AttributeError, TypeError, ValueError) as error:
        raise _not_whole(error, name) from error
    except Exception as error:  # some open at once what they are in: zip://a.json::s3://bucket/a.zip
        if (told := meant(error, name) or other(error, name)) is None:
            raise
        raise told from error
    if kind in _S3:
        fs.retries = 2  # over those of botocore itself
    return fs, path


def _not_installed(error: ImportError, name: str, known: Mapping[str, str]) -> UsageError:
    package = known.get("class", "fsspec").partition(".")[0]
    if package == "fsspec":  # which brings the file system, and not what that stands on
        return UsageError(f"{name} cannot be read: {plain(error)}")
    hint = _EXTRAS.get(package, f"pip install {package}")
    return UsageError(f"{name} cannot be read: {package} is not installed", hint=hint)


def _not_whole(error: Exception, name: str) -> UsageError:
    """Say what a file system makes of an address that lacks something."""
    return UsageError(f"{name} cannot be opened: {plain(error)}", hint="is the address whole?")


def _options(kind: str) -> dict[str, Any]:
    """Let a dead endpoint be an error soon; what the user's own configuration of fsspec says comes first."""
    from fsspec.config import conf

    if kind not in _S3:
        return {}
    return {"config_kwargs": _S3_CONFIG | conf.get("s3", {}).get("config_kwargs", {})}
