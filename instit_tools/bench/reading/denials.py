"""What makes a letter no answer: it is denied, only supposed, said of others, or asked about."""

import re

from instit_tools.bench.reading.wording import phrases

__all__ = ["is_denied"]

_NO = r"(?:\bnot|\bcannot(?!\s+help\b)|n['’]t(?!\s+help\b))"
_THINK = phrases(
    *("think", "believe", "say", "answer", "choose", "pick", "select", "convinced", "sure", "guess", "go(?:ing)? with"),
    *("choosing", "picking", "selecting", "conclude", "confirm", "verify", "decide", "determine", "tell", "bet"),
)
_STEP = r"(?!\b(?:but|so|and|hence|thus|therefore|then|which|because|since|leaving)\b)[^,.;]"
_ON = rf"(?:{_STEP})*"
"""Up to where a clause turns: what is denied before "so the answer is" is something else."""
_DENYING = (
    r"(?:"
    r"\b(?:not|never|neither|nor|rather\s+than|instead\s+of|except|unlike|exclud\w*|without|over|eliminat\w*|"
    r"rul\w*\s+out|discard\w*|reject\w*|against|wrong|incorrect|nicht|pas)"
    r"|n['’]t|不是|不选)"
)
_FILLING = (
    r"(?:\s+(?:it|that|be|it['’]s|the|is|option|choice|answer|think|believe|to|either|both|say|sure|if|whether))*"
)
_REFUSING = phrases(
    *(r"refus\w+", r"avoid\w*", r"declin\w+", r"hesita\w+", "reluctant", r"unable", r"skip\w*", r"regret\w*"),
    *("deny", "denied", r"disagree\w*", "disbelieve", r"fail(?:s|ed)? to", "stop(?:s|ped)? short of"),
    *("hard pressed", r"no (?:way|point|sense|case|circumstances|intention|grounds|basis|chance|desire)"),
    *("nobody", "no one", "unlikely that", "impossible that", "false that", "untrue that", "wrong to"),
    *("mistake to", "anything but clear"),
    *("(?:hard|difficult|impossible|unwise|premature) to (?:say|tell|claim|conclude|believe|choose|pick)",),
    *("rule out", "wary of", "loath to", "unwilling", "not able", "never", "anything but", "scarcely", "barely"),
    *("hardly", "opposed?", "objects? to", "nothing to", "by no means", "lacks?", r"too \w+ to", r"refrain\w*"),
    *(r"struggl\w+",),
)
"""Words behind which nothing is chosen."""
_BAD = phrases(
    *("least", "worst", "wrong", "incorrect", "bad", "poor", "poorest", "false", "unlikely", "implausible"),
    *("improbable", "impossible", "misleading", "tempting", "rejected", "eliminated", "excluded", "discarded"),
    *("distractor", "trap", "opposite(?: of the (?:correct |right )?answer)?", "inaccurate", "weak", "weakest"),
    *("to avoid", "i (?:avoid|reject|exclude)", "to (?:rule out|reject)", "less (?:likely|probable|plausible)"),
    *("runner-up", "losing", "dumbest", "silly", "silliest", "decoy", "non-answer", "unsuitable", "inappropriate"),
    *("farthest", "furthest", "mistaken", "invalid", "erroneous"),
)
"""What a bad answer is called."""
_SAYS = phrases("means?", "suggests?", "shows?", "implies", "the (?:correct |right |best )?answer (?:is|must)")
_OTHER = phrases(
    *("another", "other", "alternative", "previous", "last", "first", "second", "third", "fourth", "next", "former"),
    *("least favou?rite", "second[\\s-]best", "third[\\s-]best"),
)
_NAMED = r"(?:\s+(?:best|likely|plausible|possible)){0,2}\s+(?:answer|option|choice|response|one)s?"
_BE = (
    r"(?:\s+(?:is|are|was|were|be|would|must|could|may|might|should|has\s+to|will|seems?\s+to|appears?\s+to|looks|"
    r"probably|likely|certainly|definitely|clearly|therefore|indeed|option|choice|letter|answer))*\s*[:=\-–—→]*\s*"
)
_CHOOSE = phrases("choose", "pick", "select", "say", "answer", "guess", "go with", "opt for", "go for", "vote for")
_CHOOSING = phrases("choosing", "picking", "selecting", "saying", "answering", "guessing", "going (?:with|for)")
_MAY_CHOOSE = phrases(
    *("like", "going", "want", "have", "had", "has", "inclined", "forced", "need", "ought", "prefer", "able"),
    *("is", "as", "decided?", "choose", "led me", "me", "answer", "option", "choice", "letter", "one", "lean"),
    *("leaning", "am", "but", "safe(?:r|st)?", "best", "better", "sense", "happy", "confident", "comfortable"),
    *("reasonable", "fair", "right"),
)
"""Words before "to choose" that mean it: whatever else is there does not."""
_MAY_BE_CHOOSING = phrases(
    *("am", "m", "be", "are", "re", "is", "was", "up", "so", "thus", "therefore", "hence", "by", "recommend"),
    *("suggest", "ll", "favou?r of", "and", "consider", "advise", "propose", "means", "to", "in", "confident"),
    *("comfortable",),
)
"""Words before "choosing" that mean it."""
_LISTED = (
    r"(?<!\bof\sthe\s)(?<!\bof\sthe\sgiven\s)"
    r"\b(?:options|choices|candidates|alternatives|possible\s+answers|possibilities|"
    r"option\s+list|list\s+of\s+options|"
    r"answer\s+(?:format|list)|(?:choose|select|pick)\s+from|multiple[\s-]choice)\b"
    r"(?:\s+(?:(?:is|are|was|were|may\s+be|include|given|listed|available|here|below))\b)*"
)

_BEFORE = re.compile(
    "|".join(
        (
            rf"{_DENYING}{_FILLING}\s*[,:]?\s*$",  # not, it is not the option, rather than
            rf"{_NO}\b{_ON}{_THINK}{_ON}$",  # I do not think that it is
            rf"{_NO}\s+(?:justify|recommend|endorse|support|defend|accept){_ON}$",  # I cannot justify choosing
            rf"{_REFUSING}(?:(?!:){_STEP})*$",  # I refuse to choose
            rf"\b(?:i|i['’]m|i\s+am|^\W*)\s*{_REFUSING}(?:\s+to)?(?:\s+(?:{_THINK}))?\s*:\s*$",  # I decline to answer:
            rf"(?<!\bnot\s)(?<!\bat\s){_BAD}(?:(?!:|{_SAYS}){_STEP})*?{_BE}$",  # the least likely answer is
            rf"{_OTHER}{_NAMED}{_BE}$",  # the second option is
            r"\bnot\s+(?:the|an|my)\s+(?:answer|option|choice)\s*:\s*$",  # not the answer:
            rf"\b(?!{_MAY_CHOOSE}\s)\w+\s+to\s+{_CHOOSE}(?:\s+(?:the\s+)?(?:option|letter|answer))?\s*:?\s*$",
            rf"\b(?!{_MAY_BE_CHOOSING}\s)\w+\s+{_CHOOSING}(?:\s+(?:the\s+)?(?:option|letter|answer))?\s*:?\s*$",
            rf"{_LISTED}\s*(?::\s*)?$",  # the options are
            r"\b(?:shows?|showing|reads?|says|displays?)\s+(?:the\s+|an\s+)?(?:option|letter|answer)\s*:\s*$",
            r"(?<!\bno\s)\bdoubt\s+(?:that|if|whether|it)\b[^,;]*$",  # I doubt that it is
            r"\bno\s+(?:reason|evidence|need|sign|indication)\b[^,;]*$",  # there is no reason to choose
            r"\b(?:people|one|you|some|many|others|they)\s+(?:would|might|may|could|will)\b[^,;]*$",  # some would say
            r"^\W*(?:if(?!\s+(?:i|you)\s+(?:had|have)\s+to)|unless|suppose|assuming)\b",  # if it were; not: if I had to
            # it could be; not: if I had to, I can only
            r"\b(?:if(?!\s+(?:i|you)\s+(?:had|have)\s+to)|whether|could|might|may|can(?!\s+only))\b[^,.;]{0,40}$",
        )
    ),
    re.IGNORECASE,
)

_AFTER = re.compile(
    r"\s*(?:is|was|are|would\s+be|seems|looks|can|could|does|do|has|might|may)?\s*(?:also\s+|clearly\s+|definitely\s+)?"
    r"(?:not\b|n['’]t|isn['’]t|can['’]t|cannot|doesn['’]t|wrong|incorrect|false|out\b|ruled\s+out|eliminated|impossible|"
    r"a\s+mistake|an\s+error|"
    r"possible|plausible|unlikely|tempting|close\b|partly|partially)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[^.!\n]*\?")


def is_denied(before: str, after: str) -> bool:
    """Say whether the words *before* a letter or *after* it take it back, as far as its clause goes."""
    return bool(_BEFORE.search(before) or _AFTER.match(after) or _QUESTION.match(after))
