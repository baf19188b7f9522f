"""Waiting for others to get on, without looking again and again."""

import asyncio

__all__ = ["Bell"]


class Bell:
    """Wakes everybody who waits each time that it rings."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def ring(self) -> None:
        """Wake all who wait now."""
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self) -> None:
        """Wait until it rings the next time."""
        await self._next.wait()
