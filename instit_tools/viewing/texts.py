"""The texts of one record, one after another: each gets its anchor and the problems that were found in it."""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import UNSET
from msgspec.structs import replace

from instit_tools.records import ImageRecord, Record, ShortLong, Text, VideoRecord, known_ids
from instit_tools.viewing.said import Said, Trouble, pieces

__all__ = ["Texts"]

Path = tuple[str | int, ...]


class Texts:
    """Makes what is shown of the texts of *record*, and remembers which of the *troubles* they are."""

    def __init__(self, record: Record, troubles: Iterable[Trouble], masked: frozenset[int]) -> None:
        """Know what a text may speak of: instances of captions, and those that a mask names (*masked*)."""
        self.troubles = tuple(troubles)
        self.anchors: dict[Path, str] = {}
        self.instances = _captioned(record) | masked
        self._is_bench = not isinstance(record, VideoRecord | ImageRecord)
        self._frames = frozenset(frame.timestamp for frame in record.frames) if isinstance(record, VideoRecord) else {1}
        self._at: defaultdict[Path, list[Trouble]] = defaultdict(list)
        for trouble in self.troubles:
            self._at[trouble.path].append(trouble)
        self._placed: set[Path] = set()

    def said(self, text: Text, path: Path) -> Said | None:
        """Show one *text*; ``None`` where there is none, an empty one without pieces."""
        if not isinstance(text, str):
            return None
        anchor = self.anchors[path] = f"s{len(self.anchors) + 1}"
        self._placed.add(path)
        return Said(pieces(text, instance=self._is_instance, frame=self._is_frame), anchor, tuple(self._at[path]))

    def lengths(self, caption: str | ShortLong | None, path: Path) -> tuple[tuple[str, Said], ...]:
        """Show a caption of an instance; one in two lengths is two texts with names."""
        if isinstance(caption, ShortLong):
            both = (("short", caption.short), ("long", caption.long))
            named = ((name, self.said(text, (*path, name))) for name, text in both)
            return tuple((name, said) for name, said in named if said)
        said = self.said(caption, path)
        return (("", said),) if said else ()

    @property
    def loose(self) -> tuple[Trouble, ...]:
        """The troubles of no text that was shown."""
        return tuple(trouble for trouble in self.troubles if trouble.path not in self._placed)

    def _is_instance(self, number: int) -> bool:
        return self._is_bench or number in self.instances

    def _is_frame(self, timestamp: int) -> bool:
        return self._is_bench or timestamp in self._frames


def _captioned(record: Record) -> frozenset[int]:
    if not isinstance(record, VideoRecord | ImageRecord):
        return frozenset()
    return known_ids(replace(record, segmentations=UNSET))  # not decoded once more
