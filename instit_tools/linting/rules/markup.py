"""Pieces of web pages in texts: tags and entities that stayed when a text was copied from one."""

import html
import re
from collections.abc import Iterator

from instit_tools.linting.base import Example, Finding, Fix, Rule
from instit_tools.linting.edits import Put
from instit_tools.linting.fixes import without_text
from instit_tools.linting.view import Said, View

FAMILY = "text"

MARKUP = Rule(
    code="text-markup",
    severity="warning",
    summary="a piece of a web page in a text: <br>, &nbsp;, a tag cut off at the end",
    why="The text was copied from a page, or a model wrote one. Another model learns to write tags in its captions; a "
    "tag that is cut off at the end shows that more than the text was copied.",
    example=Example(
        on="image",
        bad='{"image_level_caption": "[1] on [2]. <h5 style=\\"margin: 0\\""}',
        good='{"image_level_caption": "[1] on [2]."}',
    ),
    unsafe="takes tags away and writes entities as their characters. Not safe: a text may be about tags.",
)
RULES = (MARKUP,)

_TAG = re.compile(
    r"<!--.{0,200}?-->|</?(?:a|article|b|blockquote|body|br|center|code|div|em|font|footer|h[1-6]|head|header|hr|html|i|li|link|"
    r"main|meta|nav|ol|p|pre|script|section|small|span|strong|style|sub|sup|table|tbody|td|th|thead|title|tr|u|ul)"
    r"(?:\s+[a-z-]+\s*=[^<>\n]*(?:>|$)|\s*/?>)",
    re.IGNORECASE | re.MULTILINE,
)
_OPENS = re.compile(r"<[a-zA-Z/!]")
_SHOWN = 40
_ENTITY = re.compile(r"&(?:nbsp|amp|lt|gt|quot|apos|#[0-9]{2,5}|#x[0-9a-f]{2,5});", re.IGNORECASE)


def check(view: View) -> Iterator[Finding]:
    """Look for both in all texts at once, and closer where there is something."""
    joined = view.joined
    tags, entities = _OPENS.search(joined) and _TAG.search(joined), "&" in joined and _ENTITY.search(joined)
    if not tags and not entities:
        return
    for said in view.texts:
        if found := _TAG.search(said.text) or _ENTITY.search(said.text):
            message = f"a piece of a web page: {found[0] if len(found[0]) <= _SHOWN else found[0][:_SHOWN] + '...'}"
            yield Finding(code=MARKUP.code, path=said.path, message=message, fix=_fix(view, said))


def _fix(view: View, said: Said) -> Fix:
    text = _ENTITY.sub(lambda match: html.unescape(match[0]), _TAG.sub(" ", said.text))
    text = re.sub(r"[ \u00a0]{2,}", " ", text).replace("\u00a0", " ").strip()
    return Fix(edits=(Put(path=said.path, value=text),)) if text else without_text(view, said)
