"""Whether asking on is of any use: an endpoint that answers nothing, or has fallen silent, is given up.

Nobody is given up while a question is under way whose answer may prove the contrary, and a reply counts when it is
there: how a run ends does not depend on whether failures come sooner than answers. That a question is refused is an
answer, too, as far as the endpoint goes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from instit_tools.bench.asking.bell import Bell
from instit_tools.errors import PlaceError

__all__ = ["FIRST", "Hope"]

FIRST = 8
"""Questions without an answer, from the first on, after which an endpoint is given up."""
_SILENT = 2
"""Rounds of questions in a row without any reply after which it is, whatever it did before."""


class Hope:
    """What was heard so far of the endpoint *who*, which is asked *concurrency* questions at once.

    It is given up where none of the *first* questions is answered.
    """

    def __init__(self, who: str, *, concurrency: int, first: int) -> None:
        self.replied = False
        self._who, self._first = who, first
        self._most = max(FIRST, _SILENT * concurrency)
        self._answered = False
        self._failed = self._silent = self._going = 0
        self._last = ""
        self._bell = Bell()

    @contextmanager
    def question(self) -> Iterator[None]:
        """Count a question as under way."""
        self._going += 1
        try:
            yield
        finally:
            self._going -= 1
            self._bell.ring()

    def hear(self) -> None:
        """Note a reply, whatever is in it."""
        self.replied = True
        self._silent = 0

    def answer(self) -> None:
        """Note a reply that is an answer, or says that there is none."""
        self.hear()
        self._answered = True
        self._bell.ring()

    def fail(self, reason: str) -> None:
        """Note a question that was asked in vain as often as may be."""
        self._failed += 1
        self._silent += 1
        self._last = reason

    async def go_on(self) -> None:
        """Return at once, or where asking seems of no use once something is heard; raise `PlaceError` if nothing is."""
        while error := self._lost():
            if not self._going:
                raise error
            await self._bell.wait()

    def _lost(self) -> PlaceError | None:
        if self._answered and self._silent >= self._most:
            message = f"{self._who}: no reply to {self._silent} questions in a row; the last: {self._last}"
            return PlaceError(message, hint="what was answered before is kept; the same command goes on")
        if not self._answered and self._failed >= self._first:
            message = f"{self._who}: none of {self._failed} questions was answered; the last: {self._last}"
            return PlaceError(message, hint="look at the endpoint, then run it again")
        return None
