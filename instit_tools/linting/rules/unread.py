"""What looks like a reference and is none: ``[1 and 2]``, ``< 3 >``, ``[ID 4]``, a bracket that is never closed."""

import re
from collections.abc import Iterator

from instit_tools.linting.base import Example, Finding, Rule
from instit_tools.linting.view import View

FAMILY = "references"

UNREAD = Rule(
    code="reference-unread",
    severity="warning",
    summary="what looks like a reference and is none: [1 and 2], < 3 >, [ID 4], [5",
    why="People see what is meant; programs that look for [1] and <3> see nothing, so the text counts as speaking of "
    "no instance or frame, and its numbers stay when ids and frames are renumbered. Only a person can say what is "
    "meant, so there is no repair.",
    example=Example(
        on="image",
        bad='{"image_level_caption": "[1 and 2] match."}',
        good='{"image_level_caption": "[1] [2] match."}',
    ),
)
RULES = (UNREAD,)

_NUMBER, _REST = r"[0-9]{1,3}", r"[^][<>\n]{0,20}"
_AND = r"\s?(?:;|/|&|\+|\u2014|and|or|to)\s?"
_ODD = re.compile(
    rf"\[\s?{_NUMBER}(?>(?:\s?,\s?|\s?-\s?|\s){_NUMBER})*,?{_AND}{_NUMBER}{_REST}\]"
    rf"|\[\s?(?:id|instance|object)s?[\s:#]?\s?{_NUMBER}{_REST}\]"
    rf"|\[{_NUMBER}(?=\s[a-z]{{2}}[^][\n]*(?:\[|$))"
    rf"|<\s{_NUMBER}\s?>|<{_NUMBER}\s>|<{_NUMBER}(?:\s?,\s?|{_AND}){_NUMBER}{_REST}>"
    rf"|<(?:frame|time|timestamp|t)s?[\s:#=]?\s?{_NUMBER}\s?>"
    rf"|[\u3010\uff3b]\s?{_NUMBER}\s?[\u3011\uff3d]",
    re.IGNORECASE | re.MULTILINE,
)
_BRACKET, _ANGLE = re.compile(rf"\[(?!{_NUMBER}\])"), re.compile(rf"<(?!{_NUMBER}>)")
"""What opens anything but a plain reference; each alone is found ten times as fast as both in one."""


def check(view: View) -> Iterator[Finding]:
    """Look for any of them in all texts at once, and closer where there is one."""
    joined = view.joined
    unusual = _BRACKET.search(joined) or _ANGLE.search(joined) or "\u3010" in joined or "\uff3b" in joined
    if not unusual or not _ODD.search(joined):
        return
    for said in view.texts:
        for raw in dict.fromkeys(_ODD.findall(said.text)):
            yield Finding(code=UNREAD.code, path=said.path, message=f"{raw} is read as no reference")
