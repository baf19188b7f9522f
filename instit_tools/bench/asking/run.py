"""Many questions at once, with patience: retries that wait longer each time, a pace, a budget, and a memory.

Every question ends as an answer or as a reason why there is none; a failure is not remembered, so the next run asks it
again. Questions that are sent in the same words are one question. `hope` says when an endpoint is given up: it is the
wrong address, or has stopped to reply.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from instit_tools.bench.asking.base import Client, NoAnswer, Query, Reply, TryAgain
from instit_tools.bench.asking.cache import Cache
from instit_tools.bench.asking.hope import FIRST, Hope
from instit_tools.bench.asking.money import Budget
from instit_tools.bench.asking.pace import Limits, Pace
from instit_tools.errors import InstitError, UsageError

__all__ = ["NOT_ASKED", "Asking", "Limits", "Meter", "Outcome", "ask_all", "run"]

T = TypeVar("T")
NOT_ASKED = "not asked: the budget is spent"
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
    """Everything that asking needs; *who* is for the log, *fresh* asks again what was answered before.

    *key* names a request by everything that the answer depends on; *kept* counts the answers that were given and kept.
    """

    make_client: Callable[[], Client]
    key: Callable[[Mapping[str, Any]], str]
    cache: Cache
    budget: Budget
    limits: Limits
    who: str
    fresh: bool = False
    meter: Meter | None = None
    kept: int = 0


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
    """Ask all *queries*, each that differs once, and give what *read* makes of each reply, in order.

    *read* raises `TryAgain` for a reply that is no answer. Raises an `InstitError` where no question would be answered.
    """
    keys = [asking.key(query.request) for query in queries]
    rows = Counter(keys)
    found = {key: outcome for key in rows if (outcome := _remembered(asking, key, read)) is not None}
    if asking.meter:
        asking.meter.start(len(keys), done=sum(rows[key] for key in found), unit="records")
    left = {key: query for key, query in zip(keys, queries, strict=True) if key not in found}
    if left:
        found |= await _asked(asking, left, rows, read, first=FIRST if found else min(FIRST, len(left)))
    return [found[key] for key in keys]


def _remembered(asking: Asking, key: str, read: Callable[[Reply], T]) -> Outcome[T] | None:
    reply = None if asking.fresh else asking.cache.get(key)
    if reply is None:
        return None
    try:
        return Outcome(value=read(reply), reply=reply, cached=True)
    except (TryAgain, NoAnswer):  # as an older version may have read it
        return None


async def _asked(
    asking: Asking, queries: Mapping[str, Query], rows: Mapping[str, int], read: Callable[[Reply], T], *, first: int
) -> dict[str, Outcome[T]]:
    """Ask *queries*, each of which stands for so many *rows*; nobody is there to be asked before that."""
    client = asking.make_client()
    try:
        hope = Hope(asking.who, concurrency=asking.limits.concurrency, first=first)
        pace = Pace(asking.limits, max(query.tokens for query in queries.values()))
        return await _Run(asking, client, read, hope, pace).all(queries, rows)
    finally:
        await client.close()


class _Run(Generic[T]):
    """What asks: as many questions at once as may be, each until it ends."""

    def __init__(self, asking: Asking, client: Client, read: Callable[[Reply], T], hope: Hope, pace: Pace) -> None:
        self._asking, self._client, self._read, self._hope, self._pace = asking, client, read, hope, pace

    async def all(self, queries: Mapping[str, Query], rows: Mapping[str, int]) -> dict[str, Outcome[T]]:
        outcomes: dict[str, Outcome[T]] = {}
        keys = iter(queries)

        async def work() -> None:
            for key in keys:
                outcomes[key] = await self._one(queries[key], key)
                if self._asking.meter:
                    self._asking.meter.advance(0, records=rows[key])
                await self._hope.go_on()

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._asking.limits.concurrency, len(queries))):
                    group.create_task(work())
        except* InstitError as errors:
            raise errors.exceptions[0] from None
        return outcomes

    async def _one(self, query: Query, key: str) -> Outcome[T]:
        with self._hope.question():
            try:
                value, reply = await self._patiently(query, key)
            except _Spent as error:
                return Outcome(failure=str(error))
            except NoAnswer as error:
                self._hope.answer()
                return Outcome(failure=error.reason)
            except TryAgain as error:
                self._hope.fail(error.reason)
                return Outcome(failure=error.reason)
        return Outcome(value=value, reply=reply)

    async def _patiently(self, query: Query, key: str) -> tuple[T, Reply]:
        """Ask until there is an answer, waiting longer each time."""
        tenacity = _tenacity()
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(TryAgain),
            stop=self._enough,
            wait=_Wait(),
            reraise=True,
        )
        reasons: list[str] = []
        found: tuple[T, Reply] = await retrying(self._once, query, key, reasons)
        return found

    def _enough(self, state: Any) -> bool:  # noqa: ANN401  # tenacity's
        error = state.outcome.exception()
        never = isinstance(error, TryAgain) and error.unreachable and not self._hope.replied
        most = self._asking.limits.attempts
        return bool(state.attempt_number >= (min(_UNREACHABLE, most) if never else most))

    async def _once(self, query: Query, key: str, reasons: list[str]) -> tuple[T, Reply]:
        """Ask once; *reasons* are those of the attempts before, to which this one adds its own."""
        if not await self._asking.budget.taken(query):
            raise _Spent(f"the budget is spent after: {reasons[-1]}" if reasons else NOT_ASKED)
        try:
            reply = await self._reply(query)
            self._hope.hear()
            value = self._read(reply)
        except TryAgain as error:
            reasons.append(error.reason)
            raise
        self._hope.answer()  # before it is on the disk, which takes a while
        await self._asking.cache.put(key, reply, about=query.about, who=self._asking.who)
        self._asking.kept += 1
        return value, reply

    async def _reply(self, query: Query) -> Reply:
        """Get a reply to *query*, whose price is set aside; and count what it did cost."""
        reply, paid = None, False
        try:
            await self._pace.wait(query.tokens)
            reply = await self._client.ask(query.request)
        except (TryAgain, NoAnswer) as error:
            paid = error.paid
            raise
        finally:
            self._asking.budget.settle(query, reply, paid=paid)
        return reply


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
