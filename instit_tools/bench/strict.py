r"""The answer that a person would read from what a model said to a multiple-choice question, or none.

A letter counts where it is committed to: alone, in front of a text, behind words such as "the answer is", before "is
correct", or at the very end. A letter that is only mentioned, possible, ruled out, or part of a word or a name never
counts. Reasoning comes to an end: what stands behind ``</think>``, in ``\boxed{}`` or behind "final answer" outranks
what stands before it, and so does what follows a correction ("wait", "actually"). Where two letters are left, there is
no answer. Where the options are known, the text of one, alone or behind such words, is its letter, and a letter in
front of the text of another option is no answer.

Only the standard library is imported: an exported benchmark carries a copy of this file.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

__all__ = ["COMPETING", "CONTRADICTED", "ENDLESS", "NOTHING", "UNCOMMITTED", "Reading", "read"]

NOTHING, COMPETING, UNCOMMITTED = "nothing was said", "two letters compete", "no option is committed to"
ENDLESS, CONTRADICTED = "the reasoning does not end", "the letter is one option's and the text another's"


class Reading(NamedTuple):
    """The *letter* that was read, or ``None``; and the *reason*: by what it was read, or why there is none."""

    letter: str | None
    reason: str


class _Token(NamedTuple):
    """A letter that stands alone, in its clause: what stands *before* it there, and *after* it."""

    letter: str
    start: int
    stop: int
    before: str
    after: str
    dressed: bool
    final: bool = False


def read(prediction: str, choices: Mapping[str, str] | None = None) -> Reading:
    """Read the answer in *prediction*, with the texts of the options by letter where they are known.

    >>> read("Best option: C").letter, read("A dog is running, so C").letter, read("B or C").letter
    ('C', 'C', None)
    """
    text = _said(prediction)
    if text is None:
        return Reading(None, ENDLESS)
    if not re.search(r"\w", text):
        return Reading(None, NOTHING)
    known = {letter: _normal(choice) for letter, choice in (choices or {}).items()}
    return _marked(text, known) or _plain(text, known) or _committed(text, known) or _worded(text, known)


_TOKENS = re.compile(r"<\|[^|<>]{1,40}\|>|</?s>|<(?:eos|end_of_turn|end_of_utterance)>|\[/?INST\]", re.IGNORECASE)
_THOUGHT = r"(?:think|thinking|thought|reasoning|analysis|scratchpad)"
_TOLD = re.compile(rf".*</{_THOUGHT}>", re.IGNORECASE | re.DOTALL)
_THINKING = re.compile(rf"<{_THOUGHT}>", re.IGNORECASE)
_DRESS = re.compile(r"\\(?:text|mathrm|mathbf|textbf)\b|[*`$#]+|(?<!\w)_+|_+(?!\w)|\\[()\[\]]")


def _said(prediction: str) -> str | None:
    """Take away what is no part of the answer: tokens of a template, and reasoning; ``None`` where that has no end."""
    text = _TOLD.sub("", _TOKENS.sub(" ", unicodedata.normalize("NFKC", prediction)))
    return None if _THINKING.search(text) else text.strip()


_MARKED = (
    re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}"),
    re.compile(r"<(?:final_?)?answer>(.*?)(?:</(?:final_?)?answer>|$)", re.IGNORECASE | re.DOTALL),
    re.compile(r"[\"'](?:final_?|correct_?)?(?:answer|choice|option|prediction)[\"']\s*:\s*[\"']([^\"']*)", re.IGNORECASE),
)


def _marked(text: str, known: Mapping[str, str]) -> Reading | None:
    r"""Read what is marked as the answer: ``\boxed{B}``, ``<answer>B</answer>``, ``{"answer": "B"}``."""
    inside = [match[1] for pattern in _MARKED for match in pattern.finditer(text)]
    found = [_plain(each, known) or _committed(each, known) for each in inside]
    letters = {reading.letter for reading in found if reading and reading.letter}
    if len(letters) > 1 or any(reading and reading.letter is None for reading in found):
        return Reading(None, COMPETING)
    return Reading(letters.pop(), "marked as the answer") if letters else None


_ALONE = re.compile(r"\W*(?:(?:option|choice|answer|letter)\b\W*)?([A-Da-d])\W*")
_LEAD_IN = re.compile(
    r"(?:(?:so|therefore|thus|hence|then|well|okay|ok|sure|yes|and|in conclusion|in short|clearly|i think|i believe|"
    r"i would say|i'd say|based on [^,]*|according to [^,]*|looking at [^,]*)\b[\s,:]*)*"
    r"(?:(?:the|my|your)\s+)?(?:(?:most\s+)?(?:final|correct|right|best|likely|appropriate|accurate)\s+)*"
    r"(?:(?:answer|option|choice|response|one)(?:\s+(?:to|for)\s+[^.:]*?)?\s*(?:(?:is|would be|must be|should be)\b[\s:]*|[:=]+\s*)"
    r"(?:that\b\s*)?|(?:it|that|this)(?:'s|\s+is|\s+would be|\s+must be)\b\s*)?(?:probably\s+|definitely\s+|most likely\s+)?",
    re.IGNORECASE,
)


def _plain(text: str, known: Mapping[str, str]) -> Reading | None:
    """Read an answer that is nothing but a letter or the text of an option."""
    bare = _DRESS.sub("", text)
    alone = _ALONE.fullmatch(bare)
    if alone:
        return Reading(alone[1].upper(), "a letter alone")
    letters = _options_called(bare, known)
    return Reading(letters[0], "the text of an option") if len(letters) == 1 else None


def _options_called(text: str, known: Mapping[str, str]) -> list[str]:
    """Give the options whose text *text* is, as it stands or behind a lead-in."""
    spelled = {_normal(text), _normal(text[lead.end() :] if (lead := _LEAD_IN.match(text)) else text)}
    return [letter for letter, choice in known.items() if choice in spelled]


def _normal(text: str) -> str:
    """Write *text* as what is compared: no dress, case, article, final dot, nor words between references."""
    plain = _DRESS.sub("", unicodedata.normalize("NFKC", text)).casefold().replace("’", "'")
    plain = re.sub(r"(?<=[\]>])\s*(?:,\s*and|,|and|&)\s*(?=[\[<])", " ", re.sub(r"[–—]", "-", plain))
    plain = re.sub(r"\s+", " ", plain).strip(" \t.,;:!?\"'“”")
    return re.sub(r"^(?:an?|the) (?=.)", "", plain)


_CLAUSE = re.compile(r"(?<=[.!?。!?;])\s+(?!$)|\n+")
_LETTER = re.compile(
    r"(?P<open>[(\[{\"'“‘]*)(?<![A-Za-z0-9_'’\-&/\\])(?P<letter>[A-D]|(?<=[(\[{\"'“‘])[a-d](?=[)\]}\"'”’])|[b-d](?=\W*$)|a(?=[.)]?\s*$))"
    r"(?![A-Za-z0-9_'’]|-\w)(?P<close>[)\]}\"'”’]*)"
)


def _clauses(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for match in _CLAUSE.finditer(text):
        yield start, text[start : match.start()]
        start = match.end()
    yield start, text[start:]


def _tokens(text: str) -> Iterator[_Token]:
    """Find the letters that stand alone, with the clause around each."""
    for start, clause in _clauses(text):
        for match in _LETTER.finditer(clause):
            dressed = bool(match["open"] and match["close"])
            yield _Token(
                letter=match["letter"].upper(),
                start=start + match.start(),
                stop=start + match.end(),
                before=clause[: match.start()],
                after=clause[match.end() :],
                dressed=dressed,
            )


_SURELY = (
    r"(?:\s*\b(?:definitely|clearly|probably|likely|most\s+likely|certainly|therefore|thus|indeed|simply|just|surely|"
    r"obviously|still|either|both|that\s+of|to\s+be|most\s+probably|going\s+to\s+be)\b)*"
)
_BE = (
    r"(?:\s*\b(?:is|are|was|would\s+be|must\s+be|should\s+be|has\s+to\s+be|will\s+be|seems\s+to\s+be|appears\s+to\s+be|"
    r"est|ist|lautet|es|è|é|wäre)\b|\s*[=\-]*>|\s*[:=→⇒\-–—]|\s*(?:应该是|應該是|是|为|為|は|은|는))+"
)
_NOUN = (
    r"(?:\b(?:answers?|choice|option|pick|selection|response|solution|conclusion|guess|vote|prediction|ans|"
    r"réponse|antwort|respuesta|risposta|resposta|opción|ответ)\b|答案|选择|選擇|选项|正解|答え|정답)"
)
_KIND = r"(?:\s*\b(?:the\s+)?(?:option|choice|answer|letter|alternative|number)\b\s*[:#]?)?\s*$"
_VERB = (
    r"(?:choose|chose|chosen|select(?:ed)?|pick(?:ed)?|opt\s+for|go(?:ing)?\s+with|went\s+with|vote\s+for|settle\s+on|"
    r"guess|answer(?:\s+with)?|choosing|selecting|picking|conclude(?:\s+that\s+it\s+is)?|leaning\s+towards?|"
    r"lean\s+towards?|say|bet\s+on|respond\s+with)"
)
_CUES = tuple(
    re.compile(cue + _KIND, re.IGNORECASE)
    for cue in (
        rf"{_NOUN}[^.:;!?\n]{{0,70}}?{_BE}{_SURELY}",
        rf"\b(?:correct|right|best|final|true)(?:\s+(?:one|is))?\s*{_BE}{_SURELY}",
        rf"\b{_VERB}\s*[:：]?{_SURELY}",
        r"\b(?:it|this|that)(?:'s|’s|\s+(?:is|must\s+be|should\s+be|has\s+to\s+be|would\s+be))" + _SURELY,
        r"\b(?:i\s+(?:think|believe|guess|say)|i(?:'d|\s+would)\s+say|my\s+guess|probably|definitely|likely|certainly|"
        r"clearly|obviously|surely|presumably|maybe|perhaps)\s*,?",
        r"\b(?:so|thus|therefore|hence|then|accordingly|consequently|ergo)\s*,?",
        r"\b(?:leaves?|leaving|points\s+to|matches|corresponds\s+to|supports|suggests)(?:\s+(?:us|me|you))?(?:\s+with)?"
        r"(?:\s+only)?",
        r"选(?:择|項|项)?\s*(?:的?是|为)?\s*[:：]?",
        r"(?:=>|->|→|⇒)",
    )
)
_PREDICATE = re.compile(
    rf"\s*,?\s*(?:is|would\s+be|seems|appears|must\s+be|should\s+be|looks|it\s+is)\b\s*(?:to\s+be\s+)?{_SURELY}\s*"
    r"(?:the\s+|my\s+)?(?:most\s+|only\s+|single\s+)?(?:correct|right|best|true|accurate|appropriate|suitable|answer\b|"
    r"final\b|choice\b)(?!\s+(?:that|in|about|if|only)\b)|\s*,?\s*(?:matches|describes|fits)\b[^.]*\bbest\b|\s*(?:是|为)?(?:正确|对)的?",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"\s*(?:$|[.,;:)!?—–-]|\n|(?:because|since|as|rather|over|given|due|for|not|instead)\b)", re.IGNORECASE)
_TEXT = re.compile(r"\s*(?:[.):：]|[-–—]\s|$|\n|,(?!\s*[A-D]\b))|\s+(?:because|since|rather than|over|instead of)\b", re.IGNORECASE)
_AT_END = re.compile(r"(?:[,:;：\-–—]|\bis|\bso)\s*$", re.IGNORECASE)
_NOT = re.compile(
    r"(?:\bnot|n't|n’t|\bnever|\bneither|\bnor|\brather\s+than|\binstead\s+of|\bexcept|\bunlike|\bexclud\w*|\bwithout|\bover|"
    r"\beliminat\w*|\brul\w*\s+out|\bdiscard\w*|\breject\w*|\bagainst|\bwrong|\bincorrect|\bnicht|\bpas|不是|不选)"
    r"(?:\s+(?:it|that|be|it's|the|is|option|choice|answer|think|believe|to|either|both|say|sure|if|whether))*\s*[,:]?\s*$"
    r"|(?:\bnot|n't|n’t)\b[^,.;]*\b(?:think|believe|say|answer|choose|pick|select|convinced|sure)\b[^,;]*$"
    r"|\b(?:if|whether|could|might|may|can)\b[^,.;]{0,40}$",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\s*(?:is|was|are|would\s+be|seems|looks|can|could|does|do|has|might|may)?\s*(?:also\s+|clearly\s+|definitely\s+)?(?:not\b|n't|n’t|isn't|isn’t|"
    r"can't|cannot|doesn't|wrong|incorrect|false|out\b|ruled\s+out|eliminated|impossible|possible|plausible|unlikely|"
    r"tempting|close|partly|partially)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[^.!\n]*\?")


def _commits(token: _Token, text: str) -> bool:
    """Say whether *text* commits to the letter of *token*."""
    before, after = token.before, token.after
    if _NOT.search(before) or _DENIED.match(after) or _QUESTION.match(after):
        return bool(re.search(rf"\b(?:not|n't|n’t)\b.*\b(?:but|rather|instead)\b{_KIND}", before, re.IGNORECASE))
    if _PREDICATE.match(after):
        return token.letter != "A" or token.dressed or bool(re.search(r"(?:^|\W)$|\b(?:option|choice|answer)\s*$", before, re.IGNORECASE))
    ends = bool(_BEHIND.match(after)) or token.dressed
    if any(cue.search(before) for cue in _CUES):
        return ends or token.letter != "A"
    if not re.search(r"\w", before):
        return bool(_TEXT.match(after)) or (token.dressed and token.start == 0)
    last = not re.search(r"\w", text[token.stop :])
    return last and bool(_AT_END.search(before))


_BETWEEN = re.compile(
    r"\W*(?:(?:or|and|und|oder|ou|et|as well as|或者?|和)\W*)?(?:(?:the\s+)?(?:option|choice|answer)\W+)?", re.IGNORECASE
)
_ITS_OWN = re.compile(r"\s+(?:is|was|are|isn|can|could|does|has|would|says|shows|describes|fails|because|since)\b")


def _several(tokens: list[_Token], text: str) -> Iterator[list[_Token]]:
    """Put letters together that stand in one list, such as "B or C"."""
    group: list[_Token] = []
    for token in tokens:
        between = text[group[-1].stop : token.start] if group else ""
        listed = group and "\n" not in between and not re.search(r"[.!?:]", between) and _BETWEEN.fullmatch(between)
        if listed and not _ITS_OWN.match(token.after):
            group.append(token)
            continue
        if group:
            yield group
        group = [token]
    if group:
        yield group


_CORRECTION = re.compile(
    r"\b(?:wait|actually|scratch that|correction|on second thought|let me (?:re\w*|correct)|i mean|my mistake|sorry|hmm|"
    r"no,|oops|on closer (?:look|inspection)|i was wrong|i change my)",
    re.IGNORECASE,
)
_FINAL = re.compile(r"\bfinal(?:ly)?\b[^.\n]*$", re.IGNORECASE)


def _committed(text: str, known: Mapping[str, str]) -> Reading | None:
    """Read the letter that *text* commits to, the last word first where it corrects itself; ``None`` of no letter."""
    bare = _DRESS.sub("", text)
    groups = list(_several(_unlisted(list(_tokens(bare)), known), bare))
    found = [group for group in groups if _commits(group[0], bare) or (len(group) > 1 and _commits(group[-1], bare))]
    if not found:
        return None
    final = [group for group in found if _FINAL.search(group[0].before)]
    turn = max((match.end() for match in _CORRECTION.finditer(bare)), default=0)
    kept = final or [group for group in found if group[0].start >= turn] or found
    letters = {token.letter for group in kept for token in group}
    if len(letters) > 1:
        return Reading(None, COMPETING)
    letter = letters.pop()
    if any(_contradicted(group[-1], bare, known) for group in kept):
        return Reading(None, CONTRADICTED)
    return Reading(letter, "a letter that is committed to")


def _unlisted(tokens: list[_Token], known: Mapping[str, str]) -> list[_Token]:
    """Leave out the letters of a list of options, a line each: they are a question repeated."""
    heads = [token for token in tokens if not re.search(r"\w", token.before) and re.match(r"\s*[.):]\s*\w", token.after)]
    if len({token.letter for token in heads}) < 2:  # noqa: PLR2004  # one letter is an answer, two are a list
        return tokens
    return [token for token in tokens if token not in heads]


def _contradicted(token: _Token, text: str, known: Mapping[str, str]) -> bool:
    """Say whether the letter of *token* stands in front of the text of another option."""
    line = text[token.stop :].partition("\n")[0]
    spelled = {_normal(re.sub(r"^\W*", "", line)), _normal(line.lstrip(" .):-–—,")), _normal(re.split(r"[.!?](?:\s|$)", line.lstrip(" .):-–—,"))[0])}
    called = [letter for letter, choice in known.items() if choice and choice in spelled]
    return bool(called) and token.letter not in called


def _worded(text: str, known: Mapping[str, str]) -> Reading:
    """Read the option whose text is the first or the last thing said, or one sentence's whole."""
    bare = _DRESS.sub("", text)
    parts = [part for _, part in _clauses(bare)]
    parts += [re.split(r"[,:;]|\b(?:so|therefore|thus|hence)\b", part)[0] for part in parts[:1]]
    parts += re.split(r"\b(?:so|therefore|thus|hence)\b", parts[-1])[-1:] if parts else []
    letters = {letter for part in parts for letter in _options_called(part, known)}
    if len(letters) == 1:
        return Reading(letters.pop(), "the text of an option")
    return Reading(None, COMPETING if letters else UNCOMMITTED)
