"""Texts whose characters were damaged on the way: replaced, or read in the wrong encoding."""

import re
from collections.abc import Iterator

from instit_tools.linting.base import Example, Finding, Fix, Rule
from instit_tools.linting.edits import Put
from instit_tools.linting.view import Said, View

FAMILY = "text"

REPLACEMENT = Rule(
    code="text-replacement",
    severity="error",
    summary="a replacement character, where another character was lost",
    why="U+FFFD stands where bytes could not be read as text; what stood there is gone, and a model learns the "
    "question mark in its place.",
    example=Example(
        on="image",
        bad='{"image_level_caption": "[1]\\ufffds on [2]."}',
        good='{"image_level_caption": "[1]\'s on [2]."}',
    ),
    unsafe="writes an apostrophe between two letters, and takes it away elsewhere. Not safe: it is a guess.",
)
MOJIBAKE = Rule(
    code="text-mojibake",
    severity="error",
    summary="UTF-8 that was read in another encoding",
    why="An apostrophe became three characters that nobody writes, which a tokenizer cuts into odd pieces.",
    example=Example(
        on="image",
        bad='{"image_level_caption": "[1] doesn\u00e2\u20ac\u2122t move."}',
        good='{"image_level_caption": "[1] doesn\u2019t move."}',
    ),
    safe="reads the bytes again in the right encoding, as ftfy finds it.",
)
RULES = (REPLACEMENT, MOJIBAKE)

_LETTERS = re.compile("(?<=[^\\W\\d_])\ufffd+(?=[^\\W\\d_])|(?<=\\])\ufffd+(?=s\\b)")
_SUSPECT = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
"""A lead byte of UTF-8 and a byte that may follow, both as Latin-1 or Windows-1252 has them."""


def check(view: View) -> Iterator[Finding]:
    """Look for both in all texts at once, and closer where there is something."""
    joined = view.joined
    replaced, suspect = "\ufffd" in joined, not joined.isascii() and _SUSPECT.search(joined)
    if not replaced and not suspect:
        return
    for said in view.texts:
        if "\ufffd" in said.text:
            text = _LETTERS.sub("'", said.text).replace("\ufffd", "")
            message = f"{said.text.count(chr(0xFFFD))} lost character(s), U+FFFD"
            yield Finding(code=REPLACEMENT.code, path=said.path, message=message, fix=_put(said, text, safe=False))
        if suspect and _SUSPECT.search(said.text):
            yield from _misread(said)


def _misread(said: Said) -> Iterator[Finding]:
    import ftfy

    text = ftfy.fix_encoding(said.text)
    if text != said.text:
        found = _SUSPECT.search(said.text)
        shown = found[0] if found else ""
        message = f"{shown!r} is UTF-8 read in another encoding"
        yield Finding(code=MOJIBAKE.code, path=said.path, message=message, fix=_put(said, text, safe=True))


def _put(said: Said, text: str, *, safe: bool) -> Fix:
    return Fix(safe=safe, edits=(Put(path=said.path, value=text),))
