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
from instit_tools.errors import Interrupted

__all__ = ["Plan", "Service", "Spent", "planned", "spent"]


Key = Callable[[Mapping[str, Any]], str]


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
        self, make_client: Callable[[], Client], who: str, tokens_out: int, meter: Meter | None, *, key: Key
    ) -> Iterator[Asking]:
        """Open the cache and the purse; an answer of *who* is expected to have *tokens_out* tokens.

        The cache knows a request by its *key*. Raises `UsageError` for a budget without a price, `OutputError` where
        the cache cannot be opened, and `Interrupted`, which says what is kept, for a `KeyboardInterrupt` meanwhile.
        """
        budget = Budget(self.budget, self.priced, tokens_out)
        with Cache(self.folder) as cache:
            asking = Asking(
                make_client=make_client,
                key=key,
                cache=cache,
                budget=budget,
                limits=self.limits,
                who=who,
                fresh=self.fresh,
                meter=meter,
            )
            try:
                yield asking
            except KeyboardInterrupt as error:
                raise Interrupted(f"{_kept(asking.kept)} in {self.folder}; the same command goes on") from error


def _kept(answers: int) -> str:
    return f"{answers:,} answer{' of this run is' if answers == 1 else 's of this run are'} kept"


class Plan(Struct, frozen=True, kw_only=True):
    """What a run would ask: questions, those answered before, and for the rest tokens and US dollars, estimated.

    Questions that are sent in the same words are one.
    """

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


def planned(queries: Sequence[Query], service: Service, key: Key, tokens_out: int) -> Plan:
    """Say what asking *queries* would come to, with *tokens_out* expected of each.

    Raises as `Service.asking` does, and what the queries raise whose requests cannot be made.
    """
    Budget(service.budget, service.priced, tokens_out)
    with Cache(service.folder) as cache:
        tokens = dict(_sized(each, key) for each in queries)
        left = [size for name, size in tokens.items() if service.fresh or cache.get(name) is None]
    price = service.priced
    return Plan(
        questions=len(tokens),
        known=len(tokens) - len(left),
        tokens_in=sum(left),
        tokens_out=tokens_out * len(left),
        dollars=None if price is None else price.of(sum(left), tokens_out * len(left)),
    )


def _sized(query: Query, key: Key) -> tuple[str, int]:
    """Give the key of *query* and then its tokens, for pictures are counted once the request was made."""
    name = key(query.request)
    return name, query.tokens


def spent(service: Service, budget: Budget, cached: int) -> Spent:
    """Say what a run came to."""
    return Spent(
        calls=budget.calls,
        tokens_in=budget.tokens_in,
        tokens_out=budget.tokens_out,
        dollars=None if service.priced is None else budget.spent,
        cached=cached,
    )
