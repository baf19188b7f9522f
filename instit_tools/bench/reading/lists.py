"""Several letters in one place: a list such as "B or C", which is no answer, and a list of all options."""

import re
from collections.abc import Iterator, Sequence

from instit_tools.bench.reading.cues import points_at
from instit_tools.bench.reading.letters import Token, ends_clause, leads_clause

__all__ = ["enumerated", "lists"]

_AND = re.compile(
    r"\s*(?:[,/&+;、]\s*)?(?:(?:or|and|und|oder|ou|et|as well as|或者?|和)\W*)?"
    r"(?:(?:the\s+)?(?:option|choice|answer)\W+)?",
    re.IGNORECASE,
)
_AND_LATER = re.compile(r"[^.!?\n]{0,30}\band\s+", re.IGNORECASE)
_OWN_VERB = re.compile(r"\s+(?:is|was|are|isn|can|could|does|has|would|says|shows|describes|fails|because|since)\b")


def lists(found: Sequence[Token], text: str) -> Iterator[list[Token]]:
    """Put letters together that stand in one list, such as "B or C"."""
    group: list[Token] = []
    for token in found:
        if group and not _goes_on(text[group[-1].stop : token.start], token):
            yield group
            group = []
        group.append(token)
    if group:
        yield group


def _goes_on(between: str, token: Token) -> bool:
    """Say whether *token* goes on with a list, where *between* stands between it and the letter before."""
    if _OWN_VERB.match(token.after) or not ends_clause(token):
        return False
    listed = _AND.fullmatch(between) and (token.dressed or between.strip())
    return bool(listed or _AND_LATER.fullmatch(between))


_FEWEST = 3
"""Letters with a dot or bracket behind them that make a list of options wherever they stand; fewer are answers."""
_MARK = re.compile(r"[.):]")
_SAYS = re.compile(r"\w|✓|✗")
_RIGHT = re.compile(r"✓|✔|✅|☑|\bcorrect\b", re.IGNORECASE)
_WRONG = re.compile(r"✗|✘|❌|×|\b(?:not|no|wrong|incorrect|false)\b|n't", re.IGNORECASE)


def enumerated(found: Sequence[Token], text: str) -> tuple[list[Token], str | None]:
    """Leave out the letters of a list of all options; and give the one of them that alone is called right there."""
    items = _items(found)
    stops = [token.start for token in items[1:]] + [len(text)]
    said = {token: text[token.stop : stop].partition("\n")[0] for token, stop in zip(items, stops, strict=False)}
    right = [token.letter for token, item in said.items() if _RIGHT.search(item) and not _WRONG.search(item)]
    others = [token for token in found if token not in said]
    return others, right[0] if len(right) == 1 else None


def _items(found: Sequence[Token]) -> list[Token]:
    items = [token for token in found if _is_item(token)]
    if len({token.letter for token in items}) >= _FEWEST:
        return items
    lines = [token for token in items if leads_clause(token)]
    return lines if len({token.letter for token in lines}) > 1 else []


def _is_item(token: Token) -> bool:
    marked = (token.closed and not token.dressed) or _MARK.match(token.after) is not None
    return marked and _SAYS.search(token.after) is not None and not points_at(token.before)
