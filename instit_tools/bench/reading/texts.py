"""An answer in words: the option whose text was said, alone, behind a lead-in, or as what a sentence comes to."""

import re
from collections.abc import Mapping

from instit_tools.bench.reading.said import clauses, normal
from instit_tools.bench.reading.wording import phrases

__all__ = ["called", "worded"]

_LONGEST_LEAD = 400
"""Characters before the text of an option at most: an answer that runs on for pages must not take minutes."""
_LONGEST_PIECE = 1000

_OPENINGS = (
    *("so", "therefore", "thus", "hence", "then", "well", "okay", "ok", "in conclusion", "in short", "clearly"),
    *("i think", "i believe", "i would say", "i'd say", "i choose", "i pick", "i select", "only", "based on [^,]*"),
    *("according to [^,]*", "looking at [^,]*", "in the (?:video|image|picture|clip)", "not [^,.]{1,60} but"),
)
_PRAISE = r"(?:(?:most\s+)?(?:final|correct|right|best|likely|appropriate|accurate)\s+)*"
_THING = phrases("answer", "option", "choice", "response", "one", "interval", "moment", "frame", "object", "instance")
_IS = r"(?:(?:is|would be|must be|should be)\b[\s:]*|[:=]+\s*)"
_IT_IS = r"(?:it|that|this)(?:'s|\s+is|\s+would be|\s+must be)\b\s*"
_LEAD_IN = re.compile(
    rf"(?:{phrases(*_OPENINGS)}[\s,:]*)*"  # so, in the video,
    rf"(?:(?:(?:the|my|your)\s+)?{_PRAISE}{_THING}(?:\s+(?:to|for)\s+[^.:]*?)?\s*{_IS}(?:that\b\s*)?"  # the answer is
    rf"|{_IT_IS}|(?:it|he|she|they)\s+(?=can))?"  # it is; it (cannot be seen)
    r"(?:probably\s+|definitely\s+|most likely\s+)?"
    r"(?:(?:during|at|in|from|on)\s+(?=[<\[]))?",  # at <3>
    re.IGNORECASE,
)

_BEHIND_VERB = re.compile(
    r".*\b(?:is|are|was|were|be|looks|wears|called|named|happens|occurs)\s+(?:(?:during|at|in|from)\s+)?(.*)",
    re.IGNORECASE,
)
_BEHIND_SO = re.compile(r".*(?:\b(?:so|therefore|thus|hence)\b,?|[:→])\s*(.*)", re.IGNORECASE)
_CONCLUSION = re.compile(r".*\b(?:answer|option|choice)(?:\s+is|\s*:)\s*(.+)", re.IGNORECASE)
_UNSURE = re.compile(r"\b(?:not|never|no|neither|nor|maybe|perhaps|or|might|could)\b|n't", re.IGNORECASE)
_DENIAL = re.compile(r",\s+(?:and\s+)?not\b.*", re.IGNORECASE)
_REASON = re.compile(r"\s+(?:from|in|based on|according to|given)\s+(?:the|this|these)\b.*|,.*", re.IGNORECASE)
_FIRST_WORDS = re.compile(r"[,:;]|\.\.\.|\s+-\s+")
_NOT = re.compile(r"(?:\bnot|n't|\bnever)\b[^,.]*$")


def called(text: str, known: Mapping[str, str]) -> list[str]:
    """Give the options whose text *text* is, as it stands or behind a lead-in."""
    if not known or len(text) > _LONGEST_LEAD + max(map(len, known.values())):
        return []
    lead = _LEAD_IN.match(text)
    spelled = {normal(text), normal(text[lead.end() :] if lead else text)}
    return [letter for letter, choice in known.items() if choice and choice in spelled]


def worded(text: str, known: Mapping[str, str]) -> set[str]:
    """Give the options that *text* comes to: its first or last piece, or the only sentence that is one's text."""
    pieces = [piece for _, piece in clauses(text) if len(piece) < _LONGEST_PIECE and re.search(r"\w", piece)]
    if not known or not pieces:
        return set()
    last = _DENIAL.sub("", pieces[-1])
    concluded = {letter for end in _behind(_CONCLUSION, last) for letter in called(end, known)}
    if len(concluded) == 1:
        return concluded
    heads = [_FIRST_WORDS.split(pieces[0])[0], _REASON.sub("", pieces[0])]
    ends = [*_behind(_BEHIND_SO, last), *([] if _UNSURE.search(last) else _behind(_BEHIND_VERB, last)), last]
    found = {letter for piece in (*pieces, *heads, *ends) for letter in called(piece, known)}
    return found | _rivals(text, found, known) if found else set()


def _behind(pattern: re.Pattern[str], text: str) -> list[str]:
    match = pattern.match(text)
    return [match[1]] if match else []


def _rivals(text: str, found: set[str], known: Mapping[str, str]) -> set[str]:
    """Give other options that *text* names as well, outside of those that were *found*, and does not deny."""
    plain = normal(text)
    for letter in sorted(found, key=lambda letter: -len(known[letter])):
        plain = _whole(known[letter]).sub(" ", plain)
    rivals = {letter: choice for letter, choice in known.items() if choice and letter not in found}
    named = ((letter, _whole(choice).search(plain)) for letter, choice in rivals.items())
    return {letter for letter, match in named if match and not _NOT.search(plain[: match.start()])}


def _whole(choice: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(choice)}(?!\w)")
