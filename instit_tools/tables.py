"""Records as tidy polars tables, for notebooks: the measures of the statistics, with the texts themselves."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from instit_tools.records import Record, VideoRecord, text_of
from instit_tools.statistics.columns import arrow_table
from instit_tools.statistics.counting import counter
from instit_tools.statistics.measure import measure

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Tables", "tables"]

_MEASURED = ("texts", "frames", "instances", "masks", "overlaps", "videos", "images")
_CAPTIONS = ("instance", "frame", "temporal", "video")
_SHOWN = (
    "kind", "record", "source", "level", "timestamp", "key", "text", "characters", "words", "sentences", "tokens",
    "ids", "times", "file",
)  # fmt: skip


class Tables(Struct, frozen=True, kw_only=True):
    """Tidy tables of one dataset; ``record`` is the id as text, and joins them together with ``kind`` and ``file``.

    *texts* has a row for each caption, question and answer, of a ``level``: ``instance``, ``frame`` (images too),
    ``temporal``, ``video``, ``question``, ``answer``; for items of the benchmark ``option`` too. *captions* are the
    first four of these, *qa* has a row for each pair, *masks* one for each mask with its box and its motion,
    *overlaps* one for each two masks of a frame that share pixels. An image counts as frame 1 of itself. Empty and
    absent texts have no row. What the columns mean is in `instit_tools.statistics.columns.TABLES`.
    """

    videos: "pl.DataFrame"
    images: "pl.DataFrame"
    frames: "pl.DataFrame"
    instances: "pl.DataFrame"
    masks: "pl.DataFrame"
    overlaps: "pl.DataFrame"
    captions: "pl.DataFrame"
    qa: "pl.DataFrame"
    texts: "pl.DataFrame"


def tables(records: Iterable[tuple[str, Record]], *, tokenizer: str = "nltk") -> Tables:
    """Measure *records*, each with its file, and lay them out as tables, words and tokens counted by *tokenizer*.

    Raises `UsageError` for a tokenizer that does not exist.
    """
    import polars as pl

    count = counter(tokenizer)
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _MEASURED}
    said: list[str] = []
    pairs: list[tuple[str, int, str, str, str]] = []
    for file, record in records:
        measured = measure(record, count)
        for name in _MEASURED:
            rows[name] += ((*row, file) for row in getattr(measured, name))
        said += measured.said
        pairs += ((*pair, file) for pair in _pairs(record))
    found = {name: pl.DataFrame(arrow_table(name, rows[name])) for name in _MEASURED}
    found["texts"] = found["texts"].with_columns(pl.Series("text", said, pl.String)).select(_SHOWN)
    captions = found["texts"].filter(pl.col("level").is_in(_CAPTIONS))
    texts = ("record", "question", "answer", "file")
    schema = {name: pl.String() if name in texts else pl.Int64() for name in ("record", "number", *texts[1:])}
    return Tables(**found, captions=captions, qa=pl.DataFrame(pairs, schema=schema, orient="row"))


def _pairs(record: Record) -> list[tuple[str, int, str, str]]:
    """List the questions of a video: number from 1, question and answer."""
    questions = (record.questions or ()) if isinstance(record, VideoRecord) else ()
    return [
        (str(record.id), number, text_of(pair.question), text_of(pair.answer))
        for number, pair in enumerate(questions, 1)
    ]
