"""What makes a letter no answer: it is denied, only supposed, said of others, or asked about."""

import re

from instit_tools.bench.reading.wording import phrases

__all__ = ["is_denied"]

_NO = r"(?:\bnot|n['’]t)"
_THINK = phrases("think", "believe", "say", "answer", "choose", "pick", "select", "convinced", "sure")
_DENYING = (
    r"(?:"
    r"\b(?:not|never|neither|nor|rather\s+than|instead\s+of|except|unlike|exclud\w*|without|over|eliminat\w*|"
    r"rul\w*\s+out|discard\w*|reject\w*|against|wrong|incorrect|nicht|pas)"
    r"|n['’]t|不是|不选)"
)
_FILLING = (
    r"(?:\s+(?:it|that|be|it['’]s|the|is|option|choice|answer|think|believe|to|either|both|say|sure|if|whether))*"
)

_BEFORE = re.compile(
    "|".join(
        (
            rf"{_DENYING}{_FILLING}\s*[,:]?\s*$",  # not, it is not the option, rather than
            rf"{_NO}\b[^,.;]*{_THINK}[^,;]*$",  # I do not think that it is
            r"\bdoubt\s+(?:that|if|whether|it)\b[^,;]*$",  # I doubt that it is
            r"\bno\s+(?:reason|evidence|need|sign|indication)\b[^,;]*$",  # there is no reason to choose
            r"\b(?:people|one|you|some|many|others|they)\s+(?:would|might|may|could|will)\b[^,;]*$",  # some would say
            r"^\W*(?:if(?!\s+(?:i|you)\s+(?:had|have)\s+to)|unless|suppose|assuming)\b",  # if it were; not: if I had to
            r"\b(?:if(?!\s+(?:i|you)\s+(?:had|have)\s+to)|whether|could|might|may|can)\b[^,.;]{0,40}$",  # it could be
        )
    ),
    re.IGNORECASE,
)

_AFTER = re.compile(
    r"\s*(?:is|was|are|would\s+be|seems|looks|can|could|does|do|has|might|may)?\s*(?:also\s+|clearly\s+|definitely\s+)?"
    r"(?:not\b|n['’]t|isn['’]t|can['’]t|cannot|doesn['’]t|wrong|incorrect|false|out\b|ruled\s+out|eliminated|impossible|"
    r"possible|plausible|unlikely|tempting|close\b|partly|partially)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[^.!\n]*\?")


def is_denied(before: str, after: str) -> bool:
    """Say whether the words *before* a letter or *after* it take it back, as far as its clause goes."""
    return bool(_BEFORE.search(before) or _AFTER.match(after) or _QUESTION.match(after))
