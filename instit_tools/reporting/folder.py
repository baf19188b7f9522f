"""The folder of a run: tables, ``summary.json``, plots, ``report.html``; whole or not at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from msgspec import Struct

from instit_tools import plots
from instit_tools.commit import staged
from instit_tools.errors import OutputError, UsageError
from instit_tools.spelling_out import printable
from instit_tools.statistics.columns import TABLES
from instit_tools.statistics.measures import Measures, file_of, opened
from instit_tools.statistics.reference import Reference, against_paper
from instit_tools.statistics.run import REJECTS, Progress, run
from instit_tools.statistics.settings import Settings, located
from instit_tools.statistics.summary import NAME, Summary, encode, listed, summarise

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PAGE", "PLOTS", "Format", "Outputs", "measured", "write"]

Format = Literal["svg", "png", "pdf"]
PAGE, PLOTS = "report.html", "plots"


class Outputs(Struct, frozen=True, kw_only=True):
    """What to make beside tables and summary: *plots* as files, the *report*; which *video* the presence plot shows."""

    plots: Format | None = None
    report: bool = True
    video: str | None = None
    reference: bool = False
    overwrite: bool = False


def write(settings: Settings, folder: Path, outputs: Outputs, progress: Progress | None = None) -> Summary:
    """Measure what *settings* name and write everything into *folder*.

    Raises `OutputError` where the folder holds anything but an older run that may be overwritten.
    """
    import msgspec

    if printable(str(folder)) != str(folder):
        message = f"{printable(str(folder))} is no name in UTF-8"
        raise OutputError(message, hint="choose another folder")
    with staged(folder, replaces=_replaceable(folder) if outputs.overwrite else None) as partial:
        summary, measures = measured(settings, partial, reference=outputs.reference, progress=progress)
        _draw(measures, summary, partial, outputs)
        files = sorted(path.relative_to(partial).as_posix() for path in _written(partial))
        summary = msgspec.structs.replace(summary, files=(*files, NAME))
        (partial / NAME).write_bytes(encode(summary))
    return summary


def measured(
    settings: Settings, folder: Path, *, reference: bool = False, progress: Progress | None = None
) -> tuple[Summary, Measures]:
    """Write the tables into *folder* and sum them up; with *reference*, against the published figures."""
    if not settings.inputs:
        message = "no input is named"
        raise UsageError(message, hint="name annotation files or a folder of them")
    asked = settings.media is not None
    settings = located(settings)
    ran = run(settings, folder, progress, strict=asked)
    measures = opened(folder)
    against: Reference | None = against_paper(measures) if reference else None
    return summarise(settings, ran, measures, against), measures


def _draw(measures: Measures, summary: Summary, folder: Path, outputs: Outputs) -> None:
    if outputs.plots is None and not outputs.report:
        return
    figures = dict(_figures(measures, outputs.video))
    if outputs.plots is not None:
        (folder / PLOTS).mkdir()
        for name, figure in figures.items():
            plots.save(figure, folder / PLOTS / f"{name}.{outputs.plots}", outputs.plots)
    if outputs.report:
        from instit_tools.reporting.page import page

        (folder / PAGE).write_text(page(summary, figures), encoding="utf-8")


def _figures(measures: Measures, video: str | None) -> "Iterator[tuple[str, Figure]]":
    for name in plots.available():
        options = {"record": video} if name == "presence" and video is not None else {}
        if (figure := plots.draw(name, measures, **options)) is not None:
            yield name, figure


def _written(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _replaceable(folder: Path) -> frozenset[str]:
    """List the files of an older run in *folder*, by whatever version, that a run may have written."""
    drawn = {f"{PLOTS}/{name}.{kind}" for name in plots.available() for kind in get_args(Format)}
    own = {NAME, PAGE, REJECTS, *map(file_of, TABLES), *drawn}
    return frozenset(listed(folder)) & own
