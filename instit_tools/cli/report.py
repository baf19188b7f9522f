"""What people read: problems record by record, a table of what was found, and what to do next."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from rich.text import Text

from instit_tools import addresses, console

if TYPE_CHECKING:
    from instit_tools.linting.base import Problem, Rule, Severity, Summary

__all__ = ["coloured", "ending", "listed", "next_steps", "problems", "verdict"]

_EACH = 10
_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
_MARKS = {"safe": "[*]", "unsafe": "[!]"}
_ORDER: "tuple[Severity, ...]" = ("error", "warning", "note")


def problems(found: "Iterable[Problem]", aside: Callable[[], AbstractContextManager[None]], *, each: bool) -> int:
    """Print problems under a heading for each record, and count those; with *each* only the first ten of each rule.

    *aside* makes room on the terminal. Of no record more is held than is printed.
    """
    shown: Counter[str] = Counter()
    group: list[Problem] = []
    for problem in found:
        if each and shown[problem.code] == _EACH:
            continue
        if group and (problem.file, problem.record) != (group[0].file, group[0].record):
            with aside():
                _group(group)
            group = []
        shown[problem.code] += 1
        group.append(problem)
    if group:
        with aside():
            _group(group)
    return shown.total()


def _group(group: "Sequence[Problem]") -> None:
    from instit_tools.linting.formats.base import whose

    group = sorted(group, key=lambda one: (one.line or 0, one.column or 0))
    first = group[0]
    console.line(console.plain(", ".join(filter(None, (first.file, whose(first)))), "bold underline"))
    places = [":".join(str(each) for each in (one.line, one.column) if each is not None) for one in group]
    width = max(map(len, places))
    for one, place in zip(group, places, strict=True):
        head = Text.assemble("  ", coloured(one.severity), "  ", f"{place:<{width}}  " if width else "")
        field = Text.assemble(console.plain(one.field, "bold"), ": ") if one.field else Text()
        mark = (f" {_MARKS[one.repair]}", "bold green") if one.repair else ""
        tail = Text.assemble(console.plain(one.code, "cyan"), mark)
        console.line(Text.assemble(field, console.plain(one.message)), head=head, tail=tail)
    console.line(Text())


def ending(summary: "Summary", verdict: str, *, shown: int, inputs: Sequence[str], options: str = "") -> None:
    """Print what was found by rule, errors first and what was found most before the rest, and what to do next."""
    from instit_tools.linting.rules import every

    counts = summary.counts
    if counts:
        rules = [every()[code] for code in counts]
        rules.sort(key=lambda rule: (_ORDER.index(rule.severity), -counts[rule.code], rule.code))
        listed({"": rules}, counts)
        console.line(Text())
    console.line(console.plain(verdict, "bold"))
    if summary.unread:
        told = console.counted(summary.unread, "record")
        console.line(Text(f"{told} with a shape so wrong that no other rule was tried: mend that, and validate again"))
    hidden = sum(counts.values()) - shown
    if hidden:
        console.line(Text(f"{hidden:,} are not listed above: --max-problems lists more, --format json all"))
    if counts:
        for said, command in next_steps(summary, inputs, options):
            console.line(Text(f"{said}:"))
            console.result(f"    {command}")  # in one piece, to be copied


def listed(groups: "Mapping[str, Sequence[Rule]]", counts: "Mapping[str, int] | None" = None) -> None:
    """Print rules one below the other in *groups* with a heading, with how often each was found where that is known."""
    cells = {
        rule.code: (rule.code, *(() if counts is None else (f"{counts[rule.code]:,}",)), _repair(rule))
        for rules in groups.values()
        for rule in rules
    }
    titles = ("rule", *(() if counts is None else ("found",)), "repair")
    widths = [max(map(len, column)) for column in zip(titles, *cells.values(), strict=True)]
    console.line(Text("what it is", "dim"), head=Text(f"  severity  {_row(titles, widths)}", "dim"))
    for heading, rules in groups.items():
        if heading:
            console.line(Text(f"\n{heading}", "bold underline"))
        for rule in rules:
            head = Text.assemble("  ", coloured(rule.severity), "   ", _row(cells[rule.code], widths))
            console.line(console.plain(rule.summary), head=head)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *numbers, last = zip(cells, widths, strict=True)
    right = [text.rjust(width) for text, width in numbers]
    return "  ".join([first[0].ljust(first[1]), *right, last[0].ljust(last[1]), ""])


def verdict(summary: "Summary", severities: "Mapping[Severity, int]") -> str:
    """Say in words what was found, and in how much.

    >>> from instit_tools.linting.base import Summary
    >>> summary = Summary(files=("a.json", "b.json"), records=1200, counts={"id-list": 1, "question-no-id": 12})
    >>> verdict(summary, {"error": 0, "warning": 1, "note": 12})
    'no errors, 1 warning and 12 notes in 1,200 records of 2 files'
    """
    where = summary.files[0] if len(summary.files) == 1 else console.counted(len(summary.files), "file")
    looked = f"{console.counted(summary.records, 'record')} of {where}"
    if not summary.counts:
        return f"no problem found in {looked}"
    parts = [
        console.counted(count, name) if count else f"no {name}s"
        for name, count in severities.items()
        if count or name == "error"
    ]
    return f"{', '.join(parts[:-1])} and {parts[-1]} in {looked}" if parts[1:] else f"{parts[0]} in {looked}"


def next_steps(summary: "Summary", inputs: Sequence[str], options: str = "") -> list[tuple[str, str]]:
    """Say what there is to do about what was found: what is said, and the command that does it."""
    steps = []
    given = f" {options}" if options else ""
    file = shlex.quote(addresses.shown(inputs[0])) if len(inputs) == 1 else "FILE"
    safe, unsafe = summary.repairs.get("safe", 0), summary.repairs.get("unsafe", 0)
    if safe:
        steps.append((f"[*] {safe:,} can be mended safely", f"instit-tools repair {file}{given} -o NEW"))
    if unsafe:
        steps.append(
            (
                f"[!] {unsafe:,} can be mended with a loss or a guess, or set aside with their record",
                f"instit-tools repair --unsafe {file}{given} -o NEW",
            )
        )
    steps.append(("What a rule means, and why", "instit-tools rules RULE"))
    return steps


def coloured(name: "Severity") -> Text:
    """Show a severity in its colour, as wide as every other."""
    return Text(f"{name:<7}", _STYLES[name])


def _repair(rule: "Rule") -> str:
    if rule.safe:
        return "both" if rule.unsafe else "safe"
    return "unsafe" if rule.unsafe else "-"
