"""What the package offers to Python: the commands as functions that return values, and the data as tables.

Every function takes the inputs that the command line takes: a path or several, folders, globs, addresses, ``-``.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

import msgspec

from instit_tools.addresses import shown
from instit_tools.errors import UsageError
from instit_tools.records import Record

if TYPE_CHECKING:
    import datasets

    from instit_tools.linting.repairing import Repaired
    from instit_tools.linting.report import Report as Findings
    from instit_tools.made_up import Written
    from instit_tools.manifest import Manifest
    from instit_tools.reporting.statistics import Statistics
    from instit_tools.statistics.comparison import Comparison
    from instit_tools.tables import Tables
    from instit_tools.verification.run import Report
    from instit_tools.viewing.site import Site

__all__ = [
    "Inputs",
    "compare",
    "convert",
    "load",
    "merge",
    "read",
    "render",
    "repair",
    "scan",
    "stats",
    "synth",
    "validate",
    "verify",
    "view",
]

T = TypeVar("T", bound=msgspec.Struct)
Inputs = str | Path | Sequence[str | Path]


def read(inputs: Inputs, *, max_unpacked: int | None = None) -> Iterator[Record]:
    """Iterate over typed records: `VideoRecord`, `ImageRecord` or `BenchItem`, one at a time.

    >>> next(read("made-up/made_up_video.json")).frames[0].caption  # doctest: +SKIP

    *max_unpacked* is the most bytes that a compressed or Parquet file may unpack to, with ``None`` 100 times its own.
    Raises `SourceError` for a file that cannot be read, `RecordError` for a record of no published shape.
    """
    from instit_tools.source.read import read as records
    from instit_tools.source.unpacking import Unpacking

    return records(_listed(inputs), unpacking=Unpacking(max_unpacked))


def scan(inputs: Inputs, *, tokenizer: str = "nltk", max_unpacked: int | None = None) -> "Tables":
    """Read everything into tidy polars tables: ``videos``, ``images``, ``frames``, ``instances``, ``captions``, ``qa``.

    And ``masks`` and ``overlaps``, empty where there are none. They hold all texts, with their words counted by
    *tokenizer*, so they take more memory than the files; `stats` does not. *max_unpacked* is that of `read`. Raises as
    `read` does.
    """
    from instit_tools.source.find import find
    from instit_tools.spelling_out import printable
    from instit_tools.tables import tables

    files = find(_listed(inputs))
    records = ((printable(shown(file)), each) for file in files for each in read(file, max_unpacked=max_unpacked))
    return tables(records, tokenizer=tokenizer)


def stats(inputs: Inputs, out: str | Path | None = None, **options: Any) -> "Statistics":  # noqa: ANN401  # the fields of Settings and Outputs
    """Measure captions, instances and time: a summary, tables on disk that polars reads lazily, plots.

    >>> it.stats("data").summary.find("words", "instance").mean  # doctest: +SKIP

    *out* is the new folder for tables, ``summary.json``, ``report.html`` and plots; with ``None`` the tables go
    when the process ends. *options* are those of the command with underscores: ``tokenizer``, ``pos``, ``by``,
    ``recipes``, ``max_frames`` (several each), ``vision``, ``media``, ``on_error``, ``max_unpacked`` (bytes),
    ``engine``, ``address``, ``workers`` (1 here, as in `validate`, unless ``engine`` is another); and with *out*
    ``plots``, ``report``, ``video``, ``overwrite``.
    ``reference=True`` sets the paper's figures beside these. Raises an `InstitError` for anything that the caller can
    mend; nothing is written then.
    """
    from instit_tools.reporting.folder import Outputs
    from instit_tools.reporting.statistics import measured, written
    from instit_tools.statistics.settings import Settings

    made = {name: options.pop(name) for name in tuple(options) if name in Outputs.__struct_fields__}
    asked = {**_alone(options), **_several(_without_paths(options), "recipes", "max_frames")}
    settings = _options("stats", Settings, asked, {"inputs": _listed(inputs)}, Outputs.__struct_fields__)
    outputs = _options("stats", Outputs, made, {})
    return measured(settings, outputs) if out is None else written(settings, Path(out), outputs)


def compare(first: str | Path, second: str | Path, **options: Any) -> "Comparison":  # noqa: ANN401  # the fields of Settings
    """Set two datasets side by side: annotations, or folders that `stats` wrote; ``compare(a, b).frame()`` is a table.

    *options* are those of `stats` that say how to measure. Raises as `stats` does.
    """
    from instit_tools.reporting.comparing import compared
    from instit_tools.statistics.settings import Settings

    asked = {**_alone(options), **_several(_without_paths(options), "recipes", "max_frames")}
    settings = _options("compare", Settings, asked, {"inputs": ()})
    return compared(settings, (str(first), str(second)))


def convert(inputs: Inputs, out: str | Path, *, to: str, media: str | Path | None = None, **options: Any) -> "Manifest":  # noqa: ANN401  # the fields of Settings
    """Convert *inputs* to the target *to* in the new folder *out*; give back its manifest.

    *options* are those of the command with underscores: ``recipe``, ``max_frames``, ``max_instances``, ``marks``,
    ``style``, ``quality``, ``dialect``, ``shard_size`` (bytes), ``seed``, ``on_error``, ``embed_media``, ``group``,
    ``frames``, ``overwrite``, ``dry_run``, ``limit``, ``max_unpacked`` (bytes), ``engine``, ``address``, ``part`` (a
    pair), ``fresh``, ``workers`` (1 here, as in `validate`, unless ``engine`` is another). What clips cost is a
    `UserWarning`. Raises an `InstitError` for anything that the caller can mend; nothing is published then.
    """
    import warnings

    from instit_tools.conversion.run import convert as run
    from instit_tools.conversion.settings import Settings, warnings_of
    from instit_tools.targets import offered

    offered(to)
    given = {"inputs": _listed(inputs), "out": str(out), "target": to, "media": None if media is None else str(media)}
    settings = _options("convert", Settings, {**_alone(options), **_without_paths(options)}, given)
    for warning in warnings_of(settings):
        warnings.warn(warning, stacklevel=2)
    return run(settings)


def render(inputs: Inputs, out: str | Path, *, media: str | Path | None = None, **options: Any) -> "Manifest":  # noqa: ANN401  # the fields of Settings
    """Draw the ids on the raw pictures of *inputs*, which hold masks, into the new folder *out*; give its manifest.

    >>> it.render("inst_it_dataset_video_21k_w_mask.json", "marked", media=".")  # doctest: +SKIP

    *out* is a media root for every other function then. *options* are those of the command with underscores:
    ``style``, ``quality``, ``pack``, ``on_error``, ``overwrite``, ``dry_run``, ``limit``, ``max_unpacked`` (bytes),
    ``engine``, ``address``, ``part`` (a pair), ``fresh``, ``workers`` (1 here, as in `validate`, unless ``engine`` is
    another). Raises an `InstitError` for anything that the caller can mend; nothing is published then.
    """
    from instit_tools.conversion.run import convert as run
    from instit_tools.conversion.settings import Settings
    from instit_tools.targets import RENDER

    given = {
        "inputs": _listed(inputs),
        "out": str(out),
        "target": RENDER,
        "marks": "render",
        "media": None if media is None else str(media),
    }
    return run(_options("render", Settings, {**_alone(options), **_without_paths(options)}, given))


def merge(out: str | Path, *, overwrite: bool = False) -> "Manifest":
    """Join the parts of *out* that `convert` wrote with ``part=(I, N)``, and give back the manifest of the whole.

    Raises `OutputError` where one is missing, or they are not of one run.
    """
    from instit_tools.conversion import slices

    return slices.merge(str(out), overwrite=overwrite)


def validate(inputs: Inputs, *, media: str | Path | None = None, **options: Any) -> "Findings":  # noqa: ANN401  # the fields of Settings
    """Look for what is wrong with annotations; ``report.problems`` are the first thousand, ``report.frame()`` a table.

    *options* are those of the command with underscores: ``deep``, ``select``, ``ignore``, ``per_file_ignores``,
    ``max_unpacked`` (bytes), ``workers`` (1 here; more only in scripts whose work stands under
    ``if __name__ == "__main__"``). Raises `UsageError` for a rule that does not exist and `SourceError` for a file that
    cannot be read.
    """
    from instit_tools.linting.report import collect
    from instit_tools.linting.settings import Settings

    given = {"inputs": _listed(inputs), "media": None if media is None else str(media)}
    return collect(_options("validate", Settings, options, given))


def repair(
    inputs: Inputs,
    out: str | Path | None,
    *,
    unsafe: bool = False,
    overwrite: bool = False,
    rejects: str | Path | None = None,
    media: str | Path | None = None,
    **options: Any,  # noqa: ANN401  # the fields of Settings
) -> "Repaired":
    """Mend *inputs* into *out* (a file, or a folder for a folder); with ``None``, only count what would be done.

    *rejects* is the file for records set aside, beside *out* by default. *options* are ``select``, ``ignore``,
    ``per_file_ignores``, ``max_unpacked`` (bytes), and ``deep``: what only decoded pictures show is then mended or
    counted as left, too. Raises as `validate` does, and `OutputError`.
    """
    from instit_tools.linting.repairing import Job
    from instit_tools.linting.repairing import repair as mend
    from instit_tools.linting.settings import Settings

    given = {"inputs": _listed(inputs), "media": None if media is None else str(media), "workers": 1}
    settings = _options("repair", Settings, options, given)
    aside = None if rejects is None else str(rejects)
    job = Job(settings=settings, unsafe=unsafe, rejects=aside, overwrite=overwrite)
    return mend(job, None if out is None else Path(out))


def verify(
    folder: str | Path, *, reader: str | None = None, media: str | Path | None = None, edited: bool = False
) -> "Report":
    """Check a finished dataset against its manifest and by the rules of its *reader*.

    With *edited*, only the rows, as they are now: they were changed on purpose. ``report.count`` is 0 if all is whole.
    Raises `OutputError` when *folder* is no finished dataset.
    """
    from instit_tools.verification.run import verify_folder

    return verify_folder(folder, reader=reader, media=media, edited=edited)


def view(inputs: Inputs, out: str | Path, *, media: str | Path | None = None, **options: Any) -> "Site":  # noqa: ANN401  # the fields of Settings
    """Make a site to look at *inputs* in the new folder *out*: open its ``index.html``.

    *options* are those of the command with underscores: ``pictures``, ``size`` (pixels), ``select`` (one or several
    globs), ``problems_only``, ``limit``, ``on_error``, ``overwrite``, ``max_unpacked`` (bytes), ``workers`` (1 here, as
    in `validate`). Raises an `InstitError` for anything that the caller can mend; nothing is written then.
    """
    from instit_tools.viewing.settings import Settings
    from instit_tools.viewing.site import build

    given = {"inputs": _listed(inputs), "media": None if media is None else str(media)}
    return build(_options("view", Settings, {"workers": 1, **_several(options, "select")}, given), Path(out))


def load(
    folder: str | Path, kind: str = "video", *, streaming: bool = False
) -> "datasets.Dataset | datasets.IterableDataset":
    """Open the ``video`` or ``image`` shards of a finished dataset with ``datasets``, features and all."""
    from instit_tools.loading import load_folder

    return load_folder(Path(folder), kind=kind, streaming=streaming)


def synth(folder: str | Path, **options: Any) -> "Written":  # noqa: ANN401  # the fields of synth.Options
    """Make up a dataset in *folder*: ``videos``, ``images``, ``masks``, ``media``, ``defects``, ``seed``."""
    from instit_tools.made_up import Options, write

    return write(Path(folder), _options("synth", Options, options, {}))


def _options(
    name: str, kind: type[T], options: Mapping[str, Any], given: Mapping[str, Any], others: Sequence[str] = ()
) -> T:
    """Check *options* as the command line would; a value of the wrong type never means something else.

    *others* are options that a call has beside those of *kind*.
    """
    known = [field for field in kind.__struct_fields__ if field not in given]
    for option in options:
        if option not in known:
            message = f"{name} has no option {option!r}"
            raise UsageError(message, hint=f"there are {', '.join((*known, *others))}")
    try:
        return msgspec.convert({**given, **options}, kind)
    except msgspec.ValidationError as error:
        message, _, field = str(error).partition(" - at ")
        where = field.strip("`").removeprefix("$.")
        choices = get_args(get_type_hints(kind).get(where)) if "enum" in message else ()
        hint = f"choose {', '.join(map(str, choices))}" if choices else None
        raise UsageError(f"{name}: {where}: {message[0].lower()}{message[1:]}", hint=hint) from error


def _without_paths(options: Mapping[str, Any]) -> dict[str, Any]:
    """Write paths among *options*, and in lists of names, as the command line would get them."""

    def plain(value: object) -> object:
        return str(value) if isinstance(value, Path) else value

    return {
        name: [plain(each) for each in value] if isinstance(value, list | tuple) else plain(value)
        for name, value in options.items()
    }


def _alone(options: Mapping[str, Any]) -> dict[str, Any]:
    """Work in this process unless *options* name who else does: processes are for scripts that are made for them."""
    return {"workers": 1} if options.get("engine", "local") == "local" else {}


def _several(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Take a single value for a list of one, in the options called *names*."""
    return {
        name: [value] if name in names and isinstance(value, str | int) else value for name, value in options.items()
    }


def _listed(inputs: Inputs) -> list[str]:
    return [str(inputs)] if isinstance(inputs, str | Path) else [str(each) for each in inputs]
