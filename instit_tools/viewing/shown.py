"""What a page says of a record: its texts, frames, instances and questions in the order in which they are read."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from instit_tools.media.paths import source_of
from instit_tools.records import BenchItem, Record, VideoRecord, kind_of
from instit_tools.viewing.presence import Row, rows
from instit_tools.viewing.said import Said, Trouble, shown_text
from instit_tools.viewing.scenes import Caption, Scene, ids_in, presence, scenes
from instit_tools.viewing.texts import Texts
from instit_tools.viewing.traced import Traced

__all__ = ["Asked", "Shown", "shown"]

_TITLE = 160


class Asked(Struct, frozen=True):
    """One question: its answer, the options where there are some, and the instances that any of it speaks of.

    *right* is the letter of the option that is the answer.
    """

    question: Said | None
    answer: Said | None
    options: tuple[tuple[str, Said], ...]
    ids: tuple[int, ...]
    right: str | None = None


class Shown(Struct, frozen=True):
    """A record as a page shows it; *loose* are the problems that belong to none of its texts."""

    kind: str
    id: str
    path: str
    source: str | None
    title: str
    caption: Said | None
    scenes: tuple[Scene, ...]
    ids: tuple[int, ...]
    rows: tuple[Row, ...]
    questions: tuple[Asked, ...]
    troubles: tuple[Trouble, ...]
    loose: tuple[Trouble, ...]
    anchors: Mapping[tuple[str | int, ...], str]

    @property
    def masked(self) -> bool:
        """Whether any mask is there."""
        return any(scene.traced.outlines for scene in self.scenes)

    @property
    def heading(self) -> str:
        """The kind and the id."""
        return f"{'question' if self.kind == 'bench' else self.kind} {self.id}"


def shown(record: Record, traced: Mapping[str, Traced], troubles: Iterable[Trouble] = ()) -> Shown:
    """Lay out *record* with the *troubles* that were found in it; *traced* are its outlines by name of the frame."""
    texts = Texts(record, troubles, frozenset().union(*[each.named for each in traced.values()]))
    found = scenes(record, texts, traced)
    caption = texts.said(record.caption, ("video_level_caption",)) if isinstance(record, VideoRecord) else None
    asked = tuple(_asked(record, texts))
    ids = sorted(texts.instances)
    return Shown(
        kind=kind_of(record),
        id=shown_text(str(record.id)).replace("\n", "\\n"),
        path=shown_text(record.path).replace("\n", "\\n"),
        source=_source(record),
        title=_title(caption, found, asked),
        caption=caption,
        scenes=found,
        ids=tuple(ids),
        rows=rows(presence(found), ids),
        questions=asked,
        troubles=texts.troubles,
        loose=texts.loose,
        anchors=texts.anchors,
    )


def _source(record: Record) -> str | None:
    source = source_of(record.path)
    return shown_text(source).replace("\n", "\\n") if source else None


def _title(caption: Said | None, found: tuple[Scene, ...], asked: tuple[Asked, ...]) -> str:
    """Begin with the first text that says something: of the whole, of a frame, of an instance, of a question."""
    instances: list[Caption] = [each for scene in found for each in scene.captions]
    said = [
        caption,
        *(scene.caption for scene in found),
        *(text for each in instances for _, text in each.texts),
        *(each.question for each in asked),
    ]
    for each in said:
        text = " ".join("".join(piece.raw for piece in each.pieces).split()) if each else ""
        if text:
            return text if len(text) <= _TITLE else f"{text[:_TITLE].rstrip()}…"
    return ""


def _asked(record: Record, texts: Texts) -> Iterable[Asked]:
    if isinstance(record, BenchItem):
        question = texts.said(record.question, ("question",))
        answer = texts.said(record.answer, ("answer",))
        options = tuple(
            (letter, text)
            for letter, choice in record.choices.items()
            if (text := texts.said(choice, record.option_path(letter)))
        )
        ids = ids_in(question, answer, *(text for _, text in options))
        yield Asked(question, answer, options, ids, record.right)
    elif isinstance(record, VideoRecord):
        for index, pair in enumerate(record.questions or ()):
            path = ("question_answer_pairs", index)
            question = texts.said(pair.question, (*path, "question"))
            answer = texts.said(pair.answer, (*path, "answer"))
            yield Asked(question, answer, (), ids_in(question, answer))
