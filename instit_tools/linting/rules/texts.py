"""Texts that say nothing: empty, white space, a refusal of the model that wrote them, or far too short or long."""

import re
from collections.abc import Iterator, Mapping

from instit_tools.linting.base import Example, Finding, Rule
from instit_tools.linting.fixes import DROPS_A_TEXT, without_text
from instit_tools.linting.view import Said, View

FAMILY = "text"

EMPTY = Rule(
    code="text-empty",
    severity="error",
    summary="an empty text",
    why="A model is trained to say nothing, or the conversation loses its turn and its roles no longer alternate. An "
    "empty caption of a whole video is video-uncaptioned instead.",
    example=Example(on="image", bad='{"image_level_caption": ""}', good='{"image_level_caption": "[1] on [2]."}'),
    unsafe=DROPS_A_TEXT,
)
BLANK = Rule(
    code="text-blank",
    severity="error",
    summary="a text of nothing but white space",
    why="As text-empty, and harder to see.",
    example=Example(on="image", bad='{"image_level_caption": " \\n "}', good='{"image_level_caption": "[1] on [2]."}'),
    unsafe=DROPS_A_TEXT,
)
REFUSAL = Rule(
    code="text-refusal",
    severity="error",
    summary="a refusal or a filler in place of a text",
    why="The captions were written by a model, and where it refused, a refusal is what another model learns from it.",
    example=Example(
        on="image",
        bad='{"image_level_caption": "I\'m sorry, but I can\'t assist with that."}',
        good='{"image_level_caption": "[1] says sorry to [2]."}',
    ),
    unsafe=DROPS_A_TEXT,
)
SHORT = Rule(
    code="text-short",
    severity="note",
    summary="a caption of hardly a word",
    why="The published captions have 24 words of an instance, 107 of a frame, 68 of a change and 342 of a video on "
    "average (Table 9 of arXiv 2412.03565). What has hardly a word may be cut off. Answers may be short.",
    example=Example(on="image", bad='{"image_level_caption": "[1]."}', good='{"image_level_caption": "[1] on [2]."}'),
)
LONG = Rule(
    code="text-long",
    severity="note",
    summary="a text many times longer than usual",
    why="More than ten times the published mean of its level (in characters: instance 102, frame 458, change 307, "
    "video 1,442; Table 9 of arXiv 2412.03565), or 2,000 for a question or an answer. It may be two texts, or be cut "
    "off by the context of a trainer.",
    example=Example(on="", bad="a caption of an instance of 1,500 characters", good="one of 100"),
)
RULES = (EMPTY, BLANK, REFUSAL, SHORT, LONG)

_SHORTEST: Mapping[str, int] = {"instance": 2, "frame": 3, "change": 3, "video": 3, "question": 2}
"""Bytes of letters and digits, where a reference beside a word counts as one more word."""
_MAY_BE_SHORT = 24
_LONGEST: Mapping[str, int] = {
    "instance": 1020, "frame": 4580, "change": 3070, "video": 14420, "question": 2000, "answer": 2000, "option": 2000,
}  # fmt: skip

_CANNOT = (
    r"(?:i|we) (?:(?:ca|could|wo)n['\u2019]?t|cannot|can not|could not|(?:am|are) (?:not able|unable) to)"
    r"|(?:i['\u2019]?m|we['\u2019]re) (?:not able|unable) to"
)
_UNABLE = (
    rf"(?:unfortunately,?\s+)?(?:{_CANNOT})\s+(?:\w+ly\s+)?"
    r"(?:help|assist|provide|offer|describe|see|view|identify|determine|tell|answer|comply|fulfil|generate|create|"
    r"process|analy[sz]e|access|recogni[sz]e|do|continue|complete|discuss|engage|make|give|confirm|interpret)\b"
    r"|(?:i|we) (?:don['\u2019]t|do not) (?:have (?:access|the ability|enough)|feel comfortable)"
    r"|as an? (?:ai|artificial intelligence|(?:large )?language model)\b"
)
_NOTHING_SHOWN = (
    r"(?:no|there (?:is|was) no|the|this|that|your) (?:image|picture|video|frame|photo)s?"
    r"(?:(?: was| were| is| are)? (?:not )?(?:provided|given|attached|available|visible)|\b(?=.{0,40}\bnot\b))"
)
_SORRY = r"(?:i['\u2019]?m|i am|we['\u2019]re|we are)?\s*(?:very |so |really )?sorry"
_REFUSAL = re.compile(
    rf"[\s*#(]*+(?:{_SORRY}(?:[\s,.;:!\u2013\u2014-]+(?:but\s+)?(?:{_UNABLE}|{_NOTHING_SHOWN})|\W*$)"
    rf"|{_UNABLE}|(?:i|we) apologi[sz]e\b|my apologies\b"
    r"|(?:no|there is no) (?:image|picture|video|frame)s? (?:(?:was|were|is|are) )?(?:provided|given|attached))",
    re.IGNORECASE,
)
_FILLERS = frozenset({
    "n/a", "none", "null", "nan", "todo", "tbd", "fixme", "undefined", "unknown", "no caption", "no description",
    "caption", "description", "...", "lorem ipsum", "placeholder", "-", "?",
})  # fmt: skip
_LONGEST_FILLER = 16
_REFERENCE, _WORDS = re.compile(r"\[[0-9, -]+\]|<[0-9-]+>"), re.compile(r"[^\W_]+")


def check(view: View) -> Iterator[Finding]:
    """Look at the length of each text and at its beginning."""
    for said in view.texts:
        size = len(said.text)
        if not size or said.text.isspace():
            yield from _nothing(view, said)
        elif _refuses(said, size) and not _is_first_change(view, said):  # there, change-in-first says it
            message = f"a refusal or filler in place of a text: {_shown(said.text)}"
            yield Finding(code=REFUSAL.code, path=said.path, message=message, fix=without_text(view, said))
        elif size < _MAY_BE_SHORT and _spoken(said.text) < _SHORTEST.get(said.level, 0):
            yield Finding(code=SHORT.code, path=said.path, message=f"hardly a word: {_shown(said.text)}")
        elif size > _LONGEST.get(said.level, size):
            message = f"{size:,} characters, more than {_LONGEST[said.level]:,}"
            yield Finding(code=LONG.code, path=said.path, message=message)


def _spoken(text: str) -> int:
    """Count what is said: the letters in bytes, for one of Chinese says as much as three others."""
    letters = len("".join(_WORDS.findall(_REFERENCE.sub(" ", text))).encode())
    return letters + len(_REFERENCE.findall(text)) if letters else 0


def _nothing(view: View, said: Said) -> Iterator[Finding]:
    if said.level == "video" or _is_first_change(view, said):
        return  # video-uncaptioned says the one, and the other is as good as null
    rule = BLANK if said.text else EMPTY
    message = "nothing but white space" if said.text else "an empty text"
    yield Finding(code=rule.code, path=said.path, message=message, fix=without_text(view, said))


def _is_first_change(view: View, said: Said) -> bool:
    return said.level == "change" and said.frame == view.first_frame


def _refuses(said: Said, size: int) -> bool:
    if said.text[0] in "IiAaSsUuWwNnTtMm*#( \n" and _REFUSAL.match(said.text):
        return said.level not in {"question", "option"}
    filler = size <= _LONGEST_FILLER and said.text.strip().rstrip(".").lower() in _FILLERS
    return filler and said.level not in {"answer", "option"}


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")  # noqa: PLR2004  # enough to know it again
