"""The letters in a text, and which of them it commits to: by what stands before and behind each, in its clause."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from instit_tools.bench.reading.said import clauses, normal

__all__ = ["Token", "commits", "enumerated", "lists", "tokens"]


class Token(NamedTuple):
    """A letter that stands alone: where, and its clause *before* it and *after* it.

    *dressed* says that it stands in brackets or quotes, *closed* that a bracket closes behind it.
    """

    letter: str
    start: int
    stop: int
    before: str
    after: str
    dressed: bool
    closed: bool


_NEAR = 200
"""Characters around a letter that are looked at: an answer that runs on for pages must not take minutes."""
_LETTER = re.compile(
    r"(?P<open>[(\[{\"'“‘]{0,4})(?<![A-Za-z0-9_'’\-&/\\°])"
    r"(?P<letter>[A-D]|(?<=[(\[{\"'“‘])[a-d](?=[)\]}\"'”’])|[b-d](?=\W*$)|a(?=[.)]?\s*$))"
    r"(?![A-Za-z0-9_'’]|-\w|\.[A-Z]\b|/[A-Z]\b)(?P<close>[)\]}\"'”’]{0,4})"
)


def tokens(text: str) -> Iterator[Token]:
    """Find the letters that stand alone; in lower case only those in brackets or at the end."""
    for start, clause in clauses(text):
        for match in _LETTER.finditer(clause):
            yield Token(
                letter=match["letter"].upper(),
                start=start + match.start(),
                stop=start + match.end(),
                before=clause[max(0, match.start() - _NEAR) : match.start()],
                after=clause[match.end() : match.end() + _NEAR],
                dressed=bool(match["open"] and match["close"]),
                closed=bool(match["close"]),
            )


_SURELY = (
    r"(?:\s*\b(?:definitely|clearly|probably|likely|most\s+likely|most\s+probably|certainly|therefore|thus|indeed|simply|"
    r"just|surely|obviously|still|either|both|that\s+of|to\s+be|going\s+to\s+be)\b)*"
)
_BE = (
    r"(?:\s*\b(?:is|are|was|would\s+be|must\s+be|should\s+be|has\s+to\s+be|will\s+be|seems\s+to\s+be|appears\s+to\s+be|"
    r"est|ist|lautet|es|è|é|wäre)\b|\s*[=\-]*>|\s*[:=→⇒\-–—】|]+|\s*(?:应该是|應該是|是|为|為|は|은|는))+"
)
_NOUN = (
    r"(?:\b(?:answers?|choice|option|pick|selection|response|solution|conclusion|guess|vote|prediction|ans|one|"
    r"réponse|antwort|respuesta|risposta|resposta|opción|ответ)\b|答案|选择|選擇|选项|正解|答え|정답)"
)
_KIND = r"(?:\s*\b(?:the\s+|only\s+|la\s+|die\s+|l['’]\s*)?(?:option|choice|answer|letter|alternative|number|la|die)\b\s*[:#]?)?\s*$"
_VERB = (
    r"(?:choose|chose|chosen|select(?:ed)?|pick(?:ed)?|opt\s+for|go(?:ing)?\s+with|went\s+with|vote\s+for|settle\s+on|"
    r"guess|answer(?:\s+with)?|choosing|selecting|picking|conclude(?:\s+that\s+it\s+is)?|leaning\s+towards?|"
    r"lean\s+towards?|say|bet\s+on|respond\s+with|meant?|nehme|wähle|choisis|elijo)"
)
_CUES = tuple(
    re.compile(cue + _KIND, re.IGNORECASE)
    for cue in (
        rf"{_NOUN}[^.:;!?\n]{{0,70}}?{_BE}{_SURELY}",
        rf"\b(?:correct|right|best|final|true)(?:\s+(?:one|is))?\s*{_BE}{_SURELY}",
        rf"\b{_VERB}\s*:?{_SURELY}",
        r"\b(?:it|this|that)(?:'s|’s|\s+(?:is|must\s+be|should\s+be|has\s+to\s+be|would\s+be|seems\s+to\s+be|"
        r"appears\s+to\s+be))" + _SURELY,
        r"\b(?:i\s+(?:think|believe|guess|say)|i(?:'d|\s+would)\s+say|my\s+guess|probably|definitely|likely|certainly|"
        r"clearly|obviously|surely|presumably)\s*,?",
        r"\b(?:so|thus|therefore|hence|then|accordingly|consequently|ergo)\s*,?(?:\s+only)?",
        r"\b(?:leaves?|leaving|points\s+to|matches|corresponds\s+to|supports|suggests)(?:\s+(?:us|me|you))?(?:\s+with)?"
        r"(?:\s+only)?",
        r"(?:\bnot\b|n't|n’t|\bnicht\b|\bpas\b|不是)[^.;]*(?:\b(?:but|rather|instead|sondern|mais)\b|而是)\s*(?:rather\b)?",
        r"选(?:择|項|项)?\s*(?:的?是|为)?\s*:?",
        r"\bich\s+würde",
        r"(?:=+>|-+>|→|⇒)",
    )
)
_CHANGED = r"(?!\s+(?:that|in|about|if|at\s+first|at\s+a\s+glance|initially|for\s+[\[<]))"
_PREDICATE = re.compile(
    rf"\s*(?:\([^()]*\)\s*)?,?\s*(?:(?:is|would\s+be|seems|appears|must\s+be|should\s+be|looks|it\s+is)\b\s*(?:to\s+be\s+)?{_SURELY}"
    r"\s*(?:the\s+|my\s+)?(?:only\s+(?:one|option|choice|answer)\b|(?:most\s+|only\s+|single\s+)?"
    rf"(?:correct|right|best|true|accurate|appropriate|suitable|likely|closest|answer\b|final\b|choice\b)"
    rf"(?:\s+(?:answer|option|choice|one)\b)?){_CHANGED}"
    r"|(?:best\s+(?:matches|describes|fits|captures|reflects)|(?:matches|describes|fits)\b[^.]*\bbest)\b"
    r"|it\s+is\W*$|(?:选项|選項)?(?:是|为)?(?:正确|對|对)的?|wählen\b|nehmen\b)",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\bonly\s+(?:(?:option|choice|answer)\s+)?$", re.IGNORECASE)
_ALONE_FITS = re.compile(
    r"\s*(?:\([^()]*\)\s*)?(?:matches|fits|agrees|is\s+(?:consistent|supported|true|correct|possible|left))\b"
)
_BEHIND = re.compile(
    r"\s*(?:$|[.,;:)!?。，、；！—–(|-]|\n|(?:because|since|as|rather|over|given|due|for|not|instead|wählen|nehmen)\b)",
    re.IGNORECASE,
)
_TEXT = re.compile(
    r"\s*(?:[.):|。，]|[-–—]\s|$|\n|,(?!\s*[A-D]\b)|\()|\s+(?:because|since|rather than|over|instead of)\b",
    re.IGNORECASE,
)
_AT_END = re.compile(r"(?:[,:;\-–—]|\bso)\s*(?:(?:option|choice|answer)\s*)?$", re.IGNORECASE)
_HEAD = re.compile(r"[\W_]*(?:(?:the\s+)?(?:option|choice|answer|letter)\b\W*)?", re.IGNORECASE)
_NOT = re.compile(
    r"(?:\bnot|n't|n’t|\bnever|\bneither|\bnor|\brather\s+than|\binstead\s+of|\bexcept|\bunlike|\bexclud\w*|\bwithout|\bover|"
    r"\beliminat\w*|\brul\w*\s+out|\bdiscard\w*|\breject\w*|\bagainst|\bwrong|\bincorrect|\bnicht|\bpas|不是|不选)"
    r"(?:\s+(?:it|that|be|it's|the|is|option|choice|answer|think|believe|to|either|both|say|sure|if|whether))*\s*[,:]?\s*$"
    r"|(?:\bnot|n't|n’t)\b[^,.;]*\b(?:think|believe|say|answer|choose|pick|select|convinced|sure)\b[^,;]*$"
    r"|\bno\s+(?:reason|evidence|need|sign|indication)\b[^,;]*$"
    r"|\b(?:people|one|you|some|many|others|they)\s+(?:would|might|may|could|will)\b[^,;]*$"
    r"|^\W*(?:if(?!\s+(?:i|you)\s+(?:had|have)\s+to)|unless|suppose|assuming)\b"
    r"|\b(?:if(?!\s+(?:i|you)\s+(?:had|have)\s+to)|whether|could|might|may|can)\b[^,.;]{0,40}$",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\s*(?:is|was|are|would\s+be|seems|looks|can|could|does|do|has|might|may)?\s*(?:also\s+|clearly\s+|definitely\s+)?"
    r"(?:not\b|n't|n’t|isn't|isn’t|can't|cannot|doesn't|wrong|incorrect|false|out\b|ruled\s+out|eliminated|impossible|possible|"
    r"plausible|unlikely|tempting|close\b|partly|partially)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[^.!\n]*\?")


def commits(token: Token, text: str, known: Mapping[str, str]) -> bool:
    """Say whether *text* commits to the letter of *token*; *known* are the options by letter, as `normal` writes them."""
    before, after = token.before, token.after
    if _NOT.search(before) or _DENIED.match(after) or _QUESTION.match(after):
        return False
    head = _HEAD.fullmatch(before) is not None
    ends = token.dressed or _BEHIND.match(after) is not None
    named = head or token.dressed or token.letter != "A" or _NAMED.search(before) is not None  # no article
    if _ONLY.search(before) and _ALONE_FITS.match(after):
        return True
    if _cued(before):
        return ends or token.letter != "A" or _NAMED.search(before) is not None
    if _PREDICATE.match(after):
        return named
    if head:
        return token.closed or _TEXT.match(after) is not None or _own(token, known)
    last = re.search(r"\w", text[token.stop :]) is None
    return last and (
        _AT_END.search(before) is not None or (token.dressed and known.get(token.letter) == normal(before))
    )


def _cued(before: str) -> bool:
    return any(cue.search(before) for cue in _CUES)


_NAMED = re.compile(r"\b(?:option|choice|letter)\s*$", re.IGNORECASE)


def _own(token: Token, known: Mapping[str, str]) -> bool:
    """Say whether the text of its own option stands behind the letter of *token*."""
    return token.letter in known and known[token.letter] == normal(token.after)


_AND = re.compile(
    r"\s*(?:[,/&+;、]\s*)?(?:(?:or|and|und|oder|ou|et|as well as|或者?|和)\W*)?(?:(?:the\s+)?(?:option|choice|answer)\W+)?",
    re.IGNORECASE,
)
_ANOTHER = re.compile(r"[^.!?\n]{0,30}\band\s+", re.IGNORECASE)
_ITS_OWN = re.compile(r"\s+(?:is|was|are|isn|can|could|does|has|would|says|shows|describes|fails|because|since)\b")


def lists(found: list[Token], text: str) -> Iterator[list[Token]]:
    """Put letters together that stand in one list, such as "B or C"."""
    group: list[Token] = []
    for token in found:
        if group and _together(text[group[-1].stop : token.start], token):
            group.append(token)
            continue
        if group:
            yield group
        group = [token]
    if group:
        yield group


def _together(between: str, token: Token) -> bool:
    if _ITS_OWN.match(token.after):
        return False
    if not token.dressed and not _BEHIND.match(token.after):
        return False
    listed = _AND.fullmatch(between) and (token.dressed or between.strip())
    return bool(listed or _ANOTHER.fullmatch(between))


_ITEM = re.compile(r"\s*[.):]?\s*\S")
_RIGHT = re.compile(r"✓|✔|✅|☑|\bcorrect\b", re.IGNORECASE)
_WRONG = re.compile(r"✗|✘|❌|×|\b(?:not|no|wrong|incorrect|false)\b|n't", re.IGNORECASE)
_MARK = re.compile(r"[.):]")


def enumerated(found: list[Token], text: str) -> tuple[list[Token], str | None]:
    """Leave out the letters of a list of all options; and give the one of them that alone is called right there."""
    heads = [token for token in found if _is_item(token)]
    if len({token.letter for token in heads}) < 3:  # noqa: PLR2004  # one or two are answers
        lines = [token for token in heads if _HEAD.fullmatch(token.before)]
        heads = lines if len({token.letter for token in lines}) > 1 else []
    stops = [token.start for token in heads[1:]] + [len(text)]
    rests = {token: text[token.stop : stop].partition("\n")[0] for token, stop in zip(heads, stops, strict=False)}
    right = [token.letter for token, rest in rests.items() if _RIGHT.search(rest) and not _WRONG.search(rest)]
    others = [token for token in found if token not in rests]
    return others, right[0] if len(right) == 1 else None


def _is_item(token: Token) -> bool:
    closed = token.closed and not token.dressed
    marked = closed or _MARK.match(token.after) is not None
    return marked and re.search(r"\w|✓|✗", token.after) is not None and not _cued(token.before)
