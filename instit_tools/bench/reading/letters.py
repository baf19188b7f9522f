"""The letters that stand alone in a text, and which of them it commits to: by what is before and behind each.

Only the clause of a letter is looked at, and of a long one only what is near it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from instit_tools.bench.reading.cues import is_called_right, is_left_over, points_at
from instit_tools.bench.reading.denials import is_denied
from instit_tools.bench.reading.said import clauses, normal

__all__ = ["Token", "commits", "ends_clause", "leads_clause", "tokens"]


class Token(NamedTuple):
    """A letter that stands alone: where, and its clause *before* it and *after* it.

    *dressed* says that it stands in brackets or quotes, *closed* that a bracket closes behind it.
    """

    letter: str
    start: int
    stop: int
    before: str
    after: str
    dressed: bool
    closed: bool


_NEAR = 200
"""Characters around a letter that are looked at: an answer that runs on for pages must not take minutes."""

_WORD = r"A-Za-zÀ-ɏ0-9_'’"
"""Of what a word is made that a letter may be the first or last of; not all of ``\\w``: 答案是B has no spaces."""

_LETTER = re.compile(
    r"(?P<open>[(\[{\"'“‘]{0,4})"
    rf"(?<![{_WORD}\-&/\\°])"
    r"(?P<letter>[A-D]"
    r"|(?<=[(\[{\"'“‘])[a-d](?=[)\]}\"'”’])"  # in lower case: in brackets,
    r"|[b-d](?=\W*$)|a(?=[.)]?\s*$))"  # or at the very end
    rf"(?![{_WORD}]|-\w|\.[A-Z]\b|/[A-Z]\b)"  # D-day, D.C., A/B
    r"(?P<close>[)\]}\"'”’]{0,4})"
)


def tokens(text: str) -> Iterator[Token]:
    """Find the letters that stand alone; in lower case only those in brackets or at the end."""
    for start, clause in clauses(text):
        for match in _LETTER.finditer(clause):
            yield Token(
                letter=match["letter"].upper(),
                start=start + match.start(),
                stop=start + match.end(),
                before=clause[max(0, match.start() - _NEAR) : match.start()],
                after=clause[match.end() : match.end() + _NEAR],
                dressed=bool(match["open"] and match["close"]),
                closed=bool(match["close"]),
            )


_LEADS = re.compile(r"[\W_]*(?:(?:the\s+)?(?:option|choice|answer|letter)\b\W*)?", re.IGNORECASE)
_NAMED = re.compile(r"\b(?:option|choice|letter)\s*$", re.IGNORECASE)
_ENDS = re.compile(
    r"\s*(?:$|[.,;:)!?。，、；！—–(|-]|\n|here\W*$"
    r"|(?:because|since|as|rather|over|given|due|for|not|instead|wählen|nehmen)\b)",
    re.IGNORECASE,
)
_TEXT_FOLLOWS = re.compile(
    r"\s*(?:[.):|。，]|[-–—]\s|$|\n|,(?!\s*[A-D]\b)|\()|\s+(?:because|since|rather than|over|instead of)\b",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\s*:\s*(?:(?:it|this|that|we|the\s+\w+|one|you)\s+(?:cannot|can['’]t|can\s+not|could\s+not|is\s+(?:not|too|un\w+)|"
    r"isn['’]t|does\s+not|do\s+not|doesn['’]t|don['’]t)|nothing|nobody|no\s+one|none|there\s+(?:is|are)\s+no|sorry|"
    r"not\b|un(?:clear|known|able|certain)|cannot|can['’]t|impossible|insufficient|no\s+(?:answer|idea|information))",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:letters?|initials?|reads?|says|signs?|labels?|labelled|labeled|stickers?|written|printed|marked)\b"
    r"|\b(?:seat|row|grade|team|type|section|platform|vitamin|exit|gate|score|class|key|group|building|size|category|"
    r"wing|terminal|hepatitis|number|plan|point|lane|person|player|floor|hall|track|apartment|street|"
    r"name|block|zone|level|version|with|shows?|showing)"
    r"(?:\W*(?:is|was)\b)?\W*(?:option\W*)?$",
    re.IGNORECASE,
)
"""Words behind which a letter is what stands on something, or is a part of its name."""
_SENTENCE = re.compile(
    r"(?:\S+\s+){3}\S|\b(?:doubt|unsure|easy|yes|no|ok|okay|sure|result|verdict|final|correction|assistant)\b",
    re.IGNORECASE,
)
"""What a colon and a letter are behind: a sentence, which comes to the letter; a word or two are a heading."""
_LAST_WORDS = re.compile(r"(?:[,:;\-–—]|\bso)\s*(?:(?:option|choice|answer)\s*)?$", re.IGNORECASE)


def commits(token: Token, text: str, known: Mapping[str, str]) -> bool:
    """Say whether *text* commits to the letter of *token*; *known* are the options, as `normal` writes them."""
    if is_left_over(token.before, token.after):
        return True
    if is_denied(token.before, token.after) or _answers_a_prompt(token, known):
        return False
    if points_at(token.before):
        return ends_clause(token) or not _may_be_article(token)
    if is_called_right(token.after):
        return leads_clause(token) or not _may_be_article(token)
    if leads_clause(token):
        return token.closed or _TEXT_FOLLOWS.match(token.after) is not None or _before_its_own(token, known)
    return _is_last_word(token, text, known)


def _answers_a_prompt(token: Token, known: Mapping[str, str]) -> bool:
    """Say whether *token* is the ``A:`` of a prompt, and behind it that nothing can be said."""
    refusal = token.letter == "A" and leads_clause(token) and _REFUSAL.match(token.after)
    return bool(refusal) and normal(token.after) not in known.values()


def leads_clause(token: Token) -> bool:
    """Say whether nothing stands before *token* in its clause, but for what a letter is called."""
    return _LEADS.fullmatch(token.before) is not None


def ends_clause(token: Token) -> bool:
    """Say whether what the letter of *token* is part of ends with it, so that it is no article and no name."""
    return token.dressed or _ENDS.match(token.after) is not None


def _may_be_article(token: Token) -> bool:
    return token.letter == "A" and not token.dressed and _NAMED.search(token.before) is None


def _before_its_own(token: Token, known: Mapping[str, str]) -> bool:
    """Say whether the text of its own option stands behind the letter of *token*."""
    return token.letter in known and known[token.letter] == normal(token.after)


def _is_last_word(token: Token, text: str, known: Mapping[str, str]) -> bool:
    """Say whether *text* ends in the letter of *token*, behind a comma, or behind the text of its option."""
    if re.search(r"\w", text[token.stop :]):
        return False
    last = _LAST_WORDS.search(token.before)
    if known.get(token.letter) == normal(token.before):
        return token.dressed or last is not None
    if last is None:
        return False
    lead = token.before[: last.start()]
    return not _LABEL.search(lead) and (last[0][0] != ":" or _SENTENCE.search(lead) is not None)
