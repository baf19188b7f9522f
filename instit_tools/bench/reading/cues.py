"""What makes a letter the answer: the words before it that point at it, and those behind it that call it right."""

import re

from instit_tools.bench.reading.wording import phrases, repeated

__all__ = ["is_called_right", "is_left_over", "points_at"]

_ANSWER = (
    r"(?:"
    + phrases(
        *("answers?", "choice", "option", "pick", "selection", "response", "solution", "conclusion", "guess", "vote"),
        *("prediction", "ans", "one", "réponse", "antwort", "respuesta", "risposta", "resposta", "opción", "ответ"),
    )
    + "|答案|选择|選擇|选项|正解|答え|정답)"
)
"""What an answer is called."""

_IS_WORD = phrases(
    *("is", "are", "was", "would be", "must be", "should be", "has to be", "will be", "seems to be", "appears to be"),
    *("est", "ist", "lautet", "es", "è", "é", "wäre"),
)
_IS = rf"(?:\s*(?:{_IS_WORD}|[:=→⇒\-–—】|>]|应该是|應該是|是|为|為|は|은|는))+"
"""What stands between an answer's name and the answer: a verb, a colon, an arrow."""

_SURELY = repeated(
    phrases(
        *("definitely", "clearly", "probably", "likely", "most likely", "most probably", "certainly", "therefore"),
        *("thus", "indeed", "simply", "just", "surely", "obviously", "still", "either", "both", "that of", "to be"),
        "going to be",
    )
)
"""What may stand between a verb and the letter."""

_KIND = (
    r"(?:\s*\b(?:the\s+|only\s+|la\s+|die\s+|l['’]\s*)?"
    r"(?:option|choice|answer|letter|alternative|number|la|die)\b\s*[:#]?)?"
)
"""What a letter may be called right before it."""

_CHOOSE = phrases(
    *("choose", "chose", "chosen", "choosing", "select(?:ed|ing)?", "pick(?:ed|ing)?", "opt for", "go(?:ing)? with"),
    *("go(?:ing)? for", "went with", "vote for", "settle on", "guess", "answer(?: with)?", "conclude(?: that it is)?"),
    *("lean(?:ing)? towards?", "say", "bet on", "respond with", "meant?", "nehme", "wähle", "choisis", "elijo"),
)
_IT_IS = phrases(
    *(f"(?:it|this|that){verb}" for verb in ("'s", " is", " must be", " should be", " has to be", " would be")),
    *(f"(?:it|this|that) {verb} to be" for verb in ("seems", "appears")),
)
_I_THINK = phrases(
    *("i (?:think|believe|guess|say)", "i(?:'d| would) say", "my guess", "probably", "definitely", "likely"),
    *("certainly", "clearly", "obviously", "surely", "presumably"),
)
_SO = phrases("so", "thus", "therefore", "hence", "then", "accordingly", "consequently", "ergo")
_LEAVES = phrases("leaves?", "leaving", "points to", "matches", "corresponds to", "supports", "suggests")
_NOT = r"(?:\bnot\b|n['’]t|\bnicht\b|\bpas\b|不是)"
_BUT = r"(?:\b(?:but|rather|instead|sondern|mais)\b|而是)"

_POINTING = tuple(
    re.compile(rf"{cue}{_KIND}\s*$", re.IGNORECASE)
    for cue in (
        rf"{_ANSWER}[^.:;!?\n]{{0,70}}?{_IS}{_SURELY}",  # the answer to this question is
        rf"\b(?:correct|right|best|final|true)(?:\s+(?:one|match|fit))?{_IS}{_SURELY}",  # Correct: / the best match is
        rf"{_CHOOSE}\s*:?{_SURELY}",  # I would go with
        rf"{_IT_IS}{_SURELY}",  # it must be
        rf"{_I_THINK}\s*,?",  # most probably
        rf"{_SO}\s*,?(?:\s+only)?",  # therefore
        rf"{_LEAVES}(?:\s+(?:us|me|you))?(?:\s+with)?(?:\s+only)?",  # which leaves us with
        rf"{_NOT}[^.;]*{_BUT}\s*(?:rather\b)?",  # not A but
        r"选(?:择|項|项)?\s*(?:的?是|为)?\s*:?",
        r"\bich\s+würde",
        r"(?:[=-]>|→|⇒)",
    )
)

_RIGHT = (
    r"(?:the\s+|my\s+)?(?:"
    r"only\s+(?:one|option|choice|answer)\b|one\W*$|what\s+(?:is|the|we|i|he|she|it|they)\b|"
    r"(?:(?:most|only|single)\s+)?"
    r"(?:correct|right|best|true|accurate|appropriate|suitable|likely|closest|answer\b|final\b|choice\b)"
    r"(?:\s+(?:answer|option|choice|one)\b)?"
    r"(?!\s+(?:that|in|about|if|at\s+first|at\s+a\s+glance|initially|for\s+[\[<])))"  # right in part, or right no more
)
_CALLED_RIGHT = re.compile(
    r"\s*(?:\([^()]*\)\s*)?,?\s*(?:"
    rf"{phrases('is', 'would be', 'seems', 'appears', 'must be', 'should be', 'looks', 'it is')}"
    rf"\s*(?:to\s+be\s+)?{_SURELY}\s*{_RIGHT}"
    rf"|{phrases('best (?:matches|describes|fits|captures|reflects)')}"
    r"|(?:matches|describes|fits)\b[^.]*\bbest\b"
    r"|(?:it\s+is|(?:does|matches|fits)(?:\s+(?:too|also|as\s+well|better|it))?)\W*$"
    r"|(?:选项|選項)?(?:是|为)?(?:正确|對|对)的?|wählen\b|nehmen\b)",
    re.IGNORECASE,
)

_ONLY = re.compile(r"\bonly\s+(?:(?:option|choice|answer)\s+)?$", re.IGNORECASE)
_FITS = re.compile(
    r"\s*(?:\([^()]*\)\s*)?(?:matches|fits|agrees|is\s+(?:consistent|supported|true|correct|possible|left))\b"
)
_ALL_BUT = re.compile(
    r"\b(?:everything|anything|all(?:\s+of\s+them|\s+others|\s+options|\s+choices)?|every\s+(?:option|choice))\s+"
    r"(?:except|but|besides)(?:\s+for)?(?:\s+(?:option|choice|answer))?\s*$",
    re.IGNORECASE,
)
_FAILS = re.compile(r"\s*(?:is|are|can\s+be|was|were)\s+(?:wrong|incorrect|false|ruled\s+out|eliminated|excluded)\b")


def points_at(before: str) -> bool:
    """Say whether the words *before* a letter point at it: "the answer is", "I would go with", "therefore"."""
    return any(cue.search(before) for cue in _POINTING)


def is_called_right(after: str) -> bool:
    """Say whether the words *after* a letter call it right: "is the correct answer", "fits best"."""
    return _CALLED_RIGHT.match(after) is not None


def is_left_over(before: str, after: str) -> bool:
    """Say whether a letter is what is left: "only B is possible", "everything except B is wrong"."""
    return bool((_ONLY.search(before) and _FITS.match(after)) or (_ALL_BUT.search(before) and _FAILS.match(after)))
