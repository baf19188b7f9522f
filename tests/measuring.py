"""A run of statistics into a new folder, without plots and pages."""

from instit_tools.statistics.measures import opened
from instit_tools.statistics.reference import against_paper
from instit_tools.statistics.run import run
from instit_tools.statistics.settings import Settings
from instit_tools.statistics.summary import encode, read, summarise


def measured(beside, *inputs, reference=False, **options):
    """Measure *inputs* into a new folder in *beside* that then holds ``summary.json`` too; give folder and summary."""
    folder = beside / f"measured-{len(list(beside.iterdir()))}"
    folder.mkdir()
    settings = Settings(inputs=tuple(map(str, inputs)), **{"workers": 1, **options})
    ran = run(settings, folder)
    measures = opened(folder)
    summary = summarise(settings, ran, measures, against_paper(measures) if reference else None)
    (folder / "summary.json").write_bytes(encode(summary))
    assert read(folder) == summary
    return folder, summary
