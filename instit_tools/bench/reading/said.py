"""What was said, without what is no part of it: template tokens, reasoning, emphasis; and how two texts are compared."""

import re
import unicodedata
from collections.abc import Iterator

__all__ = ["clauses", "normal", "said", "undressed"]

_TOKENS = re.compile(r"<\|[^|<>]{1,40}\|>|</?s>|<(?:eos|end_of_turn|end_of_utterance)>|\[/?INST\]", re.IGNORECASE)
_THOUGHT = r"(?:think|thinking|thought|reasoning|analysis|scratchpad)"
_TOLD = re.compile(rf"</{_THOUGHT}>", re.IGNORECASE)
_THINKING = re.compile(rf"<{_THOUGHT}>", re.IGNORECASE)
_STRUCK = re.compile(r"~~.*?~~", re.DOTALL)
_PROMPTED = re.compile(r"^(?P<start>\s*)A\s*:\s*(?=(?:[A-D]\W*$|I\b|The answer))", re.MULTILINE)
_DRESS = re.compile(r"\\(?:text|mathrm|mathbf|textbf)\b|[*`$#]+|(?<!\w)_+|_+(?!\w)|\\[()\[\]]")
_CLAUSE = re.compile(r"(?<=[.!?;])(?<!\b[A-D]\.)\s+(?!$)|(?<=[。！？])|\n+")
_BETWEEN_REFERENCES = re.compile(r"(?<=[\]>])\s*(?:,\s*and|,|and|&)\s*(?=[\[<])")


def said(prediction: str) -> str | None:
    """Give what *prediction* says in the end; ``None`` where its reasoning has no end.

    >>> said("<think>A or B?</think> B<|im_end|>")
    'B'
    """
    text = unicodedata.normalize("NFKC", prediction).replace("◁", "<").replace("▷", ">")
    text = _STRUCK.sub("", _TOLD.split(_TOKENS.sub(" ", text))[-1])
    return None if _THINKING.search(text) else _PROMPTED.sub(r"\g<start>Answer: ", text).strip()


def undressed(text: str) -> str:
    """Take emphasis, code marks and formulas away."""
    return _DRESS.sub("", text)


def normal(text: str) -> str:
    """Write *text* as what is compared: no emphasis, case, article or final dot, nothing between references.

    >>> normal("**The** red car."), normal("[1], [2], and [3]")
    ('red car', '[1] [2] [3]')
    """
    plain = undressed(unicodedata.normalize("NFKC", text)).casefold().replace("’", "'")
    plain = _BETWEEN_REFERENCES.sub(" ", re.sub(r"[–—]", "-", plain))
    plain = re.sub(r"\s+", " ", plain).strip(" \t.,;:!?\"'“”{}|")
    return re.sub(r"^(?:an?|the) (?=.)", "", plain)


def clauses(text: str) -> Iterator[tuple[int, str]]:
    """Cut *text* at the ends of sentences and lines: where each piece starts, and itself."""
    start = 0
    for match in _CLAUSE.finditer(text):
        yield start, text[start : match.start()]
        start = match.end()
    yield start, text[start:]
