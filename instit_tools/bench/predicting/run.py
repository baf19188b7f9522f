"""Asking a model all questions, and putting together what it said."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from instit_tools.bench.asking.base import Client, NoAnswer, Reply
from instit_tools.bench.asking.endpoint import EndpointClient
from instit_tools.bench.asking.run import Meter, Outcome, ask_all, run
from instit_tools.bench.asking.service import Plan, Spent, planned, spent
from instit_tools.bench.forms import SHORT
from instit_tools.bench.items import Item, read_items
from instit_tools.bench.predicting.files import Failure, Predicted, Ran
from instit_tools.bench.predicting.models import LocalClient, find, key_of
from instit_tools.bench.predicting.queries import queries
from instit_tools.bench.predicting.settings import Settings
from instit_tools.bench.prompts import Prompts, fingerprint
from instit_tools.bench.prompts import load as load_prompts
from instit_tools.bench.results import Given, given

__all__ = ["plan", "predict"]


def _text_of(reply: Reply) -> Reply:
    if not reply.text.strip():
        raise NoAnswer("the model said nothing")
    return reply


def plan(settings: Settings) -> Plan:
    """Say what `predict` would ask and cost; nobody is asked, but all pictures are read. Raises as it does."""
    items, prompts = _read(settings)
    asked = queries(settings, items, prompts)
    _, key = _client(settings)
    return planned(asked, settings.service, key, settings.service.endpoint.max_tokens or 0)


def predict(settings: Settings, *, meter: Meter | None = None) -> Predicted:
    """Ask all questions, those that were answered before from the cache.

    Raises `MediaError` for a picture that cannot be used, `AccessError` where the key is refused, `PlaceError` where
    nothing is answered at all, and an `InstitError` for anything else that the caller can mend.
    """
    items, prompts = _read(settings)
    service, files = settings.service, given(settings.items)
    asked, (make_client, key) = queries(settings, items, prompts), _client(settings)
    expected = service.endpoint.max_tokens or 0
    with service.asking(make_client, settings.called, expected, meter, key=key) as asking:
        outcomes = run(ask_all(asking, asked, _text_of))
    cost = spent(service, asking.budget, sum(outcome.cached for outcome in outcomes))
    if settings.local is not None:  # nobody counted tokens
        cost = msgspec.structs.replace(cost, tokens_in=0, tokens_out=0, dollars=None)
    found = list(zip(items, outcomes, strict=True))
    return _predicted(_ran(settings, prompts, files, found, sum(query.beyond for query in asked)), found, cost)


def _client(settings: Settings) -> tuple[Callable[[], Client], Callable[[Mapping[str, Any]], str]]:
    """Give what makes the client, once anything is left to ask, and what names a request."""
    endpoint = settings.service.endpoint
    if settings.local is None:
        return lambda: EndpointClient(endpoint), endpoint.key
    plugin = find(settings.local)
    identity = f"{settings.identity} {plugin.version}"
    return lambda: LocalClient(plugin.make(settings.options)), partial(key_of, identity)


def _read(settings: Settings) -> tuple[list[Item], Prompts]:
    items = sorted(read_items(settings.items), key=lambda item: (item.split, item.form, item.id))
    return items[: settings.limit], load_prompts(settings.prompts)


def _predicted(ran: Ran, found: Sequence[tuple[Item, Outcome[Reply]]], cost: Spent) -> Predicted:
    failures = [
        Failure(question_id=item.id, split=item.split, form=item.form, failure=outcome.failure or "")
        for item, outcome in found
        if outcome.value is None
    ]
    texts = [(item, outcome.value.text.strip()) for item, outcome in found if outcome.value is not None]
    return Predicted(ran=ran, answers=tuple(texts), failures=tuple(failures), spent=cost)


def _ran(
    settings: Settings,
    prompts: Prompts,
    files: tuple[Given, ...],
    found: Sequence[tuple[Item, Outcome[Reply]]],
    beyond: int,
) -> Ran:
    replies = [outcome.value for _, outcome in found if outcome.value is not None]
    models = sorted(reply.model for reply in replies if reply.model)
    return Ran(
        model=settings.called,
        plugin=settings.local,
        options=settings.options,
        parameters=settings.service.endpoint.parameters() if settings.local is None else {},
        prompts_from=prompts.name,
        prompts=_prompts(prompts, [item for item, _ in found]),
        marks=settings.marks,
        max_frames=settings.max_frames,
        max_side=settings.max_side,
        labels=settings.labels,
        items=files,
        models={name: models.count(name) for name in dict.fromkeys(models)},
        questions=len(found),
        answered=len(replies),
        failed=len(found) - len(replies),
        cut=sum(reply.finish == "length" for reply in replies),
        beyond=beyond,
    )


def _prompts(prompts: Prompts, items: Sequence[Item]) -> dict[str, str]:
    """Give the sha256 of each prompt that was used, with nothing in the place of the question."""
    used = {(item.split, item.form) for item in items}
    blank = {"multiple-choice": dict.fromkeys("ABCD", ""), "open-ended": {}}
    return {
        f"{split}_{SHORT[form]}": fingerprint(prompts.ask(split, form, "", blank[form])) for split, form in sorted(used)
    }
