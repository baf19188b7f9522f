r"""The answer that a person would read from what a model said to a multiple-choice question, or none.

A letter counts where it is committed to: alone, in front of a text, behind words such as "the answer is", before "is
correct", or at the very end. A letter that is only mentioned, possible, ruled out, or part of a word or a name never
counts. Reasoning comes to an end: what stands behind ``</think>``, in ``\boxed{}`` or behind "final answer" outranks
what stands before it, and so does what follows a correction ("wait", "actually"). Where two letters are left, there is
no answer. Where the options are known, the text of one, alone or behind such words, is its letter, and a letter beside
the text of another option is no answer.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from instit_tools.bench.reading.letters import Token, commits, enumerated, lists, tokens
from instit_tools.bench.reading.said import normal, said, undressed
from instit_tools.bench.reading.texts import called, worded

__all__ = ["COMPETING", "CONTRADICTED", "ENDLESS", "NOTHING", "UNCOMMITTED", "WITHDRAWN", "Reading", "read"]

NOTHING, COMPETING, UNCOMMITTED = "nothing was said", "two options compete", "no option is committed to"
ENDLESS, CONTRADICTED = "the reasoning does not end", "the letter is one option's and the text another's"
WITHDRAWN = "the answer is taken back"

_MARKED = (
    re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}"),
    re.compile(r"<(?:final_?)?(?:answer|option|choice)>(.*?)(?:</|$)", re.IGNORECASE | re.DOTALL),
    re.compile(
        r"[\"'](?:final_?|correct_?)?(?:answer|choice|option|prediction)[\"']\s*:\s*[\"']([^\"']*)", re.IGNORECASE
    ),
)
_ALONE = re.compile(r"[\W_]*(?:(?i:option|choice|answer|letter|ans)\b\W*)?([A-Da-d])(?:\W+\1)*[\W_]*")
_CORRECTION = re.compile(
    r"\b(?:wait|actually|scratch that|correction|on second thought|let me (?:re\w*|correct)|i mean|i meant|mistake|sorry|"
    r"hmm|oops|on closer (?:look|inspection)|i was wrong|i change my|but|however)\b|\bno,",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(r"\b(?:wrong|incorrect|not right|not correct|mistaken)\b", re.IGNORECASE)
_MOST = 100
_LONGEST = 1000
"""Characters behind a letter in which the text of an option is looked for."""
_FINAL = re.compile(r"\bfinal(?:ly)?\b[^.\n]*$", re.IGNORECASE)


class Reading(NamedTuple):
    """The *letter* that was read, or ``None``; and the *reason*: by what it was read, or why there is none."""

    letter: str | None
    reason: str


def read(prediction: str, choices: Mapping[str, str] | None = None) -> Reading:
    """Read the answer in *prediction*, with the texts of the options by letter where they are known.

    >>> read("Best option: C").letter, read("A dog is running, so C").letter, read("B or C").letter
    ('C', 'C', None)
    """
    text = said(prediction)
    if text is None:
        return Reading(None, ENDLESS)
    if not re.search(r"\w", text):
        return Reading(None, NOTHING)
    known = {letter: normal(choice) for letter, choice in (choices or {}).items()}
    return _marked(text, known) or _unmarked(text, known) or Reading(None, UNCOMMITTED)


def _marked(text: str, known: Mapping[str, str]) -> Reading | None:
    r"""Read what is marked as the answer: ``\boxed{B}``, ``<answer>B</answer>``, ``{"answer": "B"}``."""
    inside = [match[1] for pattern in _MARKED for match in pattern.finditer(text)]
    found = [reading for each in inside if (reading := _unmarked(each, known))]
    letters = {reading.letter for reading in found}
    if not letters or letters == {None}:
        return found[0] if found else None
    return Reading(None, COMPETING) if len(letters) > 1 else Reading(letters.pop(), "marked as the answer")


def _unmarked(text: str, known: Mapping[str, str]) -> Reading | None:
    bare = undressed(text)
    return _plain(bare, known) or _committed(bare, known) or _worded(bare, known)


def _plain(bare: str, known: Mapping[str, str]) -> Reading | None:
    """Read an answer that is nothing but a letter or the text of an option."""
    alone = _ALONE.fullmatch(bare)
    if alone:
        return Reading(alone[1].upper(), "a letter alone")
    letters = called(bare, known)
    return Reading(letters[0], "the text of an option") if len(letters) == 1 else None


def _committed(bare: str, known: Mapping[str, str]) -> Reading | None:
    """Read the letter that *bare* commits to, the last word first where it corrects itself; ``None`` of no letter."""
    others, right = enumerated(_ends(list(tokens(bare))), bare)
    found = [group for group in lists(others, bare) if any(commits(token, bare, known) for token in group)]
    if not found:
        return Reading(right, "the one that is called right") if right else None
    turn = max((match.end() for match in _CORRECTION.finditer(bare)), default=0)
    later = [group for group in found if group[0].start >= turn]
    if not later and _TAKEN_BACK.search(bare[turn:]):
        return Reading(None, WITHDRAWN)
    kept = [group for group in found if _FINAL.search(group[0].before)] or later or found
    letters = {token.letter for group in kept for token in group} | ({right} if right else set())
    if len(letters) > 1:
        return Reading(None, COMPETING)
    if any(_contradicted(group[-1], bare, known) for group in kept):
        return Reading(None, CONTRADICTED)
    return Reading(letters.pop(), "a letter that is committed to")


def _ends(found: list[Token]) -> list[Token]:
    """Keep the first and the last letters of an answer that has more of them than anybody reads."""
    return found if len(found) <= _MOST else [*found[: _MOST // 10], *found[-_MOST:]]


def _contradicted(token: Token, bare: str, known: Mapping[str, str]) -> bool:
    """Say whether the letter of *token* stands beside the text of another option."""
    line = bare[token.stop : token.stop + _LONGEST].partition("\n")[0].strip(" .():-–—,")
    sentence = re.split(r"[.!?](?:\s|$)", line)[0]
    before = re.sub(r"[\s,:;]*(?:\boption|\bchoice)?[\s(]*$", "", token.before)
    beside = {letter for text in (line, sentence, before) for letter in called(text, known)}
    return bool(beside) and token.letter not in beside


def _worded(bare: str, known: Mapping[str, str]) -> Reading | None:
    turn = max((match.end() for match in _CORRECTION.finditer(bare)), default=0)
    letters = (worded(bare[turn:], known) if turn else set()) or worded(bare, known)
    if len(letters) == 1:
        return Reading(letters.pop(), "the text of an option")
    return Reading(None, COMPETING) if letters else None
