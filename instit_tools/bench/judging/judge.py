"""From files of open-ended predictions to a judged result: what would be asked and cost, and the asking itself."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from instit_tools.bench.answers import Answers, answered
from instit_tools.bench.asking.base import Client
from instit_tools.bench.asking.endpoint import Endpoint, EndpointClient
from instit_tools.bench.asking.run import Meter
from instit_tools.bench.asking.service import Plan, Service, Spent, planned, spent
from instit_tools.bench.forms import JUDGE, LETTERS
from instit_tools.bench.judging.reply import EXPECTED, Format, query
from instit_tools.bench.judging.run import Failures, Judged, Scored, Told, judged, judged_answers
from instit_tools.bench.predictions import Missing
from instit_tools.bench.prompts import Prompts, load
from instit_tools.bench.results import given, stem
from instit_tools.errors import UsageError
from instit_tools.spelling_out import printable

__all__ = ["JUDGE", "Settings", "judge", "plan"]


class Settings(Struct, frozen=True, kw_only=True):
    """What is judged, by whom, in which words."""

    predictions: tuple[str, ...]
    items: tuple[str, ...] = ()
    name: str | None = None
    service: Service = Service(endpoint=Endpoint(model=JUDGE))
    prompts: Path | None = None
    answer_format: Format = "schema"
    missing: Missing = "stop"
    failures: Failures = "leave-out"
    seed: int = 0


def plan(settings: Settings) -> Plan:
    """Say what `judge` would ask and cost; nobody is asked. Raises as it does."""
    found, prompts = _read(settings)
    queries = [
        query(answer, prompts.judge(answer.split), settings.answer_format)
        for answer in found.answers
        if answer.prediction is not None
    ]
    return planned(queries, settings.service, settings.service.endpoint.key, EXPECTED)


def judge(
    settings: Settings, *, meter: Meter | None = None, make_client: Callable[[], Client] | None = None
) -> tuple[Judged, list[Scored], Spent]:
    """Have answers judged, those that were judged before from the cache.

    Raises `AccessError` where the key is refused, `PlaceError` where nothing is answered at all, and an `InstitError`
    for anything else that the caller can mend. What was answered until then is kept.
    """
    found, prompts = _read(settings)
    told = _told(settings, prompts, found)  # before anything is asked: files may change meanwhile
    service = settings.service
    maker = make_client or (lambda: EndpointClient(service.endpoint))
    with service.asking(maker, service.endpoint.called, EXPECTED, meter, key=service.endpoint.key) as asking:
        scores = judged_answers(found.answers, prompts, settings.answer_format, asking)
    cost = spent(service, asking.budget, sum(outcome is not None and outcome.cached for _, outcome in scores))
    return judged(scores, prompts, told), [score for score, _ in scores], cost


def _read(settings: Settings) -> tuple[Answers, Prompts]:
    found = answered(settings.predictions, settings.items, form="open-ended", missing=settings.missing)
    if found.answers and all(answer.truth in set(LETTERS) for answer in found.answers):
        message = f"{', '.join(settings.predictions)}: all right answers are letters: these are multiple-choice answers"
        raise UsageError(message, hint="letters need no judge: instit-tools bench score")
    prompts = load(settings.prompts)
    for split in dict.fromkeys(answer.split for answer in found.answers):
        prompts.judge(split)
    return found, prompts


def _told(settings: Settings, prompts: Prompts, found: Answers) -> Told:
    endpoint = settings.service.endpoint
    return Told(
        name=printable(settings.name or stem(settings.predictions)),
        judge=endpoint.called,
        prompts_from=prompts.name,
        answer_format=settings.answer_format,
        parameters=endpoint.parameters(),
        failures=settings.failures,
        predictions=given(settings.predictions),
        items=given(settings.items),
        left_out=found.left_out,
        seed=settings.seed,
    )
