"""Spelling out what an output cannot hold, or what it would take for more than text."""

import re

__all__ = ["harmless", "printable"]

_SURROGATE = re.compile("[\ud800-\udfff]")
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BYTES = range(0xDC80, 0xDD00)
"""What stands for the bytes of a file name that are no UTF-8."""


def printable(text: str) -> str:
    r"""Spell out what is no Unicode, which neither JSON nor UTF-8 can hold: bytes of a file name, halves of characters.

    >>> print(printable("caf\udce9.json, a cat \U0001f408"))
    caf\xe9.json, a cat \U0001f408
    """
    return _SURROGATE.sub(lambda match: _spelled(match[0]), text)


def harmless(text: str, *, keep: str = "") -> str:
    r"""Spell out also what would break or reorder a line or command a terminal, except for what to *keep*.

    >>> print(harmless("one\ntwo\x1b[31m\udcff"))
    one\ntwo\x1b[31m\xff
    """
    return _HIDDEN.sub(lambda match: match[0] if match[0] in keep else _spelled(match[0]), text)


def _spelled(character: str) -> str:
    return f"\\x{ord(character) - 0xDC00:02x}" if ord(character) in _BYTES else ascii(character)[1:-1]
