"""Literals that trainers take for their own: placeholders of media, ends of turns, names of speakers.

Which loader does what with each is in ``docs/traps.md``; the literals are those that the targets reject.
"""

import re
from collections.abc import Iterator, Sequence

from instit_tools.conversations import CHAT_TOKENS, RESERVED, SWIFT_TOKENS
from instit_tools.linting.base import Example, Finding, Fix, Rule
from instit_tools.linting.edits import Put
from instit_tools.linting.view import View
from instit_tools.referring import REGION_TOKENS

FAMILY = "text"

_IMAGES = frozenset({
    "<image>", "<video>", "<audio>", "<im_start>", "<im_end>", "<im_patch>", "<img>", "</img>", "<IMG_CONTEXT>",
    "<image_soft_token>", "<start-image>", "<bbox>", "<ref-object>", "<region>",
})  # fmt: skip
_ENDS = frozenset({"</s>", "<unk>", "<|", "<start_of_turn>", "<end_of_turn>"})

IMAGE = Rule(
    code="reserved-image",
    severity="error",
    summary="a placeholder of a picture or video in a text: <image>, <video>",
    why="Trainers count these in all turns: one too many and the sample fails, is replaced by another, or shows the "
    "wrong picture. convert refuses such a text.",
    example=Example(
        on="image", bad='{"image_level_caption": "See <image> of [1]."}', good='{"image_level_caption": "See [1]."}'
    ),
    unsafe="takes the brackets away: <image> becomes image. Not safe: the text changes.",
)
END = Rule(
    code="reserved-end",
    severity="error",
    summary="an end of a turn or of a text, in a text: </s>, <|im_end|>",
    why="Tokenizers read it as the control token, so the answer ends there, or LLaVA masks the whole turn. convert "
    "refuses such a text.",
    example=Example(
        on="image", bad='{"image_level_caption": "[1] on [2].</s>"}', good='{"image_level_caption": "[1] on [2]."}'
    ),
    unsafe="takes it away. Not safe: the text changes.",
)
CONTROL = Rule(
    code="reserved-control",
    severity="error",
    summary="another control word of a trainer in a text: [INST], <think>, {{",
    why="Chat templates and their parsers act on it: a name of a speaker, a thought, a tool call, a variable. convert "
    "refuses such a text for the targets that it concerns.",
    example=Example(
        on="image", bad='{"image_level_caption": "[INST] [1] on [2]."}', good='{"image_level_caption": "[1] on [2]."}'
    ),
    unsafe="takes the brackets away, and a word without any altogether. Not safe: the text changes.",
)
RULES = (IMAGE, END, CONTROL)

_LITERALS: Sequence[str] = sorted(
    {*RESERVED, *CHAT_TOKENS, *REGION_TOKENS, *SWIFT_TOKENS}, key=lambda literal: (-len(literal), literal)
)
_ANY = re.compile("|".join(r"<\|[^|<>]*\|>|<\|" if literal == "<|" else re.escape(literal) for literal in _LITERALS))
_PIECES = re.compile(f"({_ANY.pattern})")
_OPENS, _ODD = re.compile(r"<[^0-9]"), [literal for literal in _LITERALS if literal[0] != "<"]
_NO_BRACKETS = str.maketrans("", "", "<>|/[]{}:")


def check(view: View) -> Iterator[Finding]:
    """Look for any of them in all texts at once, and closer where there is one."""
    joined = view.joined
    if not _OPENS.search(joined) and not any(literal in joined for literal in _ODD):
        return
    for said in view.texts:
        found = {literal: _code(literal) for literal in _ANY.findall(said.text)}
        for literal, code in found.items():
            pieces = (_bare(piece) if found.get(piece) == code else piece for piece in _PIECES.split(said.text))
            fix = Fix(edits=(Put(path=said.path, value="".join(pieces)),))  # all at once, for there may be many
            message = f"{literal!r} is taken by trainers for their own"
            yield Finding(code=code, path=said.path, message=message, fix=fix)


def _bare(literal: str) -> str:
    bare = literal.translate(_NO_BRACKETS)
    return "" if _code(literal) == END.code or bare == literal else bare


def _code(literal: str) -> str:
    if literal in _IMAGES:
        return IMAGE.code
    return END.code if literal in _ENDS or literal.startswith("<|") else CONTROL.code
