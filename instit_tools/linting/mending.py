"""Mending one record: the repairs of its findings, round after round, until nothing is left that can be repaired."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from instit_tools.linting.base import Finding
from instit_tools.linting.edits import Drop, Edit, Order, Put, Rename, apply
from instit_tools.linting.spans import Node, Path, find, pointer, tree
from instit_tools.linting.work import Seen

__all__ = ["Change", "Mended", "mend"]

_ROUNDS = 2000
"""More than any record needs: a round repairs at least one finding of each text."""


_Name = Literal["put", "drop", "rename", "order"]
_NAMES: Mapping[type[Edit], _Name] = {Put: "put", Drop: "drop", Rename: "rename", Order: "order"}


class Change(Struct, frozen=True, kw_only=True):
    """One edit: where, what stood there, what stands there now (nothing: it was taken away), and for which rule.

    Changes are in the order in which they can be made one after another: each *path* speaks of the record as it is by
    then. Of a key that was renamed, *before* and *after* are the two keys; of an array that was put in order, the
    positions. Of a repeated key, *occurrence* counts from 0.
    """

    path: str
    rule: str
    safe: bool
    edit: _Name
    before: Any
    after: Any | UnsetType = UNSET
    occurrence: int | UnsetType = UNSET


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

    A record is set aside only for what is still wrong when every edit has been made. Where edits come to no end,
    because a repair brings back what another one took away, only the safe ones are made; if those do not end, none.
    """
    original, changes = raw, list[Change]()
    before = {hash(raw)}  # states that were there already: the second time, the rounds go in a circle
    for _ in range(_ROUNDS):
        seen = look(raw)
        fixable = [finding for finding in seen.findings if finding.fix and (finding.fix.safe or unsafe)]
        chosen = list(_apart(finding for finding in fixable if _edits(finding)))
        if not chosen:
            aside = tuple(finding for finding in fixable if finding.fix and finding.fix.aside)
            return Mended(raw=raw, seen=seen, changes=tuple(changes), aside=aside, left=seen.findings)
        changes += _changes(raw, chosen)
        raw = apply(raw, [edit for finding in chosen for edit in _edits(finding)])
        if hash(raw) in before:
            break
        before.add(hash(raw))
    if unsafe:
        return mend(original, look, unsafe=False)
    seen = look(original)
    return Mended(raw=original, seen=seen, left=seen.findings)


def _apart(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Choose findings whose edits do not meet, nor want one key; the others have their turn in the next round."""
    taken: set[Path] = set()
    above: set[Path] = set()
    for finding in findings:
        paths = {path for edit in _edits(finding) for path in _places(edit)}
        if not any(path in above or any(part in taken for part in _parts(path)) for path in paths):
            taken |= paths
            above.update(part for path in paths for part in _parts(path))
            yield finding


def _places(edit: Edit) -> tuple[Path, ...]:
    return (edit.path, (*edit.path[:-1], edit.key)) if isinstance(edit, Rename) else (edit.path,)


def _parts(path: Path) -> Iterator[Path]:
    return (path[:length] for length in range(len(path) + 1))


def _edits(finding: Finding) -> Sequence[Edit]:
    return finding.fix.edits if finding.fix else ()


def _changes(raw: bytes, findings: Iterable[Finding]) -> list[Change]:
    """List the edits of one round so that none moves what a later one speaks of: elements are dropped from the end."""
    root = tree(raw)
    made = [(edit, _change(raw, root, edit, finding)) for finding in findings for edit in _edits(finding)]
    drops = [pair for pair in made if isinstance(pair[0], Drop)]
    drops.sort(key=lambda pair: _at(root, pair[0]).start, reverse=True)
    return [change for edit, change in made if not isinstance(edit, Drop)] + [change for _, change in drops]


def _change(raw: bytes, root: Node, edit: Edit, finding: Finding) -> Change:
    before, after = _sides(raw, root, edit)
    return Change(
        path=pointer(edit.path),
        rule=finding.code,
        safe=bool(finding.fix and finding.fix.safe),
        edit=_NAMES[type(edit)],
        before=before,
        after=after,
        occurrence=edit.occurrence if isinstance(edit, Drop) and edit.occurrence is not None else UNSET,
    )


def _sides(raw: bytes, root: Node, edit: Edit) -> tuple[Any, Any]:
    match edit:
        case Put():
            return _value(raw, _at(root, edit)), edit.value
        case Drop():
            return _value(raw, _at(root, edit)), UNSET
        case Rename():
            return edit.path[-1], edit.key
        case Order():
            return list(range(len(edit.order))), list(edit.order)


def _at(root: Node, edit: Edit) -> Node:
    """Find what *edit* speaks of; of a repeated key, which one."""
    node, parent = find(root, edit.path), find(root, edit.path[:-1])
    if node is None or parent is None:
        raise ValueError(f"there is no {pointer(edit.path)}")
    if isinstance(edit, Drop) and edit.occurrence is not None:
        return [member for member in parent.members if member.key == node.key][edit.occurrence]
    return node


def _value(raw: bytes, node: Node) -> Raw:
    """Take a value as it is written, on one line: what was decoded might say less."""
    return Raw(msgspec.json.format(raw[node.start : node.stop], indent=-1))
