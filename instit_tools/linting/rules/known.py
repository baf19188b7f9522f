"""References to what is not there: instances and frames that the record does not have."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from instit_tools.linting.base import Example, Finding, Fix, Rule
from instit_tools.linting.fixes import DROPS_A_SENTENCE, respelled, without_sentences
from instit_tools.linting.view import Said, View
from instit_tools.records import QUESTIONS, ImageRecord
from instit_tools.references import Instances, Reference, Span, ids_of_key, numbers, print_moment

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
    why="The instance is marked, so the text is right, but no caption says what it is: small or hidden ones were "
    "skipped when the data were annotated.",
    example=Example(
        on="",
        bad='"[3] beside [1]", masks of [1] to [3], and captions of [1] and [2] only',
        good="a caption of [3] too",
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
    unsafe="writes <1>, as users of the data do. Not safe: if all its timestamps count from 0, the others are off by "
    "one.",
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
_SHOWN = 8

RULES = (UNKNOWN, ZERO_ID, UNCAPTIONED, ELSEWHERE, MASKLESS, BEYOND, ZERO_TIMESTAMP)


class _Fault(Struct, frozen=True):
    """What is wrong with one reference: which one, if it is to go, and what is to be written instead, if anything."""

    rule: Rule
    message: str
    raw: str | None = None
    new: str | None = None


def check(view: View) -> Iterator[Finding]:
    """Hold each reference against the captions, the masks and the frames of its record."""
    if not view.captioned:  # no annotation, or a video without frames, which frames-none says
        return
    for said, pieces in view.spoken:
        faults = [fault for piece in pieces for fault in _faults(view, said, piece)]
        if faults:
            yield from _findings(view, said, faults)


def _faults(view: View, said: Said, piece: Reference) -> Iterator[_Fault]:
    return _ids(view, said, piece) if isinstance(piece, Instances) else _timestamps(view, piece)


def _findings(view: View, said: Said, faults: Sequence[_Fault]) -> Iterator[Finding]:
    """Repair at once all that a rule finds in a text, or a text of many would be repaired as often."""
    fixes: dict[str, Fix] = {}
    for fault in faults:
        code = fault.rule.code
        if fault.raw and code not in fixes:
            lost = {each.raw: each.new for each in faults if each.rule is fault.rule and each.raw}
            new = {raw: spelling for raw, spelling in lost.items() if spelling}
            fixes[code] = respelled(said, new, safe=False) if new else without_sentences(view, said, lost)
        yield Finding(code=code, path=said.path, message=fault.message, fix=fixes.get(code))


def _ids(view: View, said: Said, piece: Instances) -> Iterator[_Fault]:
    unknown = []
    for number in dict.fromkeys(piece.ids):
        if number in view.anywhere:
            yield from _captioned(view, said, piece, number)
        elif number == 0:
            yield _Fault(ZERO_ID, f"{piece.raw} names instance 0; ids count from 1", piece.raw)
        elif number in view.masked:
            yield _Fault(UNCAPTIONED, f"[{number}] has a mask but no caption{_anywhere(view)}")
        else:
            unknown.append(number)
    if unknown:
        which = f" of {', '.join(map(str, unknown))}" if len(piece.ids) > 1 else ""
        told = f"{piece.raw}: there is" if which else f"{piece.raw} has"
        message = f"{told} no caption{which}{_anywhere(view)}{'' if view.masks is None else ' and no mask'}"
        yield _Fault(UNKNOWN, message, piece.raw)


def _anywhere(view: View) -> str:
    return "" if isinstance(view.record, ImageRecord) else " in any frame"


def _captioned(view: View, said: Said, piece: Instances, number: int) -> Iterator[_Fault]:
    if said.frame >= 0:
        if number in view.captioned[said.frame] or _masked_in(view, said.frame, number):
            return
        if said.level != "change" or number not in view.captioned_before(said.frame):
            yield _Fault(ELSEWHERE, f"[{number}] has no caption in this frame, only in others")
    elif view.masks is not None and number not in view.masked and said.path[0] == QUESTIONS:
        yield _Fault(MASKLESS, f"[{number}] has no mask in any frame", piece.raw)


def _masked_in(view: View, frame: int, number: int) -> bool:
    return any(
        index == frame and any(number in ids_of_key(key) for key in found) for _, index, found in view.masks or ()
    )


def _timestamps(view: View, piece: Reference) -> Iterator[_Fault]:
    if isinstance(view.record, ImageRecord):
        return  # <3> in the caption of an image is no frame: nobody asks for one
    lost = [number for number in numbers(piece) if number not in view.timestamps]
    if 0 in lost:
        ends = [number or 1 for number in numbers(piece)]
        new = f"<{ends[0]}>-<{ends[1]}>" if isinstance(piece, Span) else print_moment(ends[0])
        yield _Fault(ZERO_TIMESTAMP, f"{piece.raw} names frame 0; timestamps count from 1", piece.raw, new)
    if beyond := [f"<{number}>" for number in dict.fromkeys(lost) if number]:
        mended = view.misnumbered and all(number <= len(view.timestamps) for number in lost)  # by timestamp-gap
        where = f"{piece.raw}: " if isinstance(piece, Span) else ""
        message = f"{where}there is no frame {' and '.join(beyond)}; the frames are {_span_of(view)}"
        yield _Fault(BEYOND, message, None if mended else piece.raw)


def _span_of(view: View) -> str:
    first, last = min(view.timestamps), max(view.timestamps)
    if last - first == len(view.timestamps) - 1:
        return print_moment(first) if first == last else f"<{first}> to <{last}>"
    found = [print_moment(number) for number in sorted(view.timestamps)]
    return ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
