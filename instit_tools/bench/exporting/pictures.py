"""The pictures of the questions: looked at, in order, and named below the media root or copied beside the questions.

A plain file below the root is named; what is in an archive, at an address or in a Parquet file becomes a file of the
folder. The frames of a video are ordered by the numbers in their names: ``2.jpg`` comes before ``10.jpg``.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from instit_tools.bench.exporting.base import HERE, Asked
from instit_tools.bench.exporting.embedded import embedded
from instit_tools.bench.frames import in_order
from instit_tools.bench.items import Item
from instit_tools.errors import InstitError, RecordError, UsageError
from instit_tools.media.limits import Limits
from instit_tools.media.paths import Marks, joined, with_marks
from instit_tools.media.picture import inspect
from instit_tools.media.store import Store, prefetch

__all__ = ["asked"]

_COPIES = "media"


def asked(
    items: Sequence[Item], store: Store | None, folder: Path, *, root: Path | None, marks: Marks, limits: Limits
) -> Iterator[Asked]:
    """Yield each question with its pictures, those that are no plain files below *root* written into *folder*.

    *marks* says whether they are those with marks, those without, or what the paths of the questions say.

    Raises `RecordError` for a question that names no picture, `UsageError` where *store* is needed and is not there,
    and `MediaError`, with the question and the path, for a picture that is missing or none.
    """
    inside = embedded(items, folder, limits)
    pictures = None if store is None else _Pictures(store, folder, root)
    for item in items:
        if item.embedded is not None:
            yield Asked(item=item, pictures=(inside[item.form, *item.key],))
            continue
        try:
            yield Asked(item=item, pictures=_named(item, pictures, marks))
        except InstitError as error:
            raise error.at(f"{item.split} question {item.id}") from error


def _named(item: Item, pictures: "_Pictures | None", marks: Marks) -> tuple[str, ...]:
    if item.path is None:
        message = f"{item.split}_path: there is none"
        raise RecordError(message, hint="the published questions name their image or video")
    if pictures is None:
        message = f"{item.path} is not in the file, and nothing says where it is"
        raise UsageError(message, hint="--media names the folder that holds images_vpt/ and videos_vpt/")
    path = with_marks(item.path, marks)
    return pictures.image(path) if item.split == "image" else pictures.video(path)


class _Pictures:
    """The pictures of a store, on their way into a folder."""

    def __init__(self, store: Store, folder: Path, root: Path | None) -> None:
        self.store = store
        self.folder = folder
        self.root = root
        self.known: dict[str, tuple[str, ...]] = {}

    def image(self, path: str) -> tuple[str, ...]:
        """Give the one picture of an image."""
        if path not in self.known:
            self.known[path] = (self.placed(path),)
        return self.known[path]

    def video(self, path: str) -> tuple[str, ...]:
        """Give the frames of a video in order."""
        path = path.rstrip("/")
        if path not in self.known:
            paths = [joined(path, name) for name in in_order(self.store.names(path), path)]
            prefetch(self.store, paths)
            self.known[path] = tuple(map(self.placed, paths))
        return self.known[path]

    def placed(self, path: str) -> str:
        """Look at a picture, and say where the exported question finds it."""
        with self.store.open(path) as stream:
            inspect(stream, path, self.store.limits)
            if self.root is not None and (self.root / path).is_file():
                return path
            stream.seek(0)
            copy = self.folder / _COPIES / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(stream.read())
        return f"{HERE}{_COPIES}/{path}"
