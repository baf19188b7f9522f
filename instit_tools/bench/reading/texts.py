"""An answer in words: the option whose text was said, alone, behind a lead-in, or as what a sentence comes to."""

import re
from collections.abc import Mapping

from instit_tools.bench.reading.said import clauses, normal

__all__ = ["called", "worded"]

_LEAD_IN = re.compile(
    r"(?:(?:so|therefore|thus|hence|then|well|okay|ok|in conclusion|in short|clearly|i think|i believe|i would say|i'd say|"
    r"i choose|i pick|i select|only|based on [^,]*|according to [^,]*|looking at [^,]*|in the (?:video|image|picture|clip)|"
    r"not [^,.]{1,60} but)\b[\s,:]*)*"
    r"(?:(?:the|my|your)\s+)?(?:(?:most\s+)?(?:final|correct|right|best|likely|appropriate|accurate)\s+)*"
    r"(?:(?:answer|option|choice|response|one|interval|moment|frame|object|instance)(?:\s+(?:to|for)\s+[^.:]*?)?\s*"
    r"(?:(?:is|would be|must be|should be)\b[\s:]*|[:=]+\s*)(?:that\b\s*)?"
    r"|(?:it|that|this)(?:'s|\s+is|\s+would be|\s+must be)\b\s*|(?:it|he|she|they)\s+(?=can))?"
    r"(?:probably\s+|definitely\s+|most likely\s+)?(?:(?:during|at|in|from|on)\s+(?=[<\[]))?",
    re.IGNORECASE,
)
_BE = re.compile(
    r".*\b(?:is|are|was|were|be|looks|wears|called|named|happens|occurs)\s+(?:during\s+|at\s+|in\s+)?", re.IGNORECASE
)
_SO = re.compile(r".*(?:\b(?:so|therefore|thus|hence)\b,?|[:→])\s*", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|no|neither|nor|maybe|perhaps|or|might|could)\b|n't", re.IGNORECASE)
_DENIED = re.compile(r",\s+(?:and\s+)?not\b.*", re.IGNORECASE)
_CONCLUSION = re.compile(r"\b(?:answer|option|choice)(?:\s+is|\s*:)\s*(.+)$", re.IGNORECASE)
_TAIL = re.compile(r"\s+(?:from|in|based on|according to|given)\s+(?:the|this|these)\b.*|,.*", re.IGNORECASE)


_PIECE = 1000
_LEAD = 400
"""Characters of a lead-in at most: an answer that runs on for pages must not take minutes."""


def called(text: str, known: Mapping[str, str]) -> list[str]:
    """Give the options whose text *text* is, as it stands or behind a lead-in."""
    if len(text) > _LEAD + max(map(len, known.values()), default=0):
        return []
    lead = _LEAD_IN.match(text)
    spelled = {normal(text), normal(text[lead.end() :] if lead else text)}
    return [letter for letter, choice in known.items() if choice and choice in spelled]


def worded(text: str, known: Mapping[str, str]) -> set[str]:
    """Give the options that *text* comes to: its first or last piece, or the only sentence that is one's text."""
    pieces = [piece for _, piece in clauses(text) if len(piece) < _PIECE and re.search(r"\w", piece)]
    if not pieces:
        return set()
    first, last = pieces[0], _DENIED.sub("", pieces[-1])
    concluded = {letter for end in _CONCLUSION.findall(last)[-1:] for letter in called(end, known)}
    if len(concluded) == 1:
        return concluded
    heads = [re.split(r"[,:;]|\.\.\.|\s+-\s+", first)[0], _TAIL.sub("", first)]
    ends = [_SO.sub("", last, count=1), *([] if _NOT.search(last) else [_BE.sub("", last, count=1)])]
    found = {letter for piece in (*pieces, *heads, *ends) for letter in called(piece, known)}
    return found | _rivals(text, found, known) if found else set()


def _rivals(text: str, found: set[str], known: Mapping[str, str]) -> set[str]:
    """Give other options that *text* names as well, outside of those that were *found*, and does not deny."""
    plain = normal(text)
    for letter in sorted(found, key=lambda letter: -len(known[letter])):
        plain = re.sub(rf"(?<!\w){re.escape(known[letter])}(?!\w)", " ", plain)
    named = {}
    for letter, choice in known.items():
        match = re.search(rf"(?<!\w){re.escape(choice)}(?!\w)", plain) if choice and letter not in found else None
        if match and not re.search(r"(?:\bnot|n't|\bnever)\b[^,.]*$", plain[: match.start()]):
            named[letter] = match
    return set(named)
