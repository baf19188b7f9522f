"""``instit-tools show``."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instit_tools import console
from instit_tools.cli.guard import guarded
from instit_tools.cli.made_up_data import made_up_data
from instit_tools.cli.options import Inputs, MaxUnpacked, most_unpacked
from instit_tools.errors import RecordError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from instit_tools.cli.record.told import Narrow
    from instit_tools.linting.base import Finding
    from instit_tools.records import Record
    from instit_tools.source.lookup import Found, Match

__all__ = ["show"]


@guarded
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="The record: its id, its path or a part of that, or record:N, the Nth of a file.",
            show_default=False,
        ),
    ],
    inputs: Inputs = None,
    *,
    kind: Annotated[
        Literal["video", "image", "bench"] | None,
        typer.Option(help="Of the records called so, the one of this kind.", show_default="any"),
    ] = None,
    frame: Annotated[int | None, typer.Option(metavar="N", help="Only the frame <N>.", show_default="all")] = None,
    instance: Annotated[
        int | None, typer.Option(metavar="N", help="Only what is about the instance [N].", show_default="all")
    ] = None,
    questions: Annotated[bool, typer.Option("--questions", help="Only the questions and answers.")] = False,
    max_unpacked: MaxUnpacked = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as it is published.")] = False,
) -> None:
    """Show one record: its texts frame by frame, its instances over time, its questions, and what validate says of it.

    Example: instit-tools show 17 inst_it_dataset_video_21k.json --frame 3
    """
    import tempfile

    from instit_tools.cli.record.told import Narrow
    from instit_tools.source.lookup import look_up
    from instit_tools.source.unpacking import Unpacking

    narrow = Narrow(frame=frame, instance=instance, questions=questions)
    if as_json and narrow != Narrow():
        message = "--json prints the whole record, and cannot be narrowed"
        raise UsageError(message, hint="leave --frame, --instance and --questions out")
    _refuse_swapped(name, inputs or [])
    files = list(inputs or ()) or [made_up_data(None)]
    with tempfile.TemporaryDirectory(prefix="instit-") as spool:
        unpacking = Unpacking(most_unpacked(max_unpacked))
        found = look_up(name, files, Path(spool), kind=kind, unpacking=unpacking)
        match = _only(name, found, kind, files)
        json = match.named.json()
        if as_json:
            console.document(json)
        else:
            _tell(match, json, narrow)


def _refuse_swapped(name: str, inputs: list[str]) -> None:
    """Say where the id and a file changed places, or the id was forgotten."""
    if Path(name).is_file() and not any(Path(each).exists() for each in inputs):
        message = f"{name} is a file, and the record's id comes first"
        raise UsageError(message, hint=f"instit-tools show {inputs[0] if inputs else 'ID'} {shlex.quote(name)}")


def _only(name: str, found: "Found", kind: str | None, files: list[str]) -> "Match":
    """Give the one record that was found; say what else there is where it is none, or several."""
    if not found.count:
        raise _none(name, found, kind)
    if found.count == 1:
        return found.matches[0]
    _list(found)
    message = f"{name} may be any of {found.count:,} records"
    raise UsageError(message, hint=f"instit-tools show {_better(name, found, files)}")


def _list(found: "Found") -> None:
    from instit_tools.source.partition import place

    for match in found.matches:
        kind, number = match.named.kind or "record", match.named.id
        called = kind if number is None else f"{kind} {number}"
        console.talk("  ".join(filter(None, (called, match.named.path, place(match.source, match.named.number)))))
    if more := found.count - len(found.matches):
        console.talk(f"and {more:,} more")


def _better(name: str, found: "Found", files: list[str]) -> str:
    """Write arguments that mean the first of several records alone."""
    first, *others = found.matches
    named = first.named
    file, spelled = shlex.quote(first.source.name), shlex.quote(name)
    if named.kind and all(each.named.kind != named.kind for each in others):
        return f"{spelled} {' '.join(map(shlex.quote, files))} --kind {named.kind}"
    if all(each.source.name != first.source.name for each in others):
        return f"{spelled} {file}"
    if named.id is not None and all(each.named.id != named.id for each in others):
        return f"{shlex.quote(named.id)} {file}"
    return f"record:{named.number} {file}"


def _none(name: str, found: "Found", kind: str | None) -> UsageError:
    from instit_tools.cli.record.nearby import nearby

    what = kind or "record"
    if not found.ids and not found.paths:
        return UsageError(f"there is no {what} {name}", hint=f"the inputs hold no {what} at all")
    return UsageError(f"there is no {what} {name}", hint=nearby(name, found.ids, found.paths))


def _tell(match: "Match", json: bytes, narrow: "Narrow") -> None:
    from instit_tools.cli.record import told
    from instit_tools.source.decode import decode
    from instit_tools.source.partition import place

    where = place(match.source, match.named.number)
    findings = _findings(match, json)
    try:
        record = decode(json)
    except RecordError as error:
        told.problems(findings)
        raise RecordError(f"{where}: {error.message}", hint="--json prints it as it is") from error
    _refuse_absent(record, narrow)
    told.tell(record, where, findings, narrow)


def _findings(match: "Match", json: bytes) -> "Sequence[Finding]":
    """Look at the record by the rules of the project, without its pictures."""
    from instit_tools.cli.options import project_settings
    from instit_tools.linting.run import who_of
    from instit_tools.linting.work import Looker

    settings, _ = project_settings([], media="none", select=None, ignore=None, config=None, max_unpacked=None)
    return Looker(who_of(settings, match.source.name, folder=None))(json).findings


def _refuse_absent(record: "Record", narrow: "Narrow") -> None:
    """Stop where a frame or an instance is asked for that the record has not."""
    from instit_tools.cli.record.parts import instances
    from instit_tools.records import VideoRecord, kind_of

    frames = sorted(frame.timestamp for frame in record.frames) if isinstance(record, VideoRecord) else []
    for what, wanted, known in (
        ("frame", narrow.frame, frames),
        ("instance", narrow.instance, instances(record)),
    ):
        if wanted is not None and wanted not in known:
            message = f"{kind_of(record)} {record.id} has no {what} {wanted}"
            listed = ", ".join(map(str, known[:20])) + (" ..." if len(known) > 20 else "")  # noqa: PLR2004  # a line of them
            raise UsageError(message, hint=f"there are {listed}" if known else f"it has no {what} at all")
