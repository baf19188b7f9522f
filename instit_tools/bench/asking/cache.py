"""Answers that were given once, by what was asked: nobody pays twice, and a run that dies loses what was in flight.

An answer is a line in ``answers.jsonl``, on the disk before it counts; ``answers.sqlite`` is an index of that file,
made from it whenever it lags behind, and again from the start where it is damaged. Several runs may share a folder.
What was sent is not kept, only its sha256: no key, no picture.
"""

import fcntl
import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec import Struct

from instit_tools.bench.asking.base import Reply
from instit_tools.errors import OutputError

__all__ = ["Cache", "default_folder"]

LOG, INDEX = "answers.jsonl", "answers.sqlite"
_TABLES = """
create table if not exists answers (key text primary key, reply blob not null) without rowid;
create table if not exists log (read integer not null);
"""


class _Line(Struct, kw_only=True):
    key: str
    about: str
    who: str
    reply: Reply


def default_folder() -> Path:
    """Give the user's own cache: ``$XDG_CACHE_HOME/instit-tools/answers``, else in ``~/.cache``."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if home.startswith("/") else Path.home() / ".cache") / "instit-tools" / "answers"


class Cache:
    """The answers in *folder*, which is made if need be, for its owner alone."""

    def __init__(self, folder: Path) -> None:
        """Open it; raise `OutputError` where it cannot be."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._log = os.open(folder / LOG, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            message = f"{folder} cannot keep answers: {error.strerror or error}"
            raise OutputError(message, hint="choose another folder: --cache DIR") from error
        self._folder = folder
        self._index = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._index.close()
        os.close(self._log)

    def get(self, key: str) -> Reply | None:
        """Give the answer to what *key* names, if it was ever given."""
        row = self._index.execute("select reply from answers where key = ?", (key,)).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=Reply)

    def put(self, key: str, reply: Reply, *, about: str, who: str) -> None:
        """Keep *reply*; once this returns, it is on the disk.

        Raises `OutputError` where the disk does not take it.
        """
        line = msgspec.json.encode(_Line(key=key, about=about, who=who, reply=reply)) + b"\n"
        try:
            fcntl.flock(self._log, fcntl.LOCK_EX)
            end = os.fstat(self._log).st_size
            torn = end and os.pread(self._log, 1, end - 1) != b"\n"  # by a run that died while it wrote
            _write(self._log, b"\n" + line if torn else line)
            os.fsync(self._log)
        except OSError as error:
            message = f"{self._folder / LOG} cannot be written: {error.strerror or error}"
            raise OutputError(message, hint="make room, and run it again: what was answered is kept") from error
        finally:
            fcntl.flock(self._log, fcntl.LOCK_UN)
        self._catch_up(self._index)

    def _opened(self) -> sqlite3.Connection:
        path = self._folder / INDEX
        try:
            return self._ready(path)
        except sqlite3.DatabaseError:  # damaged, or of something else: all that it holds is in the log
            path.unlink(missing_ok=True)
            return self._ready(path)

    def _ready(self, path: Path) -> sqlite3.Connection:
        index = sqlite3.connect(path, timeout=60)
        try:
            index.executescript(_TABLES)
            self._catch_up(index)
        except BaseException:
            index.close()
            raise
        return index

    def _catch_up(self, index: sqlite3.Connection) -> None:
        """Read what the log has beyond what the index has seen; a line without an end is not there yet."""
        with index:
            row = index.execute("select read from log").fetchone()
            size = os.fstat(self._log).st_size
            seen = row[0] if row and row[0] <= size else 0
            if seen == 0:
                index.execute("delete from answers")
            read = os.pread(self._log, size - seen, seen)
            whole = read[: read.rfind(b"\n") + 1]
            for line in whole.splitlines():
                kept = _decoded(line)
                if kept:
                    index.execute(
                        "insert or replace into answers values (?, ?)", (kept.key, msgspec.json.encode(kept.reply))
                    )
            index.execute("delete from log")
            index.execute("insert into log values (?)", (seen + len(whole),))


def _decoded(line: bytes) -> _Line | None:
    try:
        return msgspec.json.decode(line, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError):  # torn: its writer died before it counted
        return None


def _write(number: int, data: bytes) -> None:
    while data:
        data = data[os.write(number, data) :]
