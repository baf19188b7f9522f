"""The pictures of a question of the benchmark, which names a picture or a folder of frames and says nothing of them."""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from instit_tools.errors import MediaError
from instit_tools.media.paths import checked, joined
from instit_tools.media.store import Store
from instit_tools.records import BenchItem
from instit_tools.viewing.said import shown_text
from instit_tools.viewing.scenes import Scene
from instit_tools.viewing.shown import Shown
from instit_tools.viewing.traced import Traced

__all__ = ["stills", "with_stills"]

_PICTURE = re.compile(r"(?i).*\.(?:jpe?g|png|webp|gif|bmp)")
_NUMBER = re.compile(r"[0-9]+")


def with_stills(shown: Shown, files: Sequence[str]) -> Shown:
    """Give a question the pictures that it is about, as scenes without words; any other record as it is."""
    if shown.kind != "bench":
        return shown
    return replace(shown, scenes=tuple(_still(number, file) for number, file in enumerate(files, 1)))


def stills(item: BenchItem, store: Store | None) -> list[str]:
    """List the pictures that a question is about: the one that it names, or all of its folder in *store*."""
    if not isinstance(item.video_path, str):
        return [item.path] if item.path else []
    if store is None:
        return []
    try:
        names = store.names(checked(item.path))
    except MediaError:
        return []
    return [joined(item.path, name) for name in sorted(filter(_PICTURE.fullmatch, names), key=_in_time)]


def _in_time(name: str) -> tuple[list[int], str]:
    """Sort names by their numbers: frame 10 comes after frame 9."""
    return [int(number) for number in _NUMBER.findall(name)], name


def _still(number: int, file: str) -> Scene:
    name = shown_text(file.rpartition("/")[2])
    return Scene(f"t{number}", number, name, (), None, None, Traced())
