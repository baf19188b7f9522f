"""How much a compressed annotation file may unpack to: what is more is refused before it fills a disk or a memory.

Texts and masks take a tenth of their size or more when they are packed, a bomb a thousandth.
"""

from msgspec import Struct

from instit_tools.errors import SourceError

__all__ = ["DEFAULT", "Unpacking"]

_TIMES = 100
_ANY = 64 << 20
"""Bytes that any file may unpack to, however small it is."""


class Unpacking(Struct, frozen=True):
    """The most bytes that one file may unpack to; ``None`` for 100 times its own, and 64 MiB at least."""

    limit: int | None = None

    def most(self, size: int) -> int:
        """Give the bytes that a file of *size* bytes may unpack to."""
        return max(_ANY, _TIMES * size) if self.limit is None else self.limit

    def too_much(self, name: str, size: int, unpacked: int | None = None) -> SourceError:
        """Say that the file *name* of *size* bytes unpacks to more than it may, to *unpacked* where that is known."""
        to = f"more than {self.most(size):,}" if unpacked is None else f"{unpacked:,}, more than {self.most(size):,}"
        reason = ": annotations never do" if self.limit is None else ""
        message = f"{name} has {size:,} bytes and unpacks to {to}{reason}"
        return SourceError(message, hint="--max-unpacked SIZE sets another limit")


DEFAULT = Unpacking()
"""What holds where nobody says otherwise."""
