"""Answers that were given once, by what was asked: nobody pays twice, and a run that dies loses what was in flight.

An answer is a line in ``answers.jsonl``, on the disk before it counts; answers that come together are waited for at
once. ``answers.sqlite`` is an index of that file, made from it, and made again where it is damaged: nothing depends on
it. Several runs may share a folder. What was sent is not kept, only its sha256: no key, no picture.
"""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec import Struct

from instit_tools.bench.asking.base import Reply
from instit_tools.errors import OutputError

__all__ = ["INDEX", "LOG", "Cache", "default_folder"]

LOG, INDEX = "answers.jsonl", "answers.sqlite"
_TABLES = """
create table if not exists answers (key text primary key, reply blob not null) without rowid;
create table if not exists log (read integer not null, last blob not null);
"""
_LAST = 64
"""How many bytes before the end of what was read are compared, to tell a log that was put in another's place."""


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
        self._new: dict[str, Reply] = {}
        self._puts = self._safe = 0
        self._one_at_a_time = asyncio.Lock()
        self._index = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(sqlite3.Error):  # the log has it all
            self._catch_up(self._index)
        self._index.close()
        os.close(self._log)

    def get(self, key: str) -> Reply | None:
        """Give the answer to what *key* names, if it was ever given."""
        if key in self._new:
            return self._new[key]
        row = self._index.execute("select reply from answers where key = ?", (key,)).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=Reply)

    async def put(self, key: str, reply: Reply, *, about: str, who: str) -> None:
        """Keep *reply*; once this returns, it is on the disk.

        Raises `OutputError` where the disk does not take it.
        """
        line = msgspec.json.encode(_Line(key=key, about=about, who=who, reply=reply)) + b"\n"
        try:
            self._append(line)
            await self._synced(self._puts)
        except OSError as error:
            message = f"{self._folder / LOG} cannot be written: {error.strerror or error}"
            raise OutputError(message, hint="make room, and run it again: what was answered is kept") from error
        self._new[key] = reply

    async def _synced(self, number: int) -> None:
        """Wait until the line of that *number* is on the disk: once for all that were written meanwhile."""
        async with self._one_at_a_time:
            if self._safe < number:
                latest = self._puts
                await asyncio.to_thread(os.fsync, self._log)
                self._safe = latest

    def _append(self, line: bytes) -> None:
        fcntl.flock(self._log, fcntl.LOCK_EX)
        try:
            end = os.fstat(self._log).st_size
            torn = end and os.pread(self._log, 1, end - 1) != b"\n"  # by a run that died while it wrote
            _write(self._log, b"\n" + line if torn else line)
            self._puts += 1
        finally:
            fcntl.flock(self._log, fcntl.LOCK_UN)

    def _opened(self) -> sqlite3.Connection:
        """Open the index; make it anew where it is damaged or of something else, in memory where it cannot be."""
        path = self._folder / INDEX
        with suppress(sqlite3.Error):
            return self._ready(str(path))
        with suppress(sqlite3.Error, OSError):
            path.unlink(missing_ok=True)
            return self._ready(str(path))
        return self._ready(":memory:")

    def _ready(self, path: str) -> sqlite3.Connection:
        index = sqlite3.connect(path, timeout=60, check_same_thread=False)  # a notebook asks from a thread of its own
        try:
            _check(index)
            index.executescript(_TABLES)
            self._catch_up(index)
        except BaseException:
            index.close()
            raise
        return index

    def _catch_up(self, index: sqlite3.Connection) -> None:
        """Read what the log has beyond what the index has seen; a line without an end is not there yet."""
        with index:
            row = index.execute("select read, last from log").fetchone()
            seen = row[0] if row and row[0] and self._before(row[0]) == row[1] else 0
            if seen == 0:
                index.execute("delete from answers")
            for line in self._lines(seen):
                seen += len(line)
                kept = _decoded(line)
                if kept:
                    answer = kept.key, msgspec.json.encode(kept.reply)
                    index.execute("insert or replace into answers values (?, ?)", answer)
            index.execute("delete from log")
            index.execute("insert into log values (?, ?)", (seen, self._before(seen)))

    def _before(self, place: int) -> bytes:
        return os.pread(self._log, min(place, _LAST), place - min(place, _LAST))

    def _lines(self, start: int) -> Iterator[bytes]:
        with (self._folder / LOG).open("rb") as stream:
            stream.seek(start)
            yield from (line for line in stream if line.endswith(b"\n"))


def _check(index: sqlite3.Connection) -> None:
    if index.execute("pragma quick_check").fetchall() != [("ok",)]:
        raise sqlite3.DatabaseError


def _decoded(line: bytes) -> _Line | None:
    try:
        return msgspec.json.decode(line, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError):  # torn: its writer died before it counted
        return None


def _write(number: int, data: bytes) -> None:
    while data:
        data = data[os.write(number, data) :]
