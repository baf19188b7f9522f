"""From files of open-ended predictions to a judged result: what would be asked and cost, and the asking itself."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from instit_tools.bench.asking.base import Client, Query
from instit_tools.bench.asking.cache import Cache, default_folder
from instit_tools.bench.asking.endpoint import Endpoint, EndpointClient
from instit_tools.bench.asking.money import Budget, price_of
from instit_tools.bench.asking.pace import Limits
from instit_tools.bench.asking.run import Asking, Meter
from instit_tools.bench.forms import LETTERS
from instit_tools.bench.judging.reply import EXPECTED, Format, query
from instit_tools.bench.judging.run import Failures, Judged, Scored, Told, judged, judged_answers
from instit_tools.bench.predictions import Missing
from instit_tools.bench.prompts import Prompts, load
from instit_tools.bench.results import given, stem
from instit_tools.bench.score import Answers, answered
from instit_tools.errors import UsageError
from instit_tools.spelling_out import printable

__all__ = ["JUDGE", "Plan", "Service", "Settings", "Spent", "judge", "plan", "planned"]

JUDGE = "gpt-4o-2024-08-06"
"""The judge of the published numbers (``evaluate.py``)."""


class Service(Struct, frozen=True, kw_only=True):
    """Whom to ask, how hard, for how much, and where answers are kept; dollars, and dollars a million tokens."""

    endpoint: Endpoint
    limits: Limits = Limits()
    budget: float | None = None
    price: tuple[float, float] | None = None
    cache: Path | None = None
    fresh: bool = False

    @property
    def folder(self) -> Path:
        """Give the folder of the cache."""
        return self.cache or default_folder()


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


class Plan(Struct, frozen=True, kw_only=True):
    """What a run would ask: questions, those answered before, and for the rest tokens and US dollars, estimated."""

    questions: int
    known: int
    tokens_in: int
    tokens_out: int
    dollars: float | None


class Spent(Struct, frozen=True, kw_only=True):
    """What a run did cost: calls that came back, tokens, US dollars where the price is known."""

    calls: int
    tokens_in: int
    tokens_out: int
    dollars: float | None
    cached: int


def planned(
    queries: Sequence[Query], service: Service, key: Callable[[Mapping[str, Any]], str], tokens_out: int
) -> Plan:
    """Say what asking *queries* would come to, with *tokens_out* expected of each."""
    with Cache(service.folder) as cache:
        known = [not service.fresh and cache.get(key(each.request)) is not None for each in queries]
    left = [each.tokens for each, is_known in zip(queries, known, strict=True) if not is_known]
    price = price_of(service.endpoint.model, service.price)
    return Plan(
        questions=len(queries),
        known=sum(known),
        tokens_in=sum(left),
        tokens_out=tokens_out * len(left),
        dollars=None if price is None else price.of(sum(left), tokens_out * len(left)),
    )


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
    service = settings.service
    price = price_of(service.endpoint.model, service.price)
    budget = Budget(service.budget, price, EXPECTED)
    with Cache(service.folder) as cache:
        asking = Asking(
            make_client=make_client or (lambda: EndpointClient(service.endpoint)),
            cache=cache,
            budget=budget,
            limits=service.limits,
            who=service.endpoint.called,
            fresh=service.fresh,
            meter=meter,
        )
        scores = judged_answers(found.answers, prompts, settings.answer_format, asking)
    spent = Spent(
        calls=budget.calls,
        tokens_in=budget.tokens_in,
        tokens_out=budget.tokens_out,
        dollars=None if price is None else budget.spent,
        cached=sum(outcome is not None and outcome.cached for _, outcome in scores),
    )
    return judged(scores, prompts, _told(settings, prompts, found)), [score for score, _ in scores], spent


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
