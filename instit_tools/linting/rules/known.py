"""References to what is not there: instances and frames that the record does not have."""

from collections.abc import Iterator

from instit_tools.linting.base import Example, Finding, Fix, Rule
from instit_tools.linting.fixes import DROPS_A_SENTENCE, respelled, without_sentence
from instit_tools.linting.view import QUESTIONS, Said, View
from instit_tools.records import ImageRecord, VideoRecord
from instit_tools.references import Instances, Reference, Span, numbers

FAMILY = "references"

UNKNOWN = Rule(
    code="id-unknown",
    severity="error",
    summary="an id that has no caption in any frame, and no mask",
    why="Nothing in the record says what it is, and most likely nothing on the picture bears the number: a model is "
    "trained to speak of what it cannot see.",
    example=Example(
        on="image", bad='{"image_level_caption": "[1] on [9]."}', good='{"image_level_caption": "[1] on [2]."}'
    ),
    unsafe=DROPS_A_SENTENCE,
)
UNCAPTIONED = Rule(
    code="id-uncaptioned",
    severity="note",
    summary="an id that has a mask, but no caption in any frame",
    why="The instance is marked, so the text is right, but no caption says what it is: small or "
    "hidden ones were skipped "
    "when the data were annotated.",
    example=Example(
        on="image",
        bad='{"image_level_caption": "[3] beside [1] [2].", "segmentations": {'
        '"1": {"mask": {"size": [2, 2], "counts": [0, 1, 3]}}, "2": {"mask": {"size": [2, 2], "counts": [1, 1, 2]}}, '
        '"3": {"mask": {"size": [2, 2], "counts": [2, 2]}}}}',
        good='{"image_level_caption": "[1] [2] alone."}',
    ),
)
ELSEWHERE = Rule(
    code="id-not-in-frame",
    severity="note",
    summary="a frame's text speaks of an id that has no caption in that frame",
    why="It is captioned in other frames. A sample of this frame alone then speaks of something that its captions do "
    "not describe. Of a change, the frame before counts too: what left is spoken of.",
    example=Example(
        on="video",
        bad='{"frame_level_caption": [{"timestamp": 1, "frame_name": "1.jpg", "instance_level": {"1": "A cat."}, '
        '"image_level": "[1] beside [2].", "temporal_change": null}, {"timestamp": 2, "frame_name": "2.jpg", '
        '"instance_level": {"1": "A cat.", "2": "A dog."}, "image_level": "[1] beside [2].", '
        '"temporal_change": "[2] has come."}]}',
        good="{}",
    ),
)
MASKLESS = Rule(
    code="id-without-mask",
    severity="warning",
    summary="a question speaks of an id that has no mask in any frame",
    why="The record has masks, but none of this instance, so training on regions fails on an empty region. Of ids that "
    "are captioned only; others are id-unknown.",
    example=Example(
        on="",
        bad='"Where is [2] at <3>?", and segmentations of [1] only',
        good="segmentations of [1] and of [2]",
    ),
    unsafe=DROPS_A_SENTENCE,
)
BEYOND = Rule(
    code="timestamp-beyond",
    severity="error",
    summary="a timestamp that no frame has",
    why="<13> of a video of 12 frames: no picture answers the question, and a trainer shows another one or none.",
    example=Example(
        on="video",
        bad='{"question_answer_pairs": [{"question": "Where is [1] at <5>?", "answer": "Left."}]}',
        good='{"question_answer_pairs": [{"question": "Where is [1] at <2>?", "answer": "Left."}]}',
    ),
    unsafe=DROPS_A_SENTENCE,
)
ZERO_TIMESTAMP = Rule(
    code="timestamp-zero",
    severity="error",
    summary="<0>, though timestamps count from 1",
    why="It occurs in published questions. There is no frame 0, so programs that index by it read the last frame.",
    example=Example(
        on="video",
        bad='{"question_answer_pairs": [{"question": "Where is [1] at <0>?", "answer": "Left."}]}',
        good='{"question_answer_pairs": [{"question": "Where is [1] at <1>?", "answer": "Left."}]}',
    ),
    unsafe="writes <1>, as users of the data do. Not safe: if all its timestamps count from 0, the "
    "others are off by one.",
)
ZERO_ID = Rule(
    code="id-zero",
    severity="error",
    summary="[0], though ids count from 1",
    why="No mark bears the number 0.",
    example=Example(
        on="image", bad='{"image_level_caption": "[1] on [2]. [0] too."}', good='{"image_level_caption": "[1] on [2]."}'
    ),
    unsafe=DROPS_A_SENTENCE,
)
RULES = (UNKNOWN, ZERO_ID, UNCAPTIONED, ELSEWHERE, MASKLESS, BEYOND, ZERO_TIMESTAMP)


def check(view: View) -> Iterator[Finding]:
    """Hold each reference against the captions, the masks and the frames of its record."""
    if not isinstance(view.record, VideoRecord | ImageRecord):
        return
    for said, pieces in view.spoken:
        for piece in pieces:
            if isinstance(piece, Instances):
                yield from _ids(view, said, piece)
            else:
                yield from _timestamps(view, said, piece)


def _ids(view: View, said: Said, piece: Instances) -> Iterator[Finding]:
    for number in piece.ids:
        if number in view.anywhere:
            yield from _captioned(view, said, number)
        elif number == 0:
            yield _finding(
                ZERO_ID,
                said,
                f"{piece.raw} names instance 0; ids count from 1",
                without_sentence(view, said, piece.raw),
            )
        elif number in view.masked:
            yield _finding(UNCAPTIONED, said, f"[{number}] has a mask but no caption in any frame")
        else:
            told = f"{piece.raw} has no caption in any frame{_and_no_mask(view)}"
            yield _finding(UNKNOWN, said, told, without_sentence(view, said, piece.raw))


def _and_no_mask(view: View) -> str:
    return "" if view.masks is None else " and no mask"


def _captioned(view: View, said: Said, number: int) -> Iterator[Finding]:
    if said.frame >= 0:
        if number in view.captioned[said.frame] or _masked_in(view, said.frame, number):
            return
        if said.level != "change" or number not in view.captioned_before(said.frame):
            yield _finding(ELSEWHERE, said, f"[{number}] has no caption in this frame, only in others")
    elif view.masks is not None and number not in view.masked and said.path[0] == QUESTIONS:
        fix = without_sentence(view, said, f"[{number}]")
        yield _finding(MASKLESS, said, f"[{number}] has no mask in any frame", fix)


def _masked_in(view: View, frame: int, number: int) -> bool:
    return any(index == frame and str(number) in found for _, index, found in view.masks or ())


def _timestamps(view: View, said: Said, piece: Reference) -> Iterator[Finding]:
    if isinstance(view.record, ImageRecord):
        return  # <3> in the caption of an image is no frame: nobody asks for one
    lost = [number for number in numbers(piece) if number not in view.timestamps]
    if 0 in lost:
        new = piece.raw.replace("<00>", "<0>").replace("<0>", "<1>").replace("<0-", "<1-")
        message = f"{piece.raw} names frame 0; timestamps count from 1"
        yield _finding(ZERO_TIMESTAMP, said, message, respelled(said, {piece.raw: new}, safe=False))
    if any(lost):
        told = _span_of(view)
        verb = "goes beyond" if isinstance(piece, Span) else "is none of"
        message = f"{piece.raw} {verb} the frames, which are {told}"
        yield _finding(BEYOND, said, message, without_sentence(view, said, piece.raw))


def _span_of(view: View) -> str:
    if not view.timestamps:
        return "none at all"
    return f"<{min(view.timestamps)}> to <{max(view.timestamps)}>"


def _finding(rule: Rule, said: Said, message: str, fix: Fix | None = None) -> Finding:
    return Finding(code=rule.code, path=said.path, message=message, fix=fix)
