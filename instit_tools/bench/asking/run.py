"""Many questions at once, with patience: retries that wait longer each time, a pace, a budget, and a memory.

Every question ends as an answer or as a reason why there is none; a failure is not remembered, so the next run asks it
again. An endpoint that answers nothing at all is given up after a few questions: it is the wrong address, not bad luck.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from instit_tools.bench.asking.base import Client, NoAnswer, Query, Reply, TryAgain
from instit_tools.bench.asking.cache import Cache
from instit_tools.bench.asking.money import Budget
from instit_tools.errors import InstitError, PlaceError, UsageError

__all__ = ["NOT_ASKED", "Asking", "Limits", "Meter", "Outcome", "ask_all", "run"]

T = TypeVar("T")
NOT_ASKED = "not asked: the budget is spent"
_HOPELESS = 8
"""Questions in a row without an answer, from the first on, after which an endpoint is given up."""
_UNREACHABLE = 3
_LONGEST = 60.0


class Limits(Struct, frozen=True, kw_only=True):
    """How hard an endpoint is pushed: calls at once, calls for a question at most, calls and tokens a minute."""

    concurrency: int = 8
    attempts: int = 6
    requests_a_minute: int | None = None
    tokens_a_minute: int | None = None


class Outcome(Struct, Generic[T], frozen=True, kw_only=True):
    """The *value* that was read from the *reply*, or the reason of the *failure*; *cached* if nobody was asked."""

    value: T | None = None
    reply: Reply | None = None
    failure: str | None = None
    cached: bool = False


class Meter(Protocol):
    """Who is told of progress."""

    def start(self, total: int, *, done: int = 0, unit: str = "bytes") -> None:
        """Expect *total* units."""

    def advance(self, size: int, records: int = 0, shards: int = 0) -> None:
        """Count what is done."""


class Asking(Struct, kw_only=True):
    """Everything that asking needs; *who* is for the log, *fresh* asks again what was answered before."""

    make_client: Callable[[], Client]
    cache: Cache
    budget: Budget
    limits: Limits
    who: str
    fresh: bool = False
    meter: Meter | None = None


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run *work* to its end, also where an event loop is running already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def ask_all(asking: Asking, queries: Sequence[Query], read: Callable[[Reply], T]) -> list[Outcome[T]]:
    """Ask all *queries*, and give what *read* makes of each reply, in order.

    *read* raises `TryAgain` for a reply that is no answer. Raises an `InstitError` where no question would be answered.
    """
    client = asking.make_client()
    try:
        asked = _Run(asking, client, read)
        return await asked.all(queries)
    finally:
        await client.close()


class _Run(Generic[T]):
    """One run: what is left to ask, and how it went so far."""

    def __init__(self, asking: Asking, client: Client, read: Callable[[Reply], T]) -> None:
        self._asking, self._client, self._read = asking, client, read
        self._answered = self._failed = 0
        self._pace = _Pace(asking.limits)

    async def all(self, queries: Sequence[Query]) -> list[Outcome[T]]:
        outcomes: list[Outcome[T] | None] = [self._remembered(query) for query in queries]
        left = iter([number for number, outcome in enumerate(outcomes) if outcome is None])
        known = sum(outcome is not None for outcome in outcomes)
        if self._asking.meter:
            self._asking.meter.start(len(queries), done=known, unit="records")
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._asking.limits.concurrency, len(queries) - known)):
                    group.create_task(self._work(queries, left, outcomes))
        except* InstitError as errors:
            raise errors.exceptions[0] from None
        return [outcome for outcome in outcomes if outcome is not None]

    def _remembered(self, query: Query) -> Outcome[T] | None:
        reply = None if self._asking.fresh else self._asking.cache.get(self._client.key(query.request))
        if reply is None:
            return None
        try:
            return Outcome(value=self._read(reply), reply=reply, cached=True)
        except (TryAgain, NoAnswer):  # as an older version may have read it
            return None

    async def _work(self, queries: Sequence[Query], left: Iterator[int], outcomes: list[Outcome[T] | None]) -> None:
        for number in left:
            outcomes[number] = await self._one(queries[number])
            if self._asking.meter:
                self._asking.meter.advance(0, records=1)

    async def _one(self, query: Query) -> Outcome[T]:
        try:
            value, reply = await self._patiently(query)
        except _Spent:
            return Outcome(failure=NOT_ASKED)
        except (TryAgain, NoAnswer) as error:
            self._failed += 1
            if not self._answered and self._failed >= _HOPELESS:
                message = f"{self._asking.who}: none of {self._failed} questions was answered; the last: {error.reason}"
                raise PlaceError(message, hint="look at the endpoint, then run it again") from error
            return Outcome(failure=error.reason)
        self._answered += 1
        return Outcome(value=value, reply=reply)

    async def _patiently(self, query: Query) -> tuple[T, Reply]:
        """Ask until there is an answer, waiting longer each time."""
        tenacity = _tenacity()
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(TryAgain),
            stop=self._enough,
            wait=_Wait(),
            reraise=True,
        )
        found: tuple[T, Reply] = await retrying(self._once, query)
        return found

    def _enough(self, state: Any) -> bool:  # noqa: ANN401  # tenacity's
        error = state.outcome.exception()
        never = isinstance(error, TryAgain) and error.unreachable and not self._answered
        return bool(state.attempt_number >= (min(_UNREACHABLE, self._most) if never else self._most))

    @property
    def _most(self) -> int:
        return self._asking.limits.attempts

    async def _once(self, query: Query) -> tuple[T, Reply]:
        await self._pace.wait(query)
        budget = self._asking.budget
        if not budget.take(query):
            raise _Spent
        reply = None
        try:
            reply = await self._client.ask(query.request)
        finally:
            budget.settle(query, reply)
        value = self._read(reply)
        key = self._client.key(query.request)
        self._asking.cache.put(key, reply, about=query.about, who=self._asking.who)
        return value, reply


class _Spent(Exception):  # noqa: N818  # no error: the user said so
    """The budget does not allow another call."""


class _Wait:
    """Seconds until the next attempt: what the endpoint asks for, else at random up to twice as long each time."""

    def __init__(self) -> None:
        self._random = _tenacity().wait_random_exponential(multiplier=0.5, max=_LONGEST)

    def __call__(self, state: Any) -> float:  # noqa: ANN401  # tenacity's
        error = state.outcome.exception()
        asked = error.after if isinstance(error, TryAgain) else None
        return float(self._random(state)) if asked is None else float(asked)


class _Pace:
    """Lets so many calls and tokens a minute through."""

    def __init__(self, limits: Limits) -> None:
        self._calls = _limiter(limits.requests_a_minute)
        self._tokens = _limiter(limits.tokens_a_minute)

    async def wait(self, query: Query) -> None:
        if self._calls:
            await self._calls.acquire()
        if self._tokens:
            await self._tokens.acquire(min(query.tokens, self._tokens.max_rate))


def _limiter(most: int | None) -> Any:  # noqa: ANN401  # of a library that is there only where it is asked for
    if most is None:
        return None
    import aiolimiter

    return aiolimiter.AsyncLimiter(most, 60)


def _tenacity() -> Any:  # noqa: ANN401  # as above
    try:
        import tenacity
    except ImportError as error:
        message = "asking a model needs the library tenacity, which is not installed"
        raise UsageError(message, hint="pip install 'instit-tools[openai]'") from error
    return tenacity
