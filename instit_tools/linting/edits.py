"""Changing a record in its raw JSON: only the bytes that an edit is about change, all others stay as they are.

Every edit becomes splices, pieces of the text and what takes their place. Splices that meet in more than a point
contradict each other, and that is an error of whoever asked for both.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from msgspec import Struct

from instit_tools.linting.spans import Node, Path, find, shown, tree

__all__ = ["JSON", "Drop", "Edit", "Order", "Put", "Rename", "apply"]

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
"""What JSON can say; a sequence is a list or a tuple, a mapping a dict."""

_COLON = re.compile(rb'"(\s*:\s*)')  # also inside of a string, which is as good: it is a colon and whitespace
_LINE = re.compile(rb"(\r?\n)([ \t]*)\Z")


class Put(Struct, frozen=True):
    """Another value in the place of the one at *path*; of a repeated key, in the place of the last."""

    path: Path
    value: JSON


class Drop(Struct, frozen=True):
    """Take a member or an element away; of a repeated key one *occurrence*, counted from 0, or all of them."""

    path: Path
    occurrence: int | None = None


class Rename(Struct, frozen=True):
    """Another key for the value at *path*, in the same place; a repeated key is renamed wherever it stands."""

    path: Path
    key: str


class Order(Struct, frozen=True):
    """The elements of the array at *path* in another order: first the one at ``order[0]``, and so on."""

    path: Path
    order: tuple[int, ...]


Edit = Put | Drop | Rename | Order


class _Splice(Struct, frozen=True):
    """What stands in the place of ``raw[start:stop]``, and the edit that wants it."""

    start: int
    stop: int
    new: bytes
    edit: Edit


def apply(raw: bytes, edits: Sequence[Edit]) -> bytes:
    """Carry out *edits*, whose paths all speak of *raw* as it is given.

    >>> apply(b'{"a": 1,  "b": [2, 3]}', [Put(("a",), None), Order(("b",), (1, 0))])
    b'{"a": null,  "b": [3, 2]}'

    Raises `ValueError` when edits contradict each other, or speak of what is not there.
    """
    root = tree(raw)
    splices = list(_dropped(root, [edit for edit in edits if isinstance(edit, Drop)]))
    for edit in edits:
        match edit:
            case Put():
                splices.append(_put(raw, root, edit))
            case Rename():
                splices.extend(_renamed(raw, root, edit))
            case Order():
                splices.extend(_ordered(raw, root, edit))
            case Drop():
                pass  # they are seen together: which commas go depends on all
    splices.sort(key=lambda splice: splice.start)
    _check_apart(splices)
    _check_keys(root, edits)
    return b"".join(_pieces(raw, splices))


def _pieces(raw: bytes, splices: Iterable[_Splice]) -> Iterator[bytes]:
    end = 0
    for splice in splices:
        yield raw[end : splice.start]
        yield splice.new
        end = splice.stop
    yield raw[end:]


def _check_apart(splices: Iterable[_Splice]) -> None:
    for first, second in pairwise(splices):
        if second.start < first.stop:
            raise ValueError(f"two edits overlap: {_named(first.edit)} and {_named(second.edit)}")


def _check_keys(root: Node, edits: Sequence[Edit]) -> None:
    """Refuse a new key that the object has already, unless that one gets another name or goes."""
    objects: dict[Path, dict[str | int, str | int]] = defaultdict(dict)
    for edit in edits:
        if isinstance(edit, Rename):
            objects[edit.path[:-1]][edit.path[-1]] = edit.key
    gone = {edit.path for edit in edits if isinstance(edit, Drop) and edit.occurrence is None}
    for path, new in objects.items():
        keys = [key for key in _at(root, path).children or () if isinstance(key, str) and (*path, key) not in gone]
        renamed = [new.get(key, key) for key in keys]
        if len(set(renamed)) < len(keys):
            raise ValueError(f"renaming would repeat a key in {_quoted(path)}")


def _put(raw: bytes, root: Node, edit: Put) -> _Splice:
    node = _at(root, edit.path)
    around = _at(root, edit.path[:-1])  # of the root, itself
    if isinstance(edit.value, str) or not isinstance(edit.value, Sequence | Mapping):
        new = _encoded(raw, edit.value)
    else:
        new = _container(raw, around, edit.value, inside=bool(edit.path))
    return _Splice(node.start, node.stop, new, edit)


def _renamed(raw: bytes, root: Node, edit: Rename) -> Iterator[_Splice]:
    _, indices = _members(root, edit)
    parent = _at(root, edit.path[:-1])
    if not isinstance(parent.children, dict):
        raise ValueError(f"an element of an array has no key to rename: {_quoted(edit.path)}")  # noqa: TRY004
    for index in indices:
        node = parent.members[index]
        yield _Splice(node.key_start, node.key_stop, _encoded(raw, edit.key), edit)


def _ordered(raw: bytes, root: Node, edit: Order) -> Iterator[_Splice]:
    node = _at(root, edit.path)
    if not isinstance(node.children, list) or sorted(edit.order) != list(range(len(node.children))):
        raise ValueError(f"this is no order of the elements of {_quoted(edit.path)}: {edit.order}")
    for slot, index in zip(node.children, edit.order, strict=True):
        other = node.children[index]
        if other is not slot:
            yield _Splice(slot.start, slot.stop, raw[other.start : other.stop], edit)


def _dropped(root: Node, edits: Iterable[Drop]) -> Iterator[_Splice]:
    """Take members away so that commas stay between those that are left: with the one before, or for the first after.

    The whitespace before the first and behind the last that is left stays; where none is left, all of it goes.
    """
    containers: dict[int, tuple[Node, dict[int, Drop]]] = {}
    for edit in edits:
        parent, indices = _members(root, edit)
        _, drops = containers.setdefault(parent.start, (parent, {}))
        for index in indices:
            if index in drops:
                raise ValueError(f"two edits overlap: {_named(drops[index])} and {_named(edit)}")
            drops[index] = edit
    for parent, drops in containers.values():
        members = parent.members
        first = next((index for index in range(len(members)) if index not in drops), None)
        for index, edit in drops.items():
            if first is not None and index < first:
                yield _Splice(members[index].key_start, members[index + 1].key_start, b"", edit)
            else:
                start = members[index - 1].stop if index else parent.start + 1
                last = first is None and index == len(members) - 1
                yield _Splice(start, parent.stop - 1 if last else members[index].stop, b"", edit)


def _members(root: Node, edit: Drop | Rename) -> tuple[Node, list[int]]:
    """Find the container that *edit* speaks of and, by their places in it, the members."""
    if not edit.path:
        raise ValueError("the record as a whole can neither be dropped nor renamed")
    parent, node = _at(root, edit.path[:-1]), _at(root, edit.path)
    indices = [
        index
        for index, member in enumerate(parent.members)
        if member is node or (node.key is not None and member.key == node.key)
    ]
    if isinstance(edit, Rename) or edit.occurrence is None:
        return parent, indices
    if not 0 <= edit.occurrence < len(indices):
        raise ValueError(f"there is no occurrence {edit.occurrence} of {_quoted(edit.path)}")
    return parent, [indices[edit.occurrence]]


def _at(root: Node, path: Path) -> Node:
    node = find(root, path)
    if node is None:
        raise ValueError(f"there is no {_quoted(path)}")
    return node


def _container(raw: bytes, around: Node, value: JSON, *, inside: bool) -> bytes:
    """Write an array or object as those around it are written: on one line, or a line each with their indentation."""
    colon = match[1].decode() if (match := _COLON.search(raw)) else ": "
    members = around.members
    opened = _LINE.search(raw, around.start, members[0].key_start) if members else None
    if not opened:
        comma = raw[members[0].stop : members[1].key_start] if len(members) > 1 else None
        return _encoded(
            raw, value, separators=((comma or b", ").decode() if comma or colon[-1:] == " " else ",", colon)
        )
    closed = _LINE.search(raw, members[-1].stop, around.stop - 1)
    outer = closed[2] if closed else b""
    margin = opened[2] if inside else outer
    unit = opened[2].removeprefix(outer).decode()
    return _encoded(raw, value, separators=(",", colon), indent=unit).replace(b"\n", opened[1] + margin)


def _encoded(raw: bytes, value: JSON, *, separators: tuple[str, str] | None = None, indent: str | None = None) -> bytes:
    r"""Encode *value* in the alphabet of *raw*: with ``\u`` escapes where it has them and needs them."""
    escapes = rb"\u" in raw and raw.isascii()
    return json.dumps(value, ensure_ascii=escapes, allow_nan=False, separators=separators, indent=indent).encode()


def _named(edit: Edit) -> str:
    return f"{type(edit).__name__} {_quoted(edit.path)}"


def _quoted(path: Path) -> str:
    return shown(path) or "the record"
