"""What was said, without template tokens, reasoning and emphasis; and how two texts are compared."""

import re
import unicodedata
from collections.abc import Iterator

__all__ = ["clauses", "normal", "said"]

_END = re.compile(r"<\|(?:endoftext|end_of_text)\|>|</s>|<eos>", re.IGNORECASE)
"""Where a model has ended: what it goes on with is no part of its answer."""
_TOKENS = re.compile(r"<\|[^|<>]{1,40}\|>|</?s>|<(?:eos|end_of_turn|end_of_utterance)>|\[/?INST\]", re.IGNORECASE)
_THOUGHT = r"(?:think|thinking|thought|reasoning|analysis|scratchpad)"
_THINKING = re.compile(rf"<{_THOUGHT}>", re.IGNORECASE)
_THOUGHT_OUT = re.compile(rf"</{_THOUGHT}>", re.IGNORECASE)
_STRUCK = re.compile(r"~~.*?~~", re.DOTALL)
_DRESS = re.compile(r"\\(?:text|mathrm|mathbf|textbf)\b|[*`$#]+|(?<!\w)_+|_+(?!\w)|\\[()\[\]]")
"""Emphasis, code marks and the signs around a formula."""
_ECHOED_PROMPT = re.compile(r"^[^\S\n]*A[^\S\n]*:\s*(?=(?:[A-D]\W*$|I\b|The answer))", re.MULTILINE)
"""The ``A:`` of a prompt in the form of ``Q: ... A: ...``, which is no answer A."""
_CLAUSE = re.compile(r"(?<=[.!?;])(?<!\b[A-D]\.)\s+(?!$)|(?<=[。！？])|\n+")
"""The end of a sentence or line; but "A. Red" goes on."""
_BETWEEN_TWO = re.compile(r"\bbetween\s+(<\d+>)\s*and\s*(<\d+>)")
_FROM_TO = re.compile(r"(<\d+>)\s*(?:-|to|until|through)\s*(<\d+>)")
_AND = re.compile(r"(?<=[\]>])\s*(?:,\s*and|,|and|&)\s*(?=[\[<])")
"""What stands between references: [1], [2], and [3]."""


def said(prediction: str) -> str | None:
    """Give what *prediction* says in the end, undressed; ``None`` where its reasoning has no end.

    >>> said("<think>A or B?</think> **B**<|im_end|>"), said("C<|endoftext|>Human: what is next?")
    ('B', 'C')
    """
    text = unicodedata.normalize("NFKC", prediction).replace("◁", "<").replace("▷", ">")
    text = _STRUCK.sub("", _THOUGHT_OUT.split(_up_to_its_end(text))[-1])
    return None if _THINKING.search(text) else _ECHOED_PROMPT.sub("Answer: ", _DRESS.sub("", text)).strip()


def _up_to_its_end(text: str) -> str:
    pieces = [_TOKENS.sub(" ", piece) for piece in _END.split(text)]
    return next((piece for piece in pieces if re.search(r"\w", piece)), "")


def normal(text: str) -> str:
    """Write *text* as what is compared: no emphasis, case, article or final dot, lists and intervals in one form.

    >>> normal("**The** red car."), normal("[1], [2], and [3]"), normal("between <1> and <4>")
    ('red car', '[1] [2] [3]', '<1>-<4>')
    """
    plain = _DRESS.sub("", unicodedata.normalize("NFKC", text)).casefold().replace("’", "'")
    plain = _BETWEEN_TWO.sub(r"\1-\2", re.sub(r"[–—]", "-", plain))
    plain = _AND.sub(" ", _FROM_TO.sub(r"\1-\2", plain))
    plain = re.sub(r"\s+", " ", plain).strip(" \t.,;:!?\"'“”{}|")
    return re.sub(r"^(?:an?|the) (?=.)", "", plain)


def clauses(text: str) -> Iterator[tuple[int, str]]:
    """Cut *text* at the ends of sentences and lines: where each piece starts, and itself."""
    start = 0
    for match in _CLAUSE.finditer(text):
        yield start, text[start : match.start()]
        start = match.end()
    yield start, text[start:]
