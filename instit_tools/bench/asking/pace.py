"""How hard an endpoint is pushed, and the pace that keeps to it: evenly, so that no minute has more than its share."""

from typing import Any

from msgspec import Struct

__all__ = ["Limits", "Pace"]


class Limits(Struct, frozen=True, kw_only=True):
    """How hard an endpoint is pushed: calls at once, calls for a question at most, calls and tokens a minute."""

    concurrency: int = 8
    attempts: int = 6
    requests_a_minute: int | None = None
    tokens_a_minute: int | None = None


class Pace:
    """Lets so many calls and tokens a minute through, one call after the other."""

    def __init__(self, limits: Limits, most: int) -> None:
        """Keep to *limits*; no call has more than *most* tokens."""
        self._most = max(most, 1)
        self._calls = _limiter(limits.requests_a_minute, 1)
        self._tokens = _limiter(limits.tokens_a_minute, self._most)

    async def wait(self, tokens: int) -> None:
        """Wait until a call of so many *tokens* may go."""
        if self._calls:
            await self._calls.acquire()
        if self._tokens:
            await self._tokens.acquire(min(tokens, self._most))


def _limiter(a_minute: int | None, at_once: int) -> Any:  # noqa: ANN401  # of a library that only asking needs
    if a_minute is None:
        return None
    import aiolimiter

    return aiolimiter.AsyncLimiter(at_once, 60 * at_once / a_minute)
