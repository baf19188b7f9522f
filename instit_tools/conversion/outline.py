"""What makes two runs the same run: everything that the bytes of the output depend on, as one plain value.

The parts that an interrupted run finished are worth something only to a run with the same outline. Where it differs,
the difference is named.
"""

import hashlib
from typing import Any

import msgspec
from msgspec import Struct

from instit_tools.addresses import rooted, shown
from instit_tools.conversion.plan import Plan
from instit_tools.conversion.settings import Settings
from instit_tools.conversion.work import Job
from instit_tools.manifest import InputFile
from instit_tools.media.store import stamps
from instit_tools.version import __version__

__all__ = ["Outline", "Slice", "difference", "encode", "keys_of", "outline_of"]

_ABSENT = "nothing"


class Slice(Struct, frozen=True):
    """Every *count*-th partition, beginning with the *number*-th (from 1)."""

    number: int
    count: int

    def holds(self, partition: int) -> bool:
        """Say whether *partition*, counted from 0, is one of them."""
        return partition % self.count == self.number - 1


class Outline(Struct, frozen=True, kw_only=True):
    """A run before any work is done; *sources* says for each partition which of *inputs* it is cut from."""

    made_by: str = f"instit-tools {__version__}"
    job: Job
    archives: tuple[str, ...] = ()
    limit: int | None
    inputs: tuple[InputFile, ...]
    names: tuple[str, ...]
    sources: tuple[int, ...]
    slice: Slice | None = None


def outline_of(settings: Settings, job: Job, plan: Plan) -> Outline:
    """Describe the run of *job* by *plan*; addresses without passwords, for this is written down."""
    numbers = {source.name: number for number, source in enumerate(plan.inputs)}
    return Outline(
        job=msgspec.structs.replace(job, media=rooted(shown(job.media)) if job.media else None),
        archives=stamps(job.media) if job.media else (),
        limit=settings.limit,
        inputs=tuple(
            InputFile(name=source.name.rsplit("/", 1)[-1], bytes=source.size, sha256=source.sha256, records=0)
            for source in plan.inputs
        ),
        names=tuple(source.name for source in plan.inputs),
        sources=tuple(numbers[each.part.name] for each in plan.parts),
        slice=None if settings.part is None else Slice(*settings.part),
    )


def encode(outline: Outline) -> bytes:
    """Write *outline* in bytes that are the same for the same run.

    What becomes of faults is no part of that: a part without any is the same either way. Nor is what a file may unpack
    to, which is not in *outline* at all: what is worked on was below it.
    """
    return msgspec.json.encode(msgspec.structs.replace(outline, job=msgspec.structs.replace(outline.job, reject=False)))


def keys_of(outline: Outline) -> list[str]:
    """Name all parts of the run, each so that no part of another run has the name."""
    whole = msgspec.structs.replace(outline, slice=None)  # of all slices the same
    mark = hashlib.sha256(encode(whole)).hexdigest()[:16]
    return [f"{number:06d}-{mark}" for number in range(len(outline.sources))]


def difference(before: bytes, outline: Outline) -> str:
    """Name the first thing in which the run *before* was another one."""
    now = _flat(msgspec.json.decode(encode(outline)))
    try:
        old = _flat(msgspec.json.decode(before))
    except msgspec.DecodeError:
        return "it cannot be read"
    if old.get("made_by") != now["made_by"]:
        return f"it was made by {old.get('made_by')}, and this is {now['made_by']}"
    for name in sorted(old.keys() | now.keys(), key=_importance):
        if old.get(name) != now.get(name):
            return _worded(name, old.get(name), now.get(name))
    return "it differs"


def _importance(name: str) -> tuple[bool, bool, str]:
    return not name.startswith("inputs"), not name.startswith("names"), name


def _worded(name: str, old: object, new: object) -> str:
    if name.startswith(("inputs", "names", "sources")):
        return "the input is another one or has changed"
    if name.startswith("archives"):
        return "an archive of pictures is another one or has changed"
    if name.startswith("drawing ") and name != "drawing quality":
        return "the style of the marks is another one or has changed"
    shown = [_ABSENT if value is None else str(value) for value in (old, new)]
    if any(len(text) > 40 for text in shown):  # noqa: PLR2004  # a wording of a recipe: nobody wants to read both
        return f"{name} is another one"
    return f"{name} was {shown[0]} and is {shown[1]}"


def _flat(tree: Any, name: str = "") -> dict[str, Any]:  # noqa: ANN401  # JSON of any shape
    """Lay a tree out by what each leaf is called on the command line, or nearly so."""
    if isinstance(tree, dict) and tree:
        found: dict[str, Any] = {}
        for key, value in tree.items():
            found |= _flat(value, key if name in {"", "job", "choices"} else f"{name} {key}")
        return found
    if isinstance(tree, list):
        return {f"{name} {place}": value for place, value in enumerate(map(msgspec.json.encode, tree))} or {name: None}
    return {name: tree}
