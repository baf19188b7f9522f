"""Replies of a size that somebody meant: whoever sends gigabytes is not listened to."""

from collections.abc import AsyncIterator

import httpx2

__all__ = ["MOST", "TooLong", "bounded"]

MOST = 16 << 20
"""Bytes of a reply: no answer comes near it."""


class TooLong(Exception):  # noqa: N818  # what is the case; `endpoint` says what to do
    """A reply of more than `MOST` bytes."""


async def bounded(response: httpx2.Response) -> None:
    """Let *response* be read up to a size; what httpx calls once the headers are there."""
    assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101  # as in every client that is async
    response.stream = _Bounded(response.stream)


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST
        async for piece in self._stream:
            left -= len(piece)
            if left < 0:
                message = f"the reply is larger than {MOST >> 20} MB"
                raise TooLong(message)
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
