"""What a repair would do, for people to read: a unified diff of each record that would change."""

import difflib
from collections import Counter
from collections.abc import Iterator

import msgspec

from instit_tools.linting.spans import pointer
from instit_tools.linting.steps import Job, Judges, Step, sources, steps

__all__ = ["diffs"]


def diffs(job: Job) -> Iterator[tuple[Step, Iterator[str]]]:
    """Yield each record that would change, with the lines that show it: why, as comments, then what.

    A record that stands on one line is shown as if it were indented. Of one that would be set aside only the reasons
    are shown: all of it would go.
    """
    with sources(job) as found:
        judges = Judges(unsafe=job.unsafe)
        for source in found:
            for step in steps(job, source, judges):
                if step.mended.aside or step.mended.raw != step.old:
                    yield step, _shown(step)


def _shown(step: Step) -> Iterator[str]:
    mended = step.mended
    named = step.place.shown + ("" if step.place.id is None else f" (id {step.place.id})")
    if mended.aside:
        yield f"# {named} would be set aside"
        yield from (f"# {each.code} at {pointer(each.path) or '/'}: {each.message}" for each in mended.aside)
    else:
        made = Counter(change.rule for change in mended.changes)
        yield f"# {', '.join(rule if count == 1 else f'{count} {rule}' for rule, count in made.items())}"
        old, new = (_lines(raw, whole=b"\n" not in step.old.strip()) for raw in (step.old, mended.raw))
        yield from difflib.unified_diff(old, new, named, f"{named}, repaired", lineterm="")
    yield ""


def _lines(raw: bytes, *, whole: bool) -> list[str]:
    if whole:
        raw = msgspec.json.format(raw, indent=2)
    return raw.decode().split("\n")
