"""How the pieces of a pattern are written: phrases as whole words, with any white space between them."""

__all__ = ["phrases", "repeated"]


def phrases(*given: str) -> str:
    r"""Match any of *given*, each as whole words; an apostrophe stands for both kinds.

    >>> phrases("opt for", "choose")
    '\\b(?:opt\\s+for|choose)\\b'
    """
    return r"\b(?:" + "|".join(given).replace(" ", r"\s+").replace("'", "['’]") + r")\b"


def repeated(pattern: str) -> str:
    """Match *pattern* any number of times, white space before each.

    What is repeated must match in one way only: with ``(-+)+`` a line of dashes would take for ever.
    """
    return rf"(?:\s*{pattern})*"
