"""The work on one partition: a function of its task, so that any process may do it; and on one record."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path as File
from typing import Any

import msgspec
from msgspec import Struct

from instit_tools.errors import RecordError
from instit_tools.linting import rules
from instit_tools.linting.base import Finding, Noted, Place
from instit_tools.linting.fixes import ASIDE
from instit_tools.linting.kinds import ANNOTATIONS, BENCH, MASKS, PREDICTION, kind_of_tree
from instit_tools.linting.rows import Rows, elements
from instit_tools.linting.rules import schema
from instit_tools.linting.rules.schema import MALFORMED, SCHEMA
from instit_tools.linting.spans import nearest, tree
from instit_tools.linting.view import View
from instit_tools.media.store import Store, open_store
from instit_tools.source.decode import Decoder
from instit_tools.source.partition import Partition

__all__ = ["Done", "Found", "Looker", "Seen", "Task", "Who", "store_at", "work"]

_TYPED = ANNOTATIONS | {BENCH}
_LOOKED_AT = _TYPED | {PREDICTION, MASKS}


class Who(Struct, frozen=True, kw_only=True):
    """Who looks, and how closely: the *codes* in force, the media root, and whether pictures are decoded.

    *kind* is what all records are, where that is known beforehand.
    """

    codes: frozenset[str]
    media: str | None = None
    deep: bool = False
    kind: str | None = None


class Task(Struct, frozen=True, kw_only=True):
    """One partition to look at."""

    part: Partition | Rows
    who: Who


class Found(Struct, frozen=True, kw_only=True):
    """What one record gave: each finding with the byte of the file where it is, and what is to be remembered of it."""

    place: Place
    findings: tuple[tuple[Finding, int | None], ...]
    noted: tuple[tuple[str, Noted], ...]


class Done(Struct, frozen=True, kw_only=True):
    """What one partition gave."""

    records: int
    unread: int
    pictures: int
    unseen: int
    size: int
    found: tuple[Found, ...]


def work(task: Task) -> Done:
    """Look at every record of a partition."""
    looker = Looker(task.who)
    part = task.part
    unit = "line" if part.layout == "lines" else "record"
    found: list[Found] = []
    records = 0
    for number, start, raw in elements(part):
        records += 1
        seen = looker(raw)
        if seen.findings or seen.noted:
            stop = None if start is None else start + len(raw)
            place = Place(file=part.name, number=number, unit=unit, id=seen.id, start=start, stop=stop)
            found.append(Found(place=place, findings=_located(seen.findings, raw, start), noted=seen.noted))
    return Done(
        records=records,
        unread=looker.unread,
        pictures=looker.pictures,
        unseen=looker.unseen,
        size=part.stop - part.start,
        found=tuple(found),
    )


class Seen(Struct, frozen=True, kw_only=True):
    """What the rules say of one record."""

    id: int | str | None
    findings: tuple[Finding, ...]
    noted: tuple[tuple[str, Noted], ...]


class Looker:
    """Looks at records one after another."""

    def __init__(self, who: Who) -> None:
        """Load the rules in force, and open the pictures if any rule asks for them."""
        self.unread = self.pictures = self.unseen = 0
        self._who = who
        self._decode = Decoder()
        self.codes = who.codes
        self._modules = [module for module in rules.loaded() if {rule.code for rule in module.RULES} & who.codes]
        families = {module.FAMILY for module in self._modules}
        wants = families & {"media", "masks"} or (who.deep and "leaks" in families)
        self._blind = "media" in families and not who.media
        self._store = store_at(who.media) if who.media and wants else None

    def __call__(self, raw: bytes) -> Seen:
        """Look at one record."""
        try:
            decoded = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.unread += 1
            return self._only(MALFORMED.code, f"not well-formed JSON: {error}")
        kind = self._who.kind or kind_of_tree(decoded)
        if kind is None:
            self.unread += 1
            return self._only(SCHEMA.code, _no_kind(decoded))
        return self._looked(self._view(kind, raw, decoded))

    def _only(self, code: str, message: str) -> Seen:
        found = Finding(code=code, path=(), message=message, fix=ASIDE)
        return Seen(id=None, findings=(found,) if code in self._who.codes else (), noted=())

    def _view(self, kind: str, raw: bytes, decoded: Any) -> View:  # noqa: ANN401  # JSON of any shape
        return View(kind, raw, decoded, store=self._store, deep=self._who.deep)

    def _looked(self, view: View) -> Seen:
        shape = list(schema.check(view))
        readable = not any(finding.code == SCHEMA.code for finding in shape)
        if readable and view.kind in _TYPED:
            try:
                view.record = self._decode(view.raw)
            except RecordError as error:  # what no JSON Schema can say, such as 1.0 for an integer
                shape.append(Finding(code=SCHEMA.code, path=(), message=error.message, fix=ASIDE))
                readable = False
        self.unread += not readable
        findings = shape + (list(self._found(view)) if readable else [])
        kept = tuple(finding for finding in findings if finding.code in self._who.codes)
        noted = tuple(self._noted(view)) if readable else ()
        self.pictures += len(view.__dict__.get("pictures", ()))
        self.unseen += self._blind and view.kind in ANNOTATIONS
        return Seen(id=_id(view), findings=kept, noted=noted)

    def _found(self, view: View) -> Iterator[Finding]:
        if view.kind in _LOOKED_AT:
            for module in self._modules:
                if module is not schema and hasattr(module, "check"):
                    yield from module.check(view)

    def _noted(self, view: View) -> Iterator[tuple[str, Noted]]:
        for module in self._modules:
            if hasattr(module, "note"):
                for noted in module.note(view):
                    yield module.__name__, noted


@cache
def store_at(media: str) -> Store:
    """Open a media root once a process: indexing an archive takes a while."""
    return open_store(File(media))


def _located(findings: tuple[Finding, ...], raw: bytes, start: int | None) -> tuple[tuple[Finding, int | None], ...]:
    """Find where in the file each finding is, and put them in that order; only JSON has places."""
    if start is None or not findings:
        return tuple((finding, None) for finding in findings)
    try:
        root = tree(raw)
    except (IndexError, ValueError, msgspec.MsgspecError):  # no JSON, which is what the finding says
        return tuple((finding, start) for finding in findings)
    found = [(finding, start + nearest(root, finding.path).start) for finding in findings]
    return tuple(sorted(found, key=lambda each: each[1]))


def _id(view: View) -> int | str | None:
    if not isinstance(view.tree, dict):
        return None
    found = next((view.tree[key] for key in _IDS if key in view.tree), None)
    return found if isinstance(found, int | str) and not isinstance(found, bool) else None


def _no_kind(decoded: object) -> str:
    if not isinstance(decoded, dict):
        return "a record is a JSON object"
    keys = ", ".join(list(decoded)[:4]) or "no key at all"
    return f"has the keys of no published shape, but {keys}"


_IDS = ("video_id", "image_id", "question_id", "id")
