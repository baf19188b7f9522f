"""What calls cost, and when enough was spent."""

from math import isfinite

from msgspec import Struct

from instit_tools.bench.asking.base import Query, Reply
from instit_tools.bench.asking.bell import Bell
from instit_tools.bench.forms import JUDGE
from instit_tools.errors import UsageError

__all__ = ["Budget", "Price", "price_of"]

_PER = 1_000_000
_KNOWN = {JUDGE: (2.5, 10.0)}
"""US dollars for a million tokens in and out: OpenAI's list price of the paper's judge, seen in November 2026."""
_LETTERS_A_TOKEN = 4
"""A usual estimate for English; the endpoint counts itself, and what it counted is what is reported."""


class Price(Struct, frozen=True):
    """US dollars for a million tokens in and a million out."""

    tokens_in: float
    tokens_out: float

    def of(self, tokens_in: float, tokens_out: float) -> float:
        """Give the price of so many tokens."""
        return (self.tokens_in * tokens_in + self.tokens_out * tokens_out) / _PER


def price_of(model: str, given: tuple[float, float] | None) -> Price | None:
    """Give the price of *model*: as *given*, or as it is known, or ``None``.

    Raises `UsageError` for a price below zero, or without an end.
    """
    found = given or _KNOWN.get(model)
    if found and not all(isfinite(each) and each >= 0 for each in found):
        message = f"--price {found[0]:g} {found[1]:g}: a price is a number of dollars"
        raise UsageError(message, hint="--price 2.50 10.00 is dollars for a million tokens in, and out")
    return Price(*found) if found else None


def estimated(letters: int) -> int:
    """Estimate the tokens of so many characters."""
    return -(-letters // _LETTERS_A_TOKEN)


class Budget:
    """What was spent and may be spent; what is in flight is set aside."""

    def __init__(self, limit: float | None, price: Price | None, out: int) -> None:
        """Allow *limit* US dollars; *out* is how many tokens an answer is expected to have.

        Raises `UsageError` for a limit without a price, or that is no amount.
        """
        if limit is not None and not (isfinite(limit) and limit >= 0):
            raise UsageError(f"--budget {limit:g} is no amount of dollars")
        if limit is not None and price is None:
            message = f"--budget {limit:g} needs a price, and that of this model is not known"
            raise UsageError(message, hint="--price 2.50 10.00 is dollars for a million tokens in, and out")
        self._limit, self._price, self._out = limit, price, out
        self._aside = self.spent = 0.0
        self._going = 0
        self._settled = Bell()
        self.tokens_in = self.tokens_out = self.calls = 0

    def expected(self, query: Query) -> float:
        """Estimate what *query* costs."""
        return self._price.of(query.tokens, self._out) if self._price else 0.0

    def take(self, query: Query) -> bool:
        """Set aside what *query* may cost; ``False`` where that is more than is left."""
        cost = self.expected(query)
        if self._limit is not None and self.spent + self._aside + cost > self._limit:
            return False
        self._aside += cost
        self._going += 1
        return True

    async def taken(self, query: Query) -> bool:
        """Do as `take`, but wait for what is set aside for others, as long as some of it may be left over."""
        while not self.take(query):
            if self._limit is None or self.spent + self.expected(query) > self._limit:
                return False
            await self._settled.wait()
        return True

    def settle(self, query: Query, reply: Reply | None, *, paid: bool = False) -> None:
        """Count what *query* did cost: nothing without a *reply*, or its estimate if it may have been *paid*."""
        expected = self.expected(query)
        self._going -= 1
        self._aside = self._aside - expected if self._going else 0.0  # exactly, or one who waits would wait for ever
        self._settled.ring()
        if reply is None:
            self.spent += expected * paid
            return
        tokens_in = query.tokens if reply.tokens_in is None else reply.tokens_in
        tokens_out = estimated(len(reply.text)) if reply.tokens_out is None else reply.tokens_out
        self.calls += 1
        self.tokens_in += tokens_in
        self.tokens_out += tokens_out
        self.spent += self._price.of(tokens_in, tokens_out) if self._price else 0.0
