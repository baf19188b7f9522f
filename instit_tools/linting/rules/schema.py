"""The shape of a record: JSON that can be read, the published keys and types, and no key twice."""

from collections.abc import Iterator

import msgspec

from instit_tools.linting.base import Example, Finding, Fix, Rule
from instit_tools.linting.edits import Drop, Rename
from instit_tools.linting.faults import Fault
from instit_tools.linting.kinds import KINDS
from instit_tools.linting.spans import Node, Path, Repeated, find, may_repeat, repeated, tree
from instit_tools.linting.view import View

FAMILY = "shape"

MALFORMED = Rule(
    code="json-malformed",
    severity="error",
    summary="a record is no JSON",
    why="Nothing of the record can be read: a line is cut off, or something else stands among JSON lines. In a JSON "
    "array most such faults make the whole file unreadable, which ends the run with exit code 2; but half a character, "
    "a number too large and nesting too deep are the fault of their record alone.",
    example=Example(on="", bad='{"image_id": 1, "image_path": "images_vpt/a.j', good='{"image_id": 1, ...}'),
    unsafe="sets the record aside. Not safe: the record is lost.",
)
SCHEMA = Rule(
    code="schema",
    severity="error",
    summary="a record has not the published shape",
    why="A key is missing or holds the wrong type, so loaders fail or, worse, read something else. The shapes are in "
    "schemas/; a record with this fault is not looked at by other rules but those of shape.",
    example=Example(on="image", bad='{"image_path": null}', good='{"image_path": "images_vpt/a/1.jpg"}'),
    unsafe="sets the record aside. Not safe: it is lost.",
)
UNKNOWN_KEY = Rule(
    code="key-unknown",
    severity="warning",
    summary="a key that nobody published",
    why="Most often a misspelt key, whose content every loader then misses; or something added on the way, which "
    "loaders that make a table of a file (datasets, Arrow) turn into a column of nulls for all other records.",
    example=Example(on="image", bad='{"reviewer": "r7"}', good="{}"),
    unsafe="gives a misspelt key its published name, and takes any other away. Not safe: it is a "
    "guess, or the value is "
    "lost.",
)
REPEATED_KEY = Rule(
    code="json-key-repeated",
    severity="error",
    summary="a key stands twice in one object",
    why="JSON readers keep the last value without a word, so the first is lost: a caption that exists in the file and "
    "in no program.",
    example=Example(on="", bad='{"1": "A cat.", "1": "A dog."}', good='{"1": "A cat.", "2": "A dog."}'),
    safe="takes the earlier ones away where all have the same value.",
    unsafe="keeps the last value, as every reader does. Not safe: the earlier ones are lost.",
)
RULES = (MALFORMED, SCHEMA, UNKNOWN_KEY, REPEATED_KEY)


def check(view: View) -> Iterator[Finding]:
    """Hold the record against the schema of its kind, and look for repeated keys."""
    from instit_tools.linting.engines import faults, fits

    name = KINDS[view.kind]
    if not fits(name)(view.tree):
        for fault in faults(name, view.tree):
            unknown = fault.keyword in {"additionalProperties", "unevaluatedProperties"}
            yield Finding(
                code=UNKNOWN_KEY.code if unknown else SCHEMA.code,
                path=fault.path,
                message=fault.message,
                fix=_known(fault) if unknown else Fix(aside=True),
            )
    yield from _repeated(view)


def _known(fault: Fault) -> Fix:
    """Give a misspelt key its name, and take any other away."""
    return Fix(edits=(Rename(fault.path, fault.meant) if fault.meant else Drop(fault.path),))


def _repeated(view: View) -> Iterator[Finding]:
    if not view.raw or not may_repeat(view.raw, view.tree):
        return
    root = tree(view.raw)
    fixes: dict[tuple[Path, int], Fix | None] = {}
    for found in repeated(view.raw):
        parent = find(root, found.path[:-1])
        key = found.path, parent.start if parent else -1
        if key not in fixes:  # one for all occurrences of a key, or many would be repaired one by one
            fixes[key] = _without_the_earlier(view.raw, parent, found)
        message = f"the key {found.path[-1]!r} stands more than once; readers keep the last"
        yield Finding(code=REPEATED_KEY.code, path=found.path, message=message, fix=fixes[key])


def _without_the_earlier(raw: bytes, parent: Node | None, found: Repeated) -> Fix | None:
    """Take the earlier ones away; nothing where the object itself is hidden by a later one, which goes with it."""
    members = [each for each in parent.members if each.key == found.path[-1]] if parent else []
    if not any(each.key_start == found.start for each in members):
        return None
    values = {msgspec.json.format(raw[each.start : each.stop], indent=-1) for each in members}
    drops = (Drop(path=found.path, occurrence=number) for number in range(len(members) - 1))
    return Fix(safe=len(values) == 1, edits=tuple(drops))
