"""The whole site: records looked at, chosen, their pages made on all cores, and the gallery; whole or not at all."""

import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from instit_tools.commit import staged
from instit_tools.conversion.refusals import refused
from instit_tools.errors import OutputError
from instit_tools.executors import spread
from instit_tools.executors.cores import WORTH_WITH_PICTURES
from instit_tools.linting import work
from instit_tools.media.store import opened_once
from instit_tools.source.opened import Input, open_inputs
from instit_tools.source.partition import described
from instit_tools.source.unpacking import Unpacking
from instit_tools.spelling_out import printable
from instit_tools.viewing import hues
from instit_tools.viewing.cards import Card, counted
from instit_tools.viewing.choose import Choice, Progress, choose
from instit_tools.viewing.gallery import INDEX, problems, write_gallery
from instit_tools.viewing.make import Made, Make, make
from instit_tools.viewing.pages import MADE_BY
from instit_tools.viewing.said import shown_text
from instit_tools.viewing.settings import Settings, linked_from, located
from instit_tools.viewing.words import Words

__all__ = ["INDEX", "NAME", "REJECTS", "Progress", "Site", "build", "read"]

NAME, REJECTS = "view.json", "rejects.jsonl"
_FORMAT = "instit-tools/view/1"
_FOLDERS = ("assets", "data", "pictures", "posters", "records", "strips")
_ASSETS = Path(__file__).parent / "assets"
_ADDED = {"base.css": hues.css(), "base.js": hues.js()}


class Site(Struct, frozen=True, kw_only=True):
    """What was made: what it shows, how many *problems* of each rule, what is shown large, and every file of it.

    *link* is the way from a page to the pictures, and *media* where they are, in a site that links to them.
    """

    format: str
    made_by: str
    title: str
    records: dict[str, int]
    problems: dict[str, int]
    rejected: int
    pictures: str
    media: str | None
    link: str
    bytes: int
    files: tuple[str, ...] = ()


def build(settings: Settings, folder: Path, progress: Progress | None = None) -> Site:
    """Make the site of what *settings* name in *folder*.

    Raises the `InstitError` of the first record that cannot be read, unless the settings say to reject; then what was
    left out is in ``rejects.jsonl``. Raises `OutputError` where the folder holds anything but an older site that may be
    overwritten.
    """
    if printable(str(folder)) != str(folder):
        message = f"{printable(str(folder))} is no name in UTF-8"
        raise OutputError(message, hint="choose another folder")
    settings = located(settings)
    opened_once.cache_clear()  # the pictures may have changed since an earlier site of this process
    work.store_at.cache_clear()
    replaces = _replaceable(folder) if settings.overwrite else None
    with (
        _whole(folder, replaces) as partial,
        tempfile.TemporaryDirectory(prefix="instit-") as spool,
    ):
        inputs = tuple(open_inputs(settings.inputs, Path(spool), unpacking=Unpacking(settings.max_unpacked)))
        title = _title(inputs)
        choice = choose(settings, inputs, title, progress)
        cards, words = _gathered(_made(settings, choice, partial, folder, progress))
        write_gallery(partial, cards, words, title)
        return _finished(settings, partial, folder, choice, cards, title)


@contextmanager
def _whole(folder: Path, replaces: frozenset[str] | None) -> Generator[Path]:
    """Write the whole of *folder* or nothing; where the system refuses, say so, and of what."""
    places = [str(folder)]
    try:
        with staged(folder, replaces=replaces) as partial:
            places.append(str(partial))
            yield partial
    except OSError as error:
        raise refused(error, str(folder), *places, kept="nothing was published; ") from error


def _replaceable(folder: Path) -> frozenset[str]:
    """List the files of the site in *folder*; none where there is no site."""
    site = read(folder)
    return frozenset(site.files if site else ())


def read(folder: Path) -> Site | None:
    """Read what is known of the site in *folder*; ``None`` where there is none."""
    try:
        found = msgspec.json.decode((folder / NAME).read_bytes(), type=Site)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if found.format == _FORMAT else None


def _title(inputs: Sequence[Input]) -> str:
    """Name the file, or the folder of several."""
    paths = [Path(each.name) for each in inputs]
    folders = {path.parent.name for path in paths}
    if len(paths) > 1 and len(folders) == 1 and (name := folders.pop()):
        return shown_text(name)
    return shown_text(paths[0].name if len(paths) == 1 else f"{paths[0].name} and {len(paths) - 1} more")


def _made(settings: Settings, choice: Choice, partial: Path, folder: Path, progress: Progress | None) -> Iterator[Made]:
    """Make every page, in order."""
    for name in _FOLDERS:
        (partial / name).mkdir()
    tasks = [
        Make(
            part=part,
            chosen=chosen,
            folder=str(partial),
            media=settings.media,
            pictures=settings.pictures or "none",
            size=settings.size or 0,
            link=_link(settings, folder),
            limits=settings.limits,
        )
        for part, chosen in choice.shown
    ]
    total = sum(task.part.stop - task.part.start for task in tasks)
    results = spread(
        make,
        tasks,
        name=lambda task: described(task.part),
        workers=settings.workers,
        worth=total > WORTH_WITH_PICTURES,
    )
    if progress:
        progress.start(total)
    with closing(results):
        for task, found in zip(tasks, results, strict=True):
            yield from found
            if progress:
                progress.advance(task.part.stop - task.part.start, len(found))


def _gathered(made: Iterable[Made]) -> tuple[list[Card], Words]:
    """Keep of each page what the gallery needs, as it comes: the words of all of them at once would fill the memory."""
    cards: list[Card] = []
    words = Words()
    for each in made:
        words.add(len(cards), each.words)
        cards.append(each.card)
    return cards, words


def _finished(
    settings: Settings, partial: Path, folder: Path, choice: Choice, cards: Sequence[Card], title: str
) -> Site:
    """Put what else belongs to the site into it, and sum up."""
    if choice.rejects:
        (partial / REJECTS).write_bytes(msgspec.json.Encoder().encode_lines(choice.rejects))
    for asset in _ASSETS.iterdir():
        added = _ADDED.get(asset.name, "")
        (partial / "assets" / asset.name).write_bytes(asset.read_bytes() + added.encode())
    for name in _FOLDERS:
        if not any((partial / name).iterdir()):
            (partial / name).rmdir()
    files = sorted(path for path in partial.rglob("*") if path.is_file() and not path.name.startswith("."))
    site = Site(
        format=_FORMAT,
        made_by=MADE_BY,
        title=title,
        records=counted(card.kind for card in cards),
        problems=problems(cards),
        rejected=len(choice.rejects),
        pictures=settings.pictures or "none",
        media=str(Path(settings.media).absolute()) if settings.media and settings.pictures == "link" else None,
        link=_link(settings, folder),
        bytes=sum(path.stat().st_size for path in files),
        files=(*(path.relative_to(partial).as_posix() for path in files), NAME),
    )
    (partial / NAME).write_bytes(msgspec.json.format(msgspec.json.encode(site), indent=0) + b"\n")
    return site


def _link(settings: Settings, folder: Path) -> str:
    linked = settings.media is not None and settings.pictures == "link"
    return linked_from(settings.media or "", folder / "records") if linked else ""
