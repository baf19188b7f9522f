"""Whom to ask, how hard and for how much; what that would come to, and what it came to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from instit_tools.bench.asking.base import Client, Query
from instit_tools.bench.asking.cache import Cache, default_folder
from instit_tools.bench.asking.endpoint import Endpoint
from instit_tools.bench.asking.money import Budget, Price, price_of
from instit_tools.bench.asking.pace import Limits
from instit_tools.bench.asking.run import Asking, Meter

__all__ = ["Plan", "Service", "Spent", "planned", "spent"]


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

    @property
    def priced(self) -> Price | None:
        """Give the price, as it was said or is known of the model."""
        return price_of(self.endpoint.model, self.price)

    @contextmanager
    def asking(
        self, make_client: Callable[[], Client], who: str, tokens_out: int, meter: Meter | None
    ) -> Iterator[Asking]:
        """Open the cache and the purse; an answer of *who* is expected to have *tokens_out* tokens.

        Raises `UsageError` for a budget without a price, `OutputError` where the cache cannot be opened.
        """
        budget = Budget(self.budget, self.priced, tokens_out)
        with Cache(self.folder) as cache:
            yield Asking(
                make_client=make_client,
                cache=cache,
                budget=budget,
                limits=self.limits,
                who=who,
                fresh=self.fresh,
                meter=meter,
            )


class Plan(Struct, frozen=True, kw_only=True):
    """What a run would ask: questions, those answered before, and for the rest tokens and US dollars, estimated."""

    questions: int
    known: int
    tokens_in: int
    tokens_out: int
    dollars: float | None


class Spent(Struct, frozen=True, kw_only=True):
    """What a run did cost: calls that came back, tokens, US dollars where the price is known; *cached* cost nothing."""

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
    price = service.priced
    return Plan(
        questions=len(queries),
        known=sum(known),
        tokens_in=sum(left),
        tokens_out=tokens_out * len(left),
        dollars=None if price is None else price.of(sum(left), tokens_out * len(left)),
    )


def spent(service: Service, budget: Budget, cached: int) -> Spent:
    """Say what a run came to."""
    return Spent(
        calls=budget.calls,
        tokens_in=budget.tokens_in,
        tokens_out=budget.tokens_out,
        dollars=None if service.priced is None else budget.spent,
        cached=cached,
    )
