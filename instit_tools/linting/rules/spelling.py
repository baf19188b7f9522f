"""References that mean something, written otherwise than published: ``[01]``, ``[1, 2]``, ``[1-3]``, ``<5>-7``."""

from collections.abc import Iterator
from functools import lru_cache

from instit_tools.linting.base import Example, Finding, Fix, Rule
from instit_tools.linting.fixes import respelled
from instit_tools.linting.view import View
from instit_tools.references import Instances, Moment, Reference, Span, canonical, numbers

FAMILY = "references"

_SAFE = "writes {}; the numbers stay the same."

PADDED = Rule(
    code="id-padded",
    severity="warning",
    summary="an id with zeros or spaces: [01], [ 1 ]",
    why="Programs that look for [1] do not find it, and a model learns two spellings of one mark. Users of the data "
    "replace [01] to [09] by hand today.",
    example=Example(
        on="image", bad='{"image_level_caption": "[01] on [2]."}', good='{"image_level_caption": "[1] on [2]."}'
    ),
    safe=_SAFE.format("[1]"),
)
TIMESTAMP_PADDED = Rule(
    code="timestamp-padded",
    severity="warning",
    summary="a timestamp with zeros: <03>",
    why="Programs that look for <3> do not find it.",
    example=Example(
        on="video",
        bad='{"question_answer_pairs": [{"question": "Where is [1] at <02>?", "answer": "Left."}]}',
        good='{"question_answer_pairs": [{"question": "Where is [1] at <2>?", "answer": "Left."}]}',
    ),
    safe=_SAFE.format("<3>"),
)
LIST = Rule(
    code="id-list",
    severity="warning",
    summary="several ids in one bracket: [1, 2]",
    why="The published spelling is [1] [2]; whoever looks for \\[(\\d+)\\] finds none of them.",
    example=Example(
        on="image", bad='{"image_level_caption": "[1, 2] match."}', good='{"image_level_caption": "[1] [2] match."}'
    ),
    safe=_SAFE.format("[1] [2]"),
)
RANGE = Rule(
    code="id-range",
    severity="warning",
    summary="a range of ids: [1-3]",
    why="The published spelling names each: [1] [2] [3]. Whoever looks for \\[(\\d+)\\] finds none of them.",
    example=Example(
        on="image", bad='{"image_level_caption": "[1-2] match."}', good='{"image_level_caption": "[1] [2] match."}'
    ),
    safe=_SAFE.format("[1] [2] [3]"),
)
UNFINISHED = Rule(
    code="interval-unfinished",
    severity="warning",
    summary="an interval in another spelling: <5>-7, <5-7>, <5> - <7>",
    why="The published spelling is <5>-<7>. Of <5>-7 programs see one frame, of <5-7> none.",
    example=Example(
        on="video",
        bad='{"question_answer_pairs": [{"question": "Where is [1] during <1>-2?", "answer": "Left."}]}',
        good='{"question_answer_pairs": [{"question": "Where is [1] during <1>-<2>?", "answer": "Left."}]}',
    ),
    safe=_SAFE.format("<5>-<7>"),
)
BACKWARDS = Rule(
    code="interval-backwards",
    severity="error",
    summary="an interval that ends before it begins: <7>-<5>",
    why="Programs that expand it get no frame at all. Either the ends were swapped or one of them is wrong.",
    example=Example(
        on="video",
        bad='{"question_answer_pairs": [{"question": "Where is [1] during <2>-<1>?", "answer": "Left."}]}',
        good='{"question_answer_pairs": [{"question": "Where is [1] during <1>-<2>?", "answer": "Left."}]}',
    ),
    unsafe="swaps the two ends. Not safe: one of them may be wrong instead.",
)
RULES = (PADDED, TIMESTAMP_PADDED, LIST, RANGE, UNFINISHED, BACKWARDS)


def check(view: View) -> Iterator[Finding]:
    """Look at each spelling of each text; one repair mends all of a kind in a text."""
    for said, pieces in view.spoken:
        faults = [(piece.raw, *fault) for piece in pieces if (fault := _fault(piece))]
        fixes: dict[str, Fix] = {}
        for _, code, message, _ in faults:
            if code not in fixes:
                spellings = {raw: new for raw, other, _, new in faults if other == code}
                fixes[code] = respelled(said, spellings, safe=code != BACKWARDS.code)
            yield Finding(code=code, path=said.path, message=message, fix=fixes[code])


@lru_cache(maxsize=1 << 16)
def _fault(piece: Reference) -> tuple[str, str, str] | None:
    """Code, message and new spelling of what is unusual in *piece*: nothing, for nearly every one."""
    raw, plain = piece.raw, canonical(piece)
    if isinstance(piece, Span) and piece.first > piece.last:
        return BACKWARDS.code, f"{raw} ends before it begins", f"<{piece.last}>-<{piece.first}>"
    if raw == plain or not any(numbers(piece)):  # id-zero and timestamp-zero say the latter
        return None
    return _code(piece), f"{raw} should be written {plain}", plain


def _code(piece: Reference) -> str:
    match piece:
        case Instances() if "-" in piece.raw or "\N{EN DASH}" in piece.raw:
            return RANGE.code
        case Instances() if len(piece.ids) > 1:
            return LIST.code
        case Instances():
            return PADDED.code
        case Moment():
            return TIMESTAMP_PADDED.code
        case Span() if piece.raw.replace("<0", "<").replace("<0", "<") == canonical(piece):
            return TIMESTAMP_PADDED.code
        case _:
            return UNFINISHED.code
