"""What is asked, what comes back, and the ways in which it does not."""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

__all__ = ["Call", "Client", "NoAnswer", "Query", "Reply", "TryAgain"]


class Query(Protocol):
    """One call."""

    @property
    def about(self) -> str:
        """Name the question to people."""

    @property
    def request(self) -> Mapping[str, Any]:
        """What the endpoint gets, but for the model; it may be made anew each time."""

    @property
    def tokens(self) -> int:
        """An estimate of what goes in, for the price and the pace."""


class Call(Struct, frozen=True, kw_only=True):
    """A query that is all there."""

    about: str
    request: dict[str, Any]
    tokens: int


class Reply(Struct, frozen=True, kw_only=True):
    """What an endpoint said: *finish* is why it stopped, the tokens are as it counts them (``None``: it does not)."""

    text: str
    finish: str | None = None
    model: str | None = None
    fingerprint: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None


class TryAgain(Exception):  # noqa: N818  # what to do, not what is wrong
    """A call that may well succeed the next time; *after* is how many seconds the endpoint wants to be left alone."""

    def __init__(
        self, reason: str, *, after: float | None = None, unreachable: bool = False, paid: bool = False
    ) -> None:
        """Keep the *reason* as a sentence; nobody was there at all if *unreachable*; it may cost money if *paid*."""
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.unreachable = unreachable
        self.paid = paid


class NoAnswer(Exception):  # noqa: N818  # as above
    """A question that this endpoint does not answer, asked again or not."""

    def __init__(self, reason: str, *, paid: bool = False) -> None:
        """Keep the *reason* as a sentence; it may cost money if *paid*."""
        super().__init__(reason)
        self.reason = reason
        self.paid = paid


class Client(Protocol):
    """Someone who can be asked."""

    async def ask(self, request: Mapping[str, Any]) -> Reply:
        """Answer *request*; raise `TryAgain`, `NoAnswer`, or an `InstitError` where no question would be answered."""

    async def close(self) -> None:
        """Let go of connections."""
