"""What `instit_tools.bench` offers to Python: the commands as functions that return values.

Files are named as on the command line: a path or several, folders, globs, addresses.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from instit_tools.bench import agreement, answers, comparing, exporting, standings
from instit_tools.bench.frames import root_of
from instit_tools.bench.items import Item, read_items
from instit_tools.bench.judging import judge as judging
from instit_tools.bench.options import checked, one_of, service
from instit_tools.bench.predicting import run as predicting
from instit_tools.bench.predicting.files import FILES, write_predictions
from instit_tools.bench.predicting.settings import Settings
from instit_tools.bench.predictions import Missing
from instit_tools.bench.printed import Column
from instit_tools.bench.prompts import load
from instit_tools.bench.results import of_form
from instit_tools.bench.returned import JudgedAnswers, ScoredAnswers
from instit_tools.bench.scoring import Reader
from instit_tools.commit import refuse_to_replace
from instit_tools.errors import UsageError
from instit_tools.media.paths import Marks
from instit_tools.media.store import open_store
from instit_tools.source.find import find

if TYPE_CHECKING:
    from instit_tools.bench.agreement import Agreement
    from instit_tools.bench.comparison import Comparison
    from instit_tools.bench.exporting import Exported
    from instit_tools.bench.judging.reply import Format
    from instit_tools.bench.judging.run import Failures
    from instit_tools.bench.predicting.files import Predicted
    from instit_tools.bench.standings import Leaderboard

__all__ = ["Inputs", "agree", "compare", "export", "judge", "leaderboard", "predict", "questions", "score"]

Inputs = str | Path | Sequence[str | Path]
_Answers = ScoredAnswers | JudgedAnswers


def questions(inputs: Inputs) -> list[Item]:
    """Read the benchmark's questions; raise an `InstitError` for what is none."""
    return read_items(_listed(inputs))


def score(
    predictions: Inputs, items: Inputs = (), *, name: str | None = None, missing: Missing = "stop", seed: int = 0
) -> ScoredAnswers:
    """Score multiple-choice *predictions*, joined with the questions in *items* where they are given.

    >>> it.bench.score("video_mc_inference.json").score.splits[0].whole["strict"].of_all.mean  # doctest: +SKIP

    Raises an `InstitError` for anything that the caller can mend.
    """
    one_of("missing", missing, get_args(Missing))
    said = of_form(_listed(predictions), "multiple-choice")
    return ScoredAnswers(*answers.scored(said, _listed(items), name=name, missing=missing, seed=seed))


def judge(  # noqa: PLR0913  # what is judged, by whom, in which words
    predictions: Inputs,
    items: Inputs = (),
    *,
    model: str = judging.JUDGE,
    endpoint: str | None = None,
    name: str | None = None,
    prompts: str | Path | None = None,
    answer_format: "Format" = "schema",
    missing: Missing = "stop",
    failures: "Failures" = "leave-out",
    seed: int = 0,
    **asking: Any,  # noqa: ANN401  # the fields of Endpoint, Limits and Service
) -> JudgedAnswers:
    """Have open-ended *predictions* scored by *model* at *endpoint*; what was scored before comes from the cache.

    *asking* are the options of the command about whom it asks and how, under longer names: ``called`` (``--as``),
    ``requests_a_minute`` (``--rpm``), ``tokens_a_minute`` (``--tpm``), ``temperature``, ``sampling_seed``,
    ``max_tokens``, ``timeout``, ``key_variable``, ``concurrency``, ``attempts``, ``budget``, ``price``, ``cache``,
    ``fresh``. An answer without a score says why in its ``failure``. Raises an `InstitError` for anything that the
    caller can mend; what was answered until then is kept.
    """
    given = {
        "predictions": of_form(_listed(predictions), "open-ended"),
        "items": _listed(items),
        "name": name,
        "service": service(model, endpoint, asking),
        "prompts": prompts,
        "answer_format": answer_format,
        "missing": missing,
        "failures": failures,
        "seed": seed,
    }
    return JudgedAnswers(*judging.judge(checked(judging.Settings, given)))


def predict(  # noqa: PLR0913  # what is asked about which pictures, of whom
    items: Inputs,
    *,
    model: str | None = None,
    endpoint: str | None = None,
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
    overwrite: bool = False,
    **asking: Any,  # noqa: ANN401  # the fields of Endpoint, Limits and Service
) -> "Predicted":
    """Ask *model* at *endpoint*, or the plug-in *local*, the questions in *items* about the pictures in *media*.

    With *out*, the published files of predictions are written into that new folder. *asking* are those of `judge`,
    ``temperature`` 0 and ``max_tokens`` 128 unless said otherwise. A question without an answer is among ``failures``.
    Raises an `InstitError` for anything that the caller can mend; what was answered until then is kept.
    """
    if (model is None) == (local is None):
        raise UsageError("who is asked: model, a name that the endpoint serves, or local, a plug-in; one of the two")
    if out is not None:  # before anything is paid for
        refuse_to_replace(Path(out), frozenset(FILES) if overwrite else None)
    given = {
        "items": _listed(items),
        "service": service(model or "", endpoint, {"temperature": 0.0, "max_tokens": 128} | asking),
        "local": local,
        "options": dict(options or {}),
        "media": None if media is None else str(media),
        "marks": marks,
        "max_frames": max_frames,
        "max_side": max_side,
        "labels": labels,
        "prompts": prompts,
        "limit": limit,
    }
    found = predicting.predict(checked(Settings, given))
    if out is not None:
        write_predictions(Path(out), found, overwrite=overwrite)
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
    one_of("reader", reader, get_args(Reader))
    return comparing.compare(a, b, items=_listed(items), reader=reader, common=common, anyway=anyway, seed=seed)


def agree(a: str | Path, b: str | Path) -> "Agreement":
    """Set two judges of the same answers side by side: folders that ``bench judge`` wrote.

    Raises an `InstitError` where they did not judge the same.
    """
    return agreement.agree(a, b)


def leaderboard(
    results: "str | Path | _Answers | Iterable[str | Path | _Answers]" = (), *, sort: Column | None = None
) -> "Leaderboard":
    """Set *results* beside the published table: what `score` and `judge` gave back, or folders that they wrote.

    ``leaderboard().frame()`` is a polars table, ``figure()`` a plot. Raises an `InstitError` for what is no result.
    """
    one_of("sort", sort, get_args(Column))
    each = [results] if isinstance(results, str | Path | ScoredAnswers | JudgedAnswers) else results
    return standings.table(
        [one.headlines if isinstance(one, ScoredAnswers | JudgedAnswers) else one for one in each], sort=sort
    )


def export(  # noqa: PLR0913  # what the command takes
    items: Inputs,
    out: str | Path,
    *,
    harness: str,
    media: str | Path | None = None,
    marks: Marks = "vpt",
    copy: bool = False,
    prompts: str | Path | None = None,
    overwrite: bool = False,
) -> "Exported":
    """Write the questions in *items* as a task of *harness* (``lmms-eval``, ``vlmevalkit``) into the folder *out*.

    Pictures in the folder *media* are named, unless they are to be copied as all others are. Raises an `InstitError`
    for anything that the caller can mend; nothing is written then.
    """
    one_of("marks", marks, get_args(Marks))
    named = _listed(items)
    root = str(media) if media is not None else root_of(find(named))
    return exporting.export(
        read_items(named),
        open_store(root) if root else None,
        out,
        harness=harness,
        root=None if copy else root,
        marks=marks,
        prompts=load(None if prompts is None else Path(prompts)),
        overwrite=overwrite,
    )


def _listed(inputs: Inputs) -> list[str]:
    return [str(inputs)] if isinstance(inputs, str | Path) else [str(each) for each in inputs]
