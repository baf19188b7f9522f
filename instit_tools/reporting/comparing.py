"""Comparing two datasets: each is measured, unless it is a folder that a run of statistics wrote."""

import tempfile
from pathlib import Path

import msgspec

from instit_tools.addresses import shown
from instit_tools.reporting.folder import measured
from instit_tools.statistics.comparison import Comparison, compare
from instit_tools.statistics.run import Progress
from instit_tools.statistics.settings import Settings
from instit_tools.statistics.summary import NAME, Summary, read

__all__ = ["compared"]


def compared(settings: Settings, names: tuple[str, str], progress: Progress | None = None) -> Comparison:
    """Set the datasets *names* side by side, measured as *settings* say.

    Raises the `InstitError` of whatever cannot be read.
    """
    first, second = (_summary(settings, name, progress) for name in names)
    return compare(first, second, (shown(names[0]), shown(names[1])))


def _summary(settings: Settings, name: str, progress: Progress | None) -> Summary:
    if (Path(name) / NAME).is_file():
        return read(Path(name))
    with tempfile.TemporaryDirectory(prefix="instit-") as folder:
        summary, _ = measured(msgspec.structs.replace(settings, inputs=(name,)), Path(folder), progress=progress)
    return summary
