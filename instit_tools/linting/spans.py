"""Where things stand in the raw JSON of one record, and the ways to say where: paths, JSON pointers, words for people.

A parser gives values and forgets where they stood; here it is the other way round. The text is walked once, token by
token and without recursion, so depth costs nothing but memory. The text must be valid JSON: whoever asks where things
stand has decoded the record before.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator

import msgspec
from msgspec import Struct, field

from instit_tools.records import escaped

__all__ = [
    "Node",
    "Path",
    "Repeated",
    "find",
    "may_repeat",
    "nearest",
    "path_of",
    "pointer",
    "repeated",
    "shown",
    "tree",
]

Path = tuple[str | int, ...]
"""Keys, and indices from 0, from the root to a value; ``()`` is the root."""

_TOKEN = re.compile(
    rb'("[^"\\]*+(?:\\.[^"\\]*+)*+")(\s*+:)?+'  # a string, and a key where a colon follows
    rb"|([{\[])|([}\]])"
    rb'|[^\s"{}\[\],:]++',  # a number, true, false, null
    re.DOTALL,
)
_STRING, _KEY, _OPEN, _CLOSE = 1, 2, 3, 4  # the last group that took part tells what was found
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INDEX = re.compile(r"0|[1-9][0-9]*")


class Node(Struct, eq=False):
    """One value in the text: ``raw[start:stop]``, and where its key stands if it has one.

    *members* are the values inside, as they stand; *children* are those that a reader sees: of a repeated key the last.
    """

    start: int
    stop: int
    key: str | None
    key_start: int
    key_stop: int
    children: "dict[str, Node] | list[Node] | None" = None
    members: "list[Node]" = field(default_factory=list)


class Repeated(Struct, frozen=True):
    """A key that stood in its object before: the path they share, which *occurrence* it is from 0, where it starts."""

    path: Path
    occurrence: int
    start: int


def tree(raw: bytes) -> Node:
    """Find where every value of *raw* stands."""
    container = Node(0, len(raw), None, 0, 0, members=[])
    open_: list[Node] = []
    key, key_start, key_stop = None, -1, -1
    for match in _TOKEN.finditer(raw):
        kind, (start, stop) = match.lastindex, match.span()
        if kind == _KEY:
            key_start, key_stop = match.span(_STRING)
            key = _text(raw[start:key_stop])
            continue
        if kind == _CLOSE:
            container = _closed(container, stop, open_.pop())
            continue
        node = Node(start, stop, key, *((start, start) if key is None else (key_start, key_stop)))
        container.members.append(node)
        key = None
        if kind == _OPEN:
            node.children = {} if raw[start] == ord("{") else node.members
            open_.append(container)
            container = node
    return container.members[0]


def find(node: Node, path: Path) -> Node | None:
    """Find what stands at *path* below *node*, if anything does."""
    found: Node | None = node
    for step in path:
        found = _child(found, step) if found else None
    return found


def nearest(node: Node, path: Path) -> Node:
    """Find what stands at *path* below *node*, or else its deepest ancestor that is there."""
    for step in path:
        child = _child(node, step)
        if child is None:
            return node
        node = child
    return node


def may_repeat(raw: bytes, tree: object) -> bool:
    r"""Tell whether an object in *raw* may hold a key twice, given what was decoded from it; ``False`` is certain.

    Whoever decodes a repeated key loses at least one string, that key. So count the quotation marks before and after:
    neither whitespace, escapes nor the spelling of numbers changes their number, except for the escape ``\u0022``.
    """
    if rb"\u0022" in raw:
        return True
    try:
        return raw.count(b'"') != msgspec.json.encode(tree).count(b'"')
    except RecursionError:  # deeper than msgspec writes
        return True


def repeated(raw: bytes) -> list[Repeated]:
    """List every key that stood in its object before, in the order of the text.

    Inside a value that a later key hides, the path is still that of the text: it may lead elsewhere, or nowhere.
    """
    found = []
    for node, parents in _containers(tree(raw)):
        if len(node.members) == len(node.children or ()):
            continue
        seen: Counter[str | None] = Counter()
        for member in node.members:
            if seen[member.key]:
                path = _unrolled((parents, member.key or ""))
                found.append(Repeated(path, seen[member.key], member.key_start))
            seen[member.key] += 1
    return sorted(found, key=lambda each: each.start)


def pointer(path: Path) -> str:
    """Write *path* as a JSON pointer (RFC 6901)."""
    return "".join(f"/{escaped(str(step))}" for step in path)


def path_of(pointer: str, tree: object) -> Path:
    """Read a JSON pointer into the decoded *tree*, which tells indices from keys; what is not there is a key."""
    path: list[str | int] = []
    for part in pointer.split("/")[1:]:
        step: str | int = part.replace("~1", "/").replace("~0", "~")
        if isinstance(tree, list) and _INDEX.fullmatch(part):
            step = int(part)
            tree = tree[step] if step < len(tree) else None
        else:
            tree = tree.get(step) if isinstance(tree, dict) else None
        path.append(step)
    return tuple(path)


def shown(path: Path) -> str:
    """Write *path* for people, ``""`` for the root.

    >>> shown(("frame_level_caption", 3, "instance_level", "1,2"))
    'frame_level_caption[3].instance_level["1,2"]'
    """
    return "".join(map(_step, path)).removeprefix(".")


def _text(token: bytes) -> str:
    """Decode a string; most keys need no more than their quotation marks taken off."""
    if b"\\" in token:
        return msgspec.json.decode(token, type=str)
    return token[1:-1].decode()


def _closed(node: Node, stop: int, parent: Node) -> Node:
    """End a container, and go on in its *parent*."""
    node.stop = stop
    if isinstance(node.children, dict):
        node.children = {member.key: member for member in node.members if member.key is not None}
    return parent


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node.children, dict):
        return node.children.get(step) if isinstance(step, str) else None
    if isinstance(node.children, list) and isinstance(step, int) and 0 <= step < len(node.children):
        return node.children[step]
    return None


_Linked = tuple["_Linked", str | int] | None
"""A path as a link to its parent: paths of deep records, each in full, would need memory by the square of the depth."""


def _containers(root: Node) -> Iterator[tuple[Node, _Linked]]:
    stack: list[tuple[Node, _Linked]] = [(root, None)]
    while stack:
        node, path = stack.pop()
        if node.members:
            yield node, path
        for index, member in enumerate(node.members):
            if member.members:
                stack.append((member, (path, index if member.key is None else member.key)))


def _unrolled(path: _Linked) -> Path:
    steps = []
    while path:
        path, step = path
        steps.append(step)
    return tuple(reversed(steps))


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _NAME.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]"
