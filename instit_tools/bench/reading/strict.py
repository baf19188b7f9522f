r"""The answer that a person would read from what a model said to a multiple-choice question, or none.

A letter counts where it is committed to: alone, in front of a text, behind words such as "the answer is", before "is
correct", or at the very end. A letter that is only mentioned, possible, ruled out, or part of a word or a name never
counts, nor does one that is taken back ("No, it is not"). Reasoning comes to an end: what stands behind ``</think>``,
in ``\boxed{}`` or behind "final answer" outranks what stands before it, and so does what follows a correction ("wait",
"actually"). Where two letters are left, there is no answer. Where the options are known, the text of one, alone or
behind such words, is its letter, and a letter beside the text of another option is no answer.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from instit_tools.bench.reading.letters import Token, commits, tokens
from instit_tools.bench.reading.lists import enumerated, lists
from instit_tools.bench.reading.said import normal, said
from instit_tools.bench.reading.texts import called, worded

__all__ = ["COMPETING", "CONTRADICTED", "ENDLESS", "NOTHING", "UNCOMMITTED", "WITHDRAWN", "Reading", "read"]

NOTHING, COMPETING, UNCOMMITTED = "nothing was said", "two options compete", "no option is committed to"
ENDLESS, CONTRADICTED = "the reasoning does not end", "the letter is one option's and the text another's"
WITHDRAWN = "the answer is taken back"
_ALONE, _TEXT, _MARKED = "a letter alone", "the text of an option", "marked as the answer"
_COMMITTED, _RIGHT = "a letter that is committed to", "the one that is called right"

_MARKS = (
    re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}"),
    re.compile(r"<(?:final_?)?(?:answer|option|choice)>(.*?)(?:</|$)", re.IGNORECASE | re.DOTALL),
    re.compile(
        r"[\"'](?:final_?|correct_?)?(?:answer|choice|option|prediction)[\"']\s*:\s*[\"']([^\"']*)", re.IGNORECASE
    ),
)
"""What machines are told to put an answer in."""
_LETTER_ALONE = re.compile(r"[\W_]*(?:(?i:option|choice|answer|letter|ans)\b\W*)?([A-Da-d])(?:\W+\1)*[\W_]*")
_CORRECTION = re.compile(
    r"\b(?:wait|actually|scratch that|correction|on second thought|let me (?:re\w*|correct)|i mean|i meant|mistake|"
    r"sorry|hmm|oops|hold on|on closer (?:look|inspection)|i was wrong|i change my|but|however)\b|\bno,",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(r"\b(?:wrong|incorrect|not right|not correct|mistaken)\b", re.IGNORECASE)
_WITHDRAWAL = re.compile(
    r"(?:^|[,\-–—(]|\.\.)\W*(?:(?:oh|hm+|but|actually|wait|well|or|no|nope|sorry|hold\s+on|maybe|perhaps|ah)\b\W*)*"
    r"(?:\b(?:no|nope|wait|not|hold\s+on|(?:scratch|strike|forget|ignore|disregard|cancel)\s+(?:that|it|this)|"
    r"never\s*mind|"
    r"oops|(?:my|i\s+made\s+a|a)\s+mistake|just\s+kidding|or\s+is\s+it|let\s+me\s+(?:rethink|reconsider|think\s+again)|"
    r"i(?:['’]ve|\s+have)?\s+changed?\s+my\s+mind|"
    r"not\s+(?:quite|really|right|correct|that|so|it)|i\s+(?:was|am)\s+(?:wrong|mistaken)|"
    r"i['’]m\s+(?:wrong|mistaken)|i\s+(?:take|withdraw|retract)\s+(?:that|it|this)(?:\s+back)?|"
    r"(?:it|that|this|which)(?:\s+(?:answer|choice|letter))?(?:['’]s|\s+(?:is|was|seems|looks))?\s*"
    r"(?:\b(?:not|cannot(?:\s+be)?|can['’]t(?:\s+be)?|(?:is|was)n['’]t|doesn['’]t|does\s+not)"
    r"(?:\s+(?:it|right|correct|so|true|"
    r"the\s+(?:answer|case)|the\s+(?:right|correct)\s+(?:answer|one|option)|fit|match|work|hold))?|"
    r"wrong|incorrect|false|mistaken|a\s+mistake|an\s+error))"
    r"(?:\W+(?:though|however|either|at\s+all|after\s+all|sorry))?)\W*$",
    re.IGNORECASE,
)
"""A sentence that takes back what was said before it, and says nothing in its place."""
_NEXT = 3
"""Sentences behind an answer, the rest of its own included, that may take it back."""
_PIECE_END = re.compile(r"(?<=\w)[.!?;]\s+|\n+|^[.!?;):]\s+")
_BEHIND = 200
"""Characters behind an answer in which it may be taken back."""
_NO_AS_TEXT = re.compile(r"\s*[.):\-–—]\s+No\b[^!\w]*")
_FINAL = re.compile(r"\bfinal(?:ly)?\b[^.\n]*$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)")
_TO_LETTER = re.compile(r"[\s,:;]*(?:\b(?:so|thus|hence|therefore)\b|[-=]>|→)?[\s,:;]*(?:\boption|\bchoice)?[\s(]*$")
"""What stands between the text of an option and its letter."""

_FIRST, _LAST = 10, 100
"""How many letters of an answer with more than the sum of them are looked at."""
_NEAR = 1000
"""Characters behind a letter in which the text of an option is looked for."""


class Reading(NamedTuple):
    """The *letter* that was read, or ``None``; and the *reason*: by what it was read, or why there is none."""

    letter: str | None
    reason: str


def read(prediction: str, choices: Mapping[str, str] | None = None) -> Reading:
    """Read the answer in *prediction*, with the texts of the options by letter where they are known.

    >>> read("Best option: C").letter, read("A dog is running, so C").letter, read("B or C").letter
    ('C', 'C', None)
    """
    if verbatim := _verbatim(prediction.strip(), choices or {}):
        return verbatim
    text = said(prediction)
    if text is None:
        return Reading(None, ENDLESS)
    if not re.search(r"\w", text):
        return Reading(None, NOTHING)
    known = {letter: normal(choice) for letter, choice in (choices or {}).items()}
    return _marked(text, known) or _unmarked(text, known) or Reading(None, _why_none(text))


def _verbatim(prediction: str, choices: Mapping[str, str]) -> Reading | None:
    """Read an answer that is an option's text, character for character, whatever else could be read into it."""
    letters = [letter for letter, choice in choices.items() if prediction and choice.strip() == prediction]
    alike = [choice for choice in choices.values() if letters and normal(choice) == normal(prediction)]
    if len(alike) != 1 or _LETTER_ALONE.fullmatch(prediction):
        return None
    return Reading(letters[0], _TEXT)


def _marked(text: str, known: Mapping[str, str]) -> Reading | None:
    r"""Read what is marked as the answer: ``\boxed{B}``, ``<answer>B</answer>``, ``{"answer": "B"}``."""
    inside = dict.fromkeys(match[1] for pattern in _MARKS for match in pattern.finditer(text))
    found = [reading for each in inside if (reading := _unmarked(each, known))]
    letters = {reading.letter for reading in found}
    if not letters or letters == {None}:
        return found[0] if found else None
    return Reading(None, COMPETING) if len(letters) > 1 else Reading(letters.pop(), _MARKED)


def _unmarked(text: str, known: Mapping[str, str]) -> Reading | None:
    return _plain(text, known) or _committed(text, known) or _worded(text, known)


def _plain(text: str, known: Mapping[str, str]) -> Reading | None:
    """Read an answer that is nothing but a letter or the text of an option."""
    alone = _LETTER_ALONE.fullmatch(text)
    if alone:
        return Reading(alone[1].upper(), _ALONE)
    letters = called(text, known)
    return Reading(letters[0], _TEXT) if len(letters) == 1 else None


def _committed(text: str, known: Mapping[str, str]) -> Reading | None:
    """Read the letter that *text* commits to; ``None`` where it commits to none."""
    others, right = enumerated(_outer(list(tokens(text))), text)
    found = [group for group in lists(others, text) if any(commits(token, text, known) for token in group)]
    if not found:
        return Reading(right, _RIGHT) if right else None
    kept = _outranking([group for group in found if not _withdrawn(group[-1], text, known)], text)
    letters = {token.letter for group in kept for token in group} | ({right} if right else set())
    if not kept:
        return Reading(None, WITHDRAWN)
    if len(letters) > 1:
        return Reading(None, COMPETING)
    if any(_contradicted(group[-1], text, known) for group in kept):
        return Reading(None, CONTRADICTED)
    return Reading(letters.pop(), _COMMITTED)


def _why_none(text: str) -> str:
    """Say why there is no answer in *text*: letters stand side by side in it, or there is nothing of the kind."""
    groups = lists(_outer(list(tokens(text))), text)
    return COMPETING if any(len({token.letter for token in group}) > 1 for group in groups) else UNCOMMITTED


def _outer(found: Sequence[Token]) -> Sequence[Token]:
    """Keep the first and the last letters of an answer that has more of them than anybody reads."""
    return found if len(found) <= _FIRST + _LAST else [*found[:_FIRST], *found[-_LAST:]]


def _outranking(found: list[list[Token]], text: str) -> list[list[Token]]:
    """Keep the final answers, else those behind the last correction, else all; none where they are only taken back."""
    turn = _turn(text)
    later = [group for group in found if group[0].start >= turn]
    if not later and _TAKEN_BACK.search(text, turn):
        return []
    return [group for group in found if _FINAL.search(group[0].before)] or later or found


def _withdrawn(token: Token, text: str, known: Mapping[str, str]) -> bool:
    """Say whether what is said behind the letter of *token* takes it back; "B. No" may be a letter with its text."""
    after = text[token.stop : token.stop + _BEHIND]
    if not known and _NO_AS_TEXT.fullmatch(after):
        return False
    named = re.sub(rf"\b{token.letter}\b", "it", after)
    said = [piece for piece in _PIECE_END.split(named) if re.search(r"\w", piece)][:_NEXT]
    return any(_WITHDRAWAL.search(piece) for piece in said if normal(piece) not in known.values())


def _turn(text: str) -> int:
    """Say where *text* goes on behind its last correction."""
    return max((match.end() for match in _CORRECTION.finditer(text)), default=0)


def _contradicted(token: Token, text: str, known: Mapping[str, str]) -> bool:
    """Say whether the letter of *token* stands beside the text of another option."""
    line = text[token.stop : token.stop + _NEAR].partition("\n")[0].strip(" .():-–—,")
    pieces = (line, _SENTENCE_END.split(line)[0], _TO_LETTER.sub("", token.before))
    beside = {letter for piece in pieces for letter in called(piece, known)}
    return bool(beside) and token.letter not in beside


def _worded(text: str, known: Mapping[str, str]) -> Reading | None:
    turn = _turn(text)
    letters = (worded(text[turn:], known) if turn else set()) or worded(text, known)
    if len(letters) == 1:
        return Reading(letters.pop(), _TEXT)
    return Reading(None, COMPETING) if letters else None
