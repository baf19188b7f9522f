"""What `instit_tools.bench` offers to Python: the commands as functions that return values.

Files are named as on the command line: a path or several, folders, globs, addresses.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from instit_tools.bench import agreement, answers, comparing, exporting, prompts, standings
from instit_tools.bench.asking.endpoint import OPENAI, Endpoint
from instit_tools.bench.asking.pace import Limits
from instit_tools.bench.asking.service import Service, Spent
from instit_tools.bench.items import Item, read_items
from instit_tools.bench.judging import judge as judging
from instit_tools.bench.judging.run import Judged, Scored, write_judged
from instit_tools.bench.predicting import run as predicting
from instit_tools.bench.printed import Column
from instit_tools.bench.scoring import Reader, Score, Verdict
from instit_tools.errors import UsageError
from instit_tools.media.paths import Marks
from instit_tools.media.store import beside, open_store
from instit_tools.source.find import find

if TYPE_CHECKING:
    import polars as pl

    from instit_tools.bench.agreement import Agreement
    from instit_tools.bench.comparison import Comparison
    from instit_tools.bench.exporting import Exported
    from instit_tools.bench.judging.reply import Format
    from instit_tools.bench.judging.run import Failures
    from instit_tools.bench.predicting.run import Predicted
    from instit_tools.bench.predictions import Missing
    from instit_tools.bench.standings import Leaderboard

__all__ = [
    "Inputs",
    "JudgedAnswers",
    "ScoredAnswers",
    "agree",
    "compare",
    "export",
    "judge",
    "leaderboard",
    "predict",
    "questions",
    "score",
]

Inputs = str | Path | Sequence[str | Path]


class ScoredAnswers(Struct, frozen=True):
    """A *score*, and the *verdicts* that it counts; `frame` is a polars table of these, a row an answer."""

    score: Score
    verdicts: list[Verdict]

    def frame(self) -> "pl.DataFrame":
        """Give the verdicts as a table, with a column for each grouping of questions."""
        return _table(self.verdicts)

    def write(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write what ``bench score -o`` does; raise `OutputError` where *folder* holds anything else."""
        answers.write_score(Path(folder), self.score, self.verdicts, overwrite=overwrite)


class JudgedAnswers(Struct, frozen=True):
    """What a judge found, the *scores* of single answers, and what it cost; `frame` is a table of the scores."""

    judged: Judged
    scores: list[Scored]
    spent: Spent

    def frame(self) -> "pl.DataFrame":
        """Give the scores as a table, with a column for each grouping of questions."""
        return _table(self.scores)

    def write(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write what ``bench judge -o`` does; raise `OutputError` where *folder* holds anything else."""
        write_judged(Path(folder), self.judged, self.scores, overwrite=overwrite)


def _table(rows: Sequence[Verdict] | Sequence[Scored]) -> "pl.DataFrame":
    import polars as pl

    plain = [(msgspec.to_builtins(row), dict(row.kinds)) for row in rows]
    flat = [{key: value for key, value in row.items() if key != "kinds"} | kinds for row, kinds in plain]
    return pl.DataFrame(flat, infer_schema_length=None)


def questions(inputs: Inputs) -> list[Item]:
    """Read the benchmark's questions; raise an `InstitError` for what is none."""
    return read_items(_listed(inputs))


def score(
    predictions: Inputs,
    items: Inputs = (),
    *,
    name: str | None = None,
    missing: "Missing" = "stop",
    seed: int = 0,
) -> ScoredAnswers:
    """Score multiple-choice *predictions*, joined with the questions in *items* where they are given.

    >>> it.bench.score("video_mc_inference.json").score.splits[0].whole["strict"].of_all.mean  # doctest: +SKIP

    Raises an `InstitError` for anything that the caller can mend.
    """
    return ScoredAnswers(*answers.scored(_listed(predictions), _listed(items), name=name, missing=missing, seed=seed))


def judge(  # noqa: PLR0913  # what is judged, by whom, in which words
    predictions: Inputs,
    items: Inputs = (),
    *,
    model: str = judging.JUDGE,
    endpoint: str = OPENAI,
    name: str | None = None,
    prompts: str | Path | None = None,
    answer_format: "Format" = "schema",
    missing: "Missing" = "stop",
    failures: "Failures" = "leave-out",
    seed: int = 0,
    **asking: Any,  # noqa: ANN401  # the fields of Endpoint, Limits and Service
) -> JudgedAnswers:
    """Have open-ended *predictions* scored by *model* at *endpoint*; what was scored before comes from the cache.

    *asking* are the options of the command about whom it asks and how: ``temperature``, ``sampling_seed``,
    ``max_tokens``, ``timeout``, ``key_variable``, ``called``, ``concurrency``, ``attempts``, ``requests_a_minute``,
    ``tokens_a_minute``, ``budget``, ``price``, ``cache``, ``fresh``. An answer without a score says why in its
    ``failure``. Raises an `InstitError` for anything that the caller can mend; what was answered until then is kept.
    """
    settings = judging.Settings(
        predictions=tuple(_listed(predictions)),
        items=tuple(_listed(items)),
        name=name,
        service=_service(model, endpoint, asking),
        prompts=None if prompts is None else Path(prompts),
        answer_format=answer_format,
        missing=missing,
        failures=failures,
        seed=seed,
    )
    return JudgedAnswers(*judging.judge(settings))


def predict(  # noqa: PLR0913  # what is asked about which pictures, of whom
    items: Inputs,
    *,
    model: str | None = None,
    endpoint: str = OPENAI,
    local: str | None = None,
    options: Mapping[str, str] | None = None,
    media: str | Path | None = None,
    marks: Marks = "vpt",
    max_frames: int | None = None,
    max_side: int | None = None,
    labels: bool = True,
    prompts: str | Path | None = None,
    limit: int | None = None,
    out: str | Path | None = None,
    **asking: Any,  # noqa: ANN401  # the fields of Endpoint, Limits and Service
) -> "Predicted":
    """Ask *model* at *endpoint*, or the plug-in *local*, the questions in *items* about the pictures in *media*.

    With *out*, the published files of predictions are written into that new folder. *asking* are those of `judge`,
    ``temperature`` 0 and ``max_tokens`` 128 unless said otherwise. A question without an answer is among ``failures``.
    Raises an `InstitError` for anything that the caller can mend; what was answered until then is kept.
    """
    _one_of(model, local)
    greedy = {"temperature": 0.0, "max_tokens": 128} | ({} if local is None else {"concurrency": 1})
    settings = predicting.Settings(
        items=tuple(_listed(items)),
        service=_service(model or "", endpoint, greedy | asking),
        local=local,
        options=dict(options or {}),
        media=None if media is None else str(media),
        marks=marks,
        max_frames=max_frames,
        max_side=max_side,
        labels=labels,
        prompts=None if prompts is None else Path(prompts),
        limit=limit,
    )
    found = predicting.predict(settings)
    if out is not None:
        predicting.write_predictions(Path(out), found)
    return found


def compare(  # noqa: PLR0913  # what the command takes
    a: str | Path,
    b: str | Path,
    items: Inputs = (),
    *,
    reader: Reader | None = None,
    common: bool = False,
    anyway: bool = False,
    seed: int = 0,
) -> "Comparison":
    """Compare two models on the same questions; ``compare(a, b).splits[0].conclusion`` is a sentence.

    Each is a file of multiple-choice predictions, or a folder that ``bench score`` or ``bench judge`` wrote. Raises an
    `InstitError` where the two do not compare.
    """
    return comparing.compare(a, b, items=_listed(items), reader=reader, common=common, anyway=anyway, seed=seed)


def agree(a: str | Path, b: str | Path) -> "Agreement":
    """Set two judges of the same answers side by side: folders that ``bench judge`` wrote.

    Raises an `InstitError` where they did not judge the same.
    """
    return agreement.agree(a, b)


def leaderboard(results: Inputs = (), *, sort: Column | None = None) -> "Leaderboard":
    """Set *results*, folders that ``bench score`` or ``bench judge`` wrote, beside the published table.

    ``leaderboard().frame()`` is a polars table. Raises an `InstitError` for what is no result.
    """
    return standings.table(_listed(results), sort=sort)


def export(
    items: Inputs,
    out: str | Path,
    *,
    harness: str,
    media: str | Path | None = None,
    marks: Marks = "vpt",
    overwrite: bool = False,
) -> "Exported":
    """Write the questions in *items* as a task of *harness* (``lmms-eval``, ``vlmevalkit``) into the folder *out*.

    Pictures in the folder *media* are named, others copied. Raises an `InstitError` for anything that the caller can
    mend; nothing is written then.
    """
    named = _listed(items)
    root = str(media) if media is not None else beside(find(named))
    store = open_store(root) if root else None
    found = read_items(named)
    return exporting.export(
        found, store, out, harness=harness, root=root, marks=marks, prompts=prompts.own(), overwrite=overwrite
    )


def _one_of(model: str | None, local: str | None) -> None:
    if (model is None) == (local is None):
        message = "who is asked: model, a name that the endpoint serves, or local, a plug-in"
        raise UsageError(message)


def _service(model: str, endpoint: str, asking: Mapping[str, Any]) -> Service:
    """Share *asking* out among whom is asked, how hard, and for how much."""
    given = {"name" if key == "called" else key: value for key, value in asking.items()}
    taken: dict[type[Struct], dict[str, Any]] = {kind: {} for kind in (Endpoint, Limits, Service)}
    for key, value in given.items():
        kind = next((kind for kind in taken if key in kind.__struct_fields__), None)
        if kind is None or key in {"model", "url", "endpoint", "limits"}:
            known = [*Endpoint.__struct_fields__[2:], *Limits.__struct_fields__, *Service.__struct_fields__[2:]]
            raise UsageError(f"there is no option {key!r}", hint=f"there are {', '.join(known)}")
        taken[kind][key] = Path(value) if key == "cache" and value is not None else value
    return Service(
        endpoint=Endpoint(model=model, url=endpoint, **taken[Endpoint]),
        limits=Limits(**taken[Limits]),
        **taken[Service],
    )


def _listed(inputs: Inputs) -> list[str]:
    return [str(inputs)] if isinstance(inputs, str | Path) else [str(each) for each in inputs]
