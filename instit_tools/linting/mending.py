"""Mending one record: the repairs of its findings, round after round, until nothing is left that can be repaired."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from instit_tools.linting.base import Finding
from instit_tools.linting.edits import Drop, Edit, Order, Put, Rename, apply
from instit_tools.linting.spans import Path, pointer
from instit_tools.linting.work import Seen

__all__ = ["Change", "Mended", "mend"]

_ROUNDS = 200
"""More than any record needs: a round repairs at least one finding of each text."""


class Change(Struct, frozen=True, kw_only=True):
    """One edit: where, what stood there, what stands there now (nothing: it was taken away), and for which rule.

    Of a key that was renamed, *before* and *after* are the two keys; of an array that was put in order, the positions.
    """

    path: str
    rule: str
    safe: bool
    before: Any
    after: Any | UnsetType = UNSET


class Mended(Struct, frozen=True, kw_only=True):
    """A record after its repair: its JSON, what was changed, and why it is to be set aside, if it is.

    *left* are the findings that stay.
    """

    raw: bytes
    seen: Seen
    changes: tuple[Change, ...] = ()
    aside: tuple[Finding, ...] = ()
    left: tuple[Finding, ...] = ()


def mend(raw: bytes, look: Callable[[bytes], Seen], *, unsafe: bool) -> Mended:
    """Repair the record *raw* as far as it can be; *look* says what is wrong with it.

    A record is set aside only for what is still wrong when every edit has been made.
    """
    changes: list[Change] = []
    for _ in range(_ROUNDS):
        seen = look(raw)
        fixable = [finding for finding in seen.findings if finding.fix and (finding.fix.safe or unsafe)]
        chosen = list(_apart(finding for finding in fixable if finding.fix and finding.fix.edits))
        if not chosen:
            break
        changes += _changes(raw, chosen)
        raw = apply(raw, [edit for finding in chosen for edit in _edits(finding)])
    else:
        seen, fixable = look(raw), []
    aside = tuple(finding for finding in fixable if finding.fix and finding.fix.aside)
    return Mended(raw=raw, seen=seen, changes=tuple(changes), aside=aside, left=seen.findings)


def _apart(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Choose findings whose edits do not meet; the others have their turn in the next round."""
    taken: list[Path] = []
    for finding in findings:
        paths = [edit.path for edit in _edits(finding)]
        if not any(_meet(path, other) for path in paths for other in taken):
            taken += paths
            yield finding


def _edits(finding: Finding) -> Sequence[Edit]:
    return finding.fix.edits if finding.fix else ()


def _meet(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _changes(raw: bytes, findings: Iterable[Finding]) -> Iterator[Change]:
    tree = msgspec.json.decode(raw)
    for finding in findings:
        for edit in _edits(finding):
            before, after = _sides(tree, edit)
            safe = bool(finding.fix and finding.fix.safe)
            yield Change(path=pointer(edit.path), rule=finding.code, safe=safe, before=before, after=after)


def _sides(tree: Any, edit: Edit) -> tuple[Any, Any]:  # noqa: ANN401  # JSON of any shape
    match edit:
        case Put():
            return _value(tree, edit.path), edit.value
        case Drop():
            return _value(tree, edit.path), UNSET
        case Rename():
            return edit.path[-1], edit.key
        case Order():
            return list(range(len(edit.order))), list(edit.order)


def _value(tree: Any, path: Path) -> Any:  # noqa: ANN401  # JSON of any shape
    for step in path:
        tree = tree[step]
    return tree
