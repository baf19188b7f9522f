"""Making the pages and pictures of some records of one partition; a function of its task."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from instit_tools.media.limits import Limits
from instit_tools.media.paths import joined
from instit_tools.media.store import Store, opened_once
from instit_tools.present import trees
from instit_tools.records import BenchItem, ImageRecord, Record, VideoRecord
from instit_tools.source.decode import Decoder
from instit_tools.source.partition import Partition, elements
from instit_tools.viewing.cards import Card, card_of
from instit_tools.viewing.pages import Around, record_page
from instit_tools.viewing.pictures import Drawn, Wanted, drawn
from instit_tools.viewing.said import Said, Trouble
from instit_tools.viewing.scenes import in_time
from instit_tools.viewing.settings import Pictures
from instit_tools.viewing.shown import Shown, shown
from instit_tools.viewing.stills import stills, with_stills
from instit_tools.viewing.traced import Traced, traced
from instit_tools.viewing.words import words

__all__ = ["Chosen", "Made", "Make", "make", "outlined"]


class Chosen(Struct, frozen=True, kw_only=True):
    """One record that is shown: its number in the file, the name of its page, what was found in it."""

    number: int
    name: str
    troubles: tuple[Trouble, ...]
    around: Around


class Make(Struct, frozen=True, kw_only=True):
    """The records of *part* that are shown, and how; *link* is the way from a page to the media root."""

    part: Partition
    chosen: tuple[Chosen, ...]
    folder: str
    media: str | None
    pictures: Pictures
    size: int
    link: str
    limits: Limits


class Made(Struct, frozen=True):
    """What the gallery needs of one record."""

    card: Card
    words: tuple[str, ...]


def make(task: Make) -> list[Made]:
    """Write the page and the pictures of every record of *task*."""
    decode = Decoder()
    store = opened_once(task.media, task.limits) if task.media else None
    by_number = {each.number: each for each in task.chosen}
    return [
        _made(decode(element.json), bytes(element.json), by_number[element.number], task, store)
        for element in elements(task.part)
        if element.number in by_number
    ]


def _made(record: Record, raw: bytes, chosen: Chosen, task: Make, store: Store | None) -> Made:
    files = _files(record, store)
    seen = _drawn(files, chosen.name, task, store)
    sizes = {file: (each.width, each.height) for file, each in zip(files, seen.large, strict=False) if each.width}
    laid_out = with_stills(shown(record, outlined(record, sizes), chosen.troubles), files)
    page = record_page(laid_out, chosen.name, seen, chosen.around, raw)
    Path(task.folder, "records", f"{chosen.name}.html").write_text(page, encoding="utf-8")
    found: set[str] = set()
    for text in _texts(laid_out):
        found |= words(text)
    card = card_of(laid_out, chosen.name, poster=seen.poster, strip=seen.strip)
    return Made(card, tuple(sorted(found)))


def _files(record: Record, store: Store | None) -> list[str]:
    """List the pictures of *record* in the order in which they are shown."""
    match record:
        case VideoRecord():
            return [joined(record.path, frame.name) for _, frame in in_time(record)]
        case ImageRecord():
            return [record.path]
        case BenchItem():
            return stills(record, store)


def _drawn(files: Sequence[str], name: str, task: Make, store: Store | None) -> Drawn:
    if store is None:
        return Drawn()
    wanted = Wanted(folder=task.folder, name=name, pictures=task.pictures, size=task.size, link=task.link)
    return drawn(files, store, wanted)


def outlined(record: Record, sizes: Mapping[str, tuple[int, int]]) -> Mapping[str, Traced]:
    """Trace the masks of *record* by name of the frame; those of an image at ``""``. Damaged ones are in none.

    *sizes* are the (width, height) of pictures by path, as far as they are known.
    """
    if isinstance(record, BenchItem):
        return {}
    return {
        name: traced(tree, sizes.get(joined(record.path, name) if name else record.path))
        for name, tree in trees(record).items()
    }


def _texts(record: Shown) -> Iterator[str]:
    """Give every text to be found by, with the id and the path."""
    yield record.id
    yield record.path
    for said in _said(record):
        if said:
            yield "".join([piece.raw for piece in said.pieces])


def _said(record: Shown) -> Iterator[Said | None]:
    yield record.caption
    for scene in record.scenes:
        yield from (scene.caption, scene.change)
        yield from (text for caption in scene.captions for _, text in caption.texts)
    for asked in record.questions:
        yield from (asked.question, asked.answer, *(text for _, text in asked.options))
