"""Many questions at once, with patience: retries that wait longer each time, a pace, a budget, and a memory.

Every question ends as an answer or as a reason why there is none; a failure is not remembered, so the next run asks it
again. An endpoint that answers nothing at all is given up after a few questions: it is the wrong address, not bad luck.
So is one that has stopped to reply, rather than that every question left waits for it in vain.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from instit_tools.bench.asking.base import Client, NoAnswer, Query, Reply, TryAgain
from instit_tools.bench.asking.cache import Cache
from instit_tools.bench.asking.money import Budget
from instit_tools.bench.asking.pace import Limits, Pace
from instit_tools.errors import InstitError, PlaceError, UsageError

__all__ = ["NOT_ASKED", "Asking", "Limits", "Meter", "Outcome", "ask_all", "run"]

T = TypeVar("T")
NOT_ASKED = "not asked: the budget is spent"
_HOPELESS = 8
"""Questions without an answer, from the first on, after which an endpoint is given up."""
_SILENT = 2
"""Rounds of questions in a row without any reply after which it is, whatever it did before."""
_UNREACHABLE = 3
_FIRST, _LONGEST = 0.5, 60.0
"""Seconds that the first wait and any other take at most."""


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
        return asyncio.run(_quietly(work))
    going: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []

    async def noted() -> T:
        task = asyncio.current_task()
        if task:
            going.append((task.get_loop(), task))
        return await work

    with ThreadPoolExecutor(1) as pool:
        try:
            return pool.submit(asyncio.run, noted()).result()
        except BaseException:  # the cell was interrupted, which the thread does not notice by itself
            for loop, task in going:
                with suppress(RuntimeError):  # it had ended
                    loop.call_soon_threadsafe(task.cancel)
            raise


async def _quietly(work: Coroutine[Any, Any, T]) -> T:
    """Do *work*, without what asyncio writes of tasks that a signal has ended: whoever sent it knows."""

    def told(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), KeyboardInterrupt):
            loop.default_exception_handler(context)

    asyncio.get_running_loop().set_exception_handler(told)
    return await work


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
        self._answered = self._failed = self._silent = 0
        self._hopeless = _HOPELESS

    async def all(self, queries: Sequence[Query]) -> list[Outcome[T]]:
        keys = [self._client.key(query.request) for query in queries]
        outcomes: list[Outcome[T] | None] = [self._remembered(key) for key in keys]
        left = [number for number, outcome in enumerate(outcomes) if outcome is None]
        if len(left) == len(queries):
            self._hopeless = min(_HOPELESS, len(left))
        if self._asking.meter:
            self._asking.meter.start(len(queries), done=len(queries) - len(left), unit="records")
        self._pace = Pace(self._asking.limits, max((queries[number].tokens for number in left), default=1))
        numbers = iter(left)

        async def work() -> None:
            for number in numbers:
                outcomes[number] = await self._one(queries[number], keys[number])
                if self._asking.meter:
                    self._asking.meter.advance(0, records=1)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._asking.limits.concurrency, len(left))):
                    group.create_task(work())
        except* InstitError as errors:
            raise errors.exceptions[0] from None
        return [outcome for outcome in outcomes if outcome is not None]

    def _remembered(self, key: str) -> Outcome[T] | None:
        reply = None if self._asking.fresh else self._asking.cache.get(key)
        if reply is None:
            return None
        try:
            return Outcome(value=self._read(reply), reply=reply, cached=True)
        except (TryAgain, NoAnswer):  # as an older version may have read it
            return None

    async def _one(self, query: Query, key: str) -> Outcome[T]:
        try:
            value, reply = await self._patiently(query, key)
        except _Spent:
            return Outcome(failure=NOT_ASKED)
        except (TryAgain, NoAnswer) as error:
            self._failed += 1
            self._silent = self._silent + 1 if isinstance(error, TryAgain) else 0
            self._give_up(error.reason)
            return Outcome(failure=error.reason)
        self._answered += 1
        return Outcome(value=value, reply=reply)

    def _give_up(self, reason: str) -> None:
        """Raise `PlaceError` where asking on is of no use."""
        silent = self._silent >= max(_HOPELESS, _SILENT * self._asking.limits.concurrency)
        if silent and self._answered:
            message = f"{self._asking.who}: no reply to {self._silent} questions in a row; the last: {reason}"
            raise PlaceError(message, hint="what was answered before is kept; the same command goes on")
        if not self._answered and self._failed >= self._hopeless:
            message = f"{self._asking.who}: none of {self._failed} questions was answered; the last: {reason}"
            raise PlaceError(message, hint="look at the endpoint, then run it again")

    async def _patiently(self, query: Query, key: str) -> tuple[T, Reply]:
        """Ask until there is an answer, waiting longer each time."""
        tenacity = _tenacity()
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(TryAgain),
            stop=self._enough,
            wait=_Wait(),
            reraise=True,
        )
        found: tuple[T, Reply] = await retrying(self._once, query, key)
        return found

    def _enough(self, state: Any) -> bool:  # noqa: ANN401  # tenacity's
        error = state.outcome.exception()
        never = isinstance(error, TryAgain) and error.unreachable and not self._answered
        most = self._asking.limits.attempts
        return bool(state.attempt_number >= (min(_UNREACHABLE, most) if never else most))

    async def _once(self, query: Query, key: str) -> tuple[T, Reply]:
        budget = self._asking.budget
        if not budget.take(query):
            raise _Spent
        reply, paid = None, False
        try:
            await self._pace.wait(query.tokens)
            reply = await self._client.ask(query.request)
        except (TryAgain, NoAnswer) as error:
            paid = error.paid
            raise
        finally:
            budget.settle(query, reply, paid=paid)
        self._silent = 0
        value = self._read(reply)
        await self._asking.cache.put(key, reply, about=query.about, who=self._asking.who)
        return value, reply


class _Spent(Exception):  # noqa: N818  # no error: the user said so
    """The budget does not allow another call."""


class _Wait:
    """Seconds until the next attempt: what the endpoint asks for, and at random up to twice as long each time."""

    def __init__(self) -> None:
        self._random = _tenacity().wait_random_exponential(multiplier=_FIRST, max=_LONGEST)

    def __call__(self, state: Any) -> float:  # noqa: ANN401  # tenacity's
        error = state.outcome.exception()
        asked = error.after if isinstance(error, TryAgain) else None
        return float(self._random(state)) + (asked or 0.0)


def _tenacity() -> Any:  # noqa: ANN401  # as above
    try:
        import tenacity
    except ImportError as error:
        message = "asking a model needs the library tenacity, which is not installed"
        raise UsageError(message, hint="pip install 'instit-tools[openai]'") from error
    return tenacity
