"""The work on one partition: a function of its task, so that any process may do it; and on one record."""

from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

import msgspec
from msgspec import Struct

from instit_tools.errors import RecordError
from instit_tools.linting import rules
from instit_tools.linting.base import Finding, Noted, Place
from instit_tools.linting.fixes import ASIDE
from instit_tools.linting.kinds import ANNOTATIONS, BENCH, MASKS, PREDICTION, kind_of_tree
from instit_tools.linting.pictures import forget
from instit_tools.linting.rows import Rows, elements
from instit_tools.linting.rules import schema
from instit_tools.linting.rules.schema import MALFORMED, SCHEMA
from instit_tools.linting.spans import nearest, tree
from instit_tools.linting.view import View
from instit_tools.media.limits import DEFAULT, Limits
from instit_tools.media.store import Store, open_store
from instit_tools.source.decode import Decoder
from instit_tools.source.malformed import malformed
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
    limits: Limits = DEFAULT

    @property
    def families(self) -> frozenset[str]:
        """The families of the rules in force."""
        return frozenset(module.FAMILY for module in _modules(self.codes))

    @property
    def opens(self) -> bool:
        """Whether pictures are opened: it is known where they are, and a rule in force asks for them."""
        asked = bool(self.families & {"media", "masks"}) or (self.deep and "leaks" in self.families)
        return bool(self.media) and asked


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
    found: tuple[Found, ...]


def work(task: Task) -> Done:
    """Look at every record of a partition."""
    looker = Looker(task.who)
    part = task.part
    unit = "line" if part.layout == "lines" else "record"
    found: list[Found] = []
    records = unread = pictures = unseen = 0
    for number, start, raw in elements(part):
        seen = looker(raw)
        records += 1
        unread += not seen.readable
        pictures += seen.pictures
        unseen += seen.unseen
        if seen.findings or seen.noted:
            stop = None if start is None else start + len(raw)
            place = Place(file=part.name, number=number, unit=unit, id=seen.id, start=start, stop=stop)
            found.append(Found(place=place, findings=_located(seen.findings, raw, start), noted=seen.noted))
    return Done(records=records, unread=unread, pictures=pictures, unseen=unseen, found=tuple(found))


class Seen(Struct, frozen=True, kw_only=True):
    """What the rules say of one record.

    One that is not *readable* was only held against its shape; *pictures* were opened, those of an *unseen* one were
    asked for and could not be, because no media were given.
    """

    id: int | str | None
    findings: tuple[Finding, ...]
    noted: tuple[tuple[str, Noted], ...]
    readable: bool = True
    pictures: int = 0
    unseen: bool = False


class Looker:
    """Looks at records one after another."""

    def __init__(self, who: Who) -> None:
        """Load the rules in force, and open the pictures if any rule asks for them."""
        self._who = who
        self._decode = Decoder()
        self.codes = who.codes
        self._modules = _modules(who.codes)
        self._blind = "media" in who.families and not who.media
        self._store = store_at(who.media, who.limits) if who.media and who.opens else None

    def __call__(self, raw: bytes) -> Seen:
        """Look at one record."""
        try:
            decoded = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return self._only(MALFORMED.code, malformed(raw, error))
        kind = self._who.kind or kind_of_tree(decoded)
        if kind is None:
            return self._only(SCHEMA.code, _no_kind(decoded))
        return self._looked(kind, raw, decoded)

    def _only(self, code: str, message: str) -> Seen:
        found = Finding(code=code, path=(), message=message, fix=ASIDE)
        return Seen(id=None, findings=(found,) if code in self._who.codes else (), noted=(), readable=False)

    def _looked(self, kind: str, raw: bytes, decoded: Any) -> Seen:  # noqa: ANN401  # JSON of any shape
        findings = list(schema.check(View(kind, raw, decoded)))
        view = None
        if not any(finding.code == SCHEMA.code for finding in findings):
            try:
                record = self._decode(raw) if kind in _TYPED else None
                view = View(kind, raw, decoded, record, store=self._store, deep=self._who.deep)
            except RecordError as error:  # what no JSON Schema can say, such as 1.0 for an integer
                findings.append(Finding(code=SCHEMA.code, path=(), message=error.message, fix=ASIDE))
        if view:
            findings += self._found(view)
        return Seen(
            id=_id(decoded),
            findings=tuple(finding for finding in findings if finding.code in self._who.codes),
            noted=tuple(self._noted(view)) if view else (),
            readable=view is not None,
            pictures=view.opened if view else 0,
            unseen=self._blind and kind in ANNOTATIONS,
        )

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


def _modules(codes: frozenset[str]) -> list[ModuleType]:
    return [module for module in rules.loaded() if {rule.code for rule in module.RULES} & codes]


@cache
def store_at(media: str, limits: Limits) -> Store:
    """Open a media root once a process: indexing an archive takes a while. What was seen of others is forgotten."""
    forget()
    return open_store(media, limits)


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


def _id(tree: object) -> int | str | None:
    if not isinstance(tree, dict):
        return None
    found = next((tree[key] for key in _IDS if key in tree), None)
    return found if isinstance(found, int | str) and not isinstance(found, bool) else None


def _no_kind(decoded: object) -> str:
    if not isinstance(decoded, dict):
        return "a record is a JSON object"
    keys = ", ".join(list(decoded)[:4]) or "no key at all"
    return f"has the keys of no published shape, but {keys}"


_IDS = ("question_id", "video_id", "image_id", "id")
"""A question comes first: it names its video or image too."""
