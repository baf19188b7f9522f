"""Styles of marks: small TOML files with a version, three of them built in.

``video`` and ``image`` are the published marks as measured on published pictures, ``clear`` is made to be read. What a
style says is all that drawing depends on, so two pictures of one raw file, mask and fingerprint are the same.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from instit_tools.errors import UsageError
from instit_tools.registry import hint
from instit_tools.rendering.checking import fault

__all__ = [
    "Color",
    "Label",
    "Outline",
    "Sizes",
    "Style",
    "Tint",
    "available",
    "color_of",
    "load",
    "rgb",
    "size_at",
    "source",
]

_FOLDER = Path(__file__).parent

Color = str
"""As ``#rrggbb``."""
Sizes = float | tuple[tuple[int, float], ...]
"""A size, or one or two pairs of a picture's shorter side and the size there."""


class Tint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How strongly the pixels of an instance take its color."""

    alpha: float = 0.0


class Outline(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The line along the border of an instance; *rim* is the color of a thin line on both sides of it."""

    width: Sizes
    alpha: float
    smooth: bool = False
    rim: Color | None = None


class Label(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The number: where its label is, seen from the deepest point of the instance, and how it is drawn.

    *rim* is the color of a line around the label; *apart* moves a label aside that would cover another.
    """

    place: Literal["corner", "below", "middle"]
    face: Literal["strokes", "sans", "bold"]
    size: Sizes
    ink: str
    paper: str
    alpha: float
    rim: Color | None = None
    apart: bool = False


class Style(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How ids are drawn; the keys are those of ``schemas/style.schema.json``."""

    name: str
    version: int
    description: str = ""
    colors: tuple[Color, ...]
    tint: Tint = Tint()
    outline: Outline | None = None
    label: Label

    @property
    def fingerprint(self) -> str:
        """The sha256, in hex, of everything that the style says but its description."""
        said = msgspec.structs.replace(self, description="")
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def available() -> tuple[str, ...]:
    """Name the built-in styles."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def source(name: str) -> str:
    """Give the text of a built-in style, to start one's own from."""
    if name not in available():
        message = f"there is no style {name!r}"
        raise UsageError(message, hint=f"choose {', '.join(available())}")
    return _path(name).read_text(encoding="utf-8")


def load(name: str) -> Style:
    """Load a built-in style by name, or a style file by its path.

    Raises `UsageError` where there is none, or it does not fit ``schemas/style.schema.json``, which nobody checks of
    the built-in ones but a test.
    """
    if name in available():
        return _built_in(name)
    path = _path(name)
    tree = _tree(path)
    _check(tree, path)
    return _style(tree, path)


@cache
def _built_in(name: str) -> Style:
    return _style(_tree(_path(name)), _path(name))


def _tree(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"{path} is not valid TOML: {error}"
        raise UsageError(message) from error
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise UsageError(message) from error


def _style(tree: dict[str, Any], path: Path) -> Style:
    return msgspec.convert({"name": path.stem, **tree}, Style, strict=False)  # 2.0 is an integer to JSON Schema


def size_at(sizes: Sizes, side: int) -> float:
    """Say what *sizes* come to on a picture whose shorter side is *side*, from half of the smallest to that side.

    >>> size_at(2.0, 480), size_at(((640, 25.0),), 320), round(size_at(((424, 0.55), (720, 0.8)), 572), 3)
    (2.0, 12.5, 0.675)
    """
    if isinstance(sizes, float | int):
        return min(float(sizes), side)
    (low, small), (high, large) = sizes[0], sizes[-1]
    found = small * side / low if low == high else small + (large - small) * (side - low) / (high - low)
    return min(max(found, min(small, large) / 2), side)


def color_of(style: Style, number: int) -> tuple[int, int, int]:
    """Give red, green and blue of instance *number*: always the same, whatever else is on the picture."""
    return rgb(style.colors[(number - 1) % len(style.colors)])


def rgb(color: Color) -> tuple[int, int, int]:
    """Read ``#rrggbb``."""
    value = int(color[1:], 16)
    return value >> 16, value >> 8 & 0xFF, value & 0xFF


def _path(name: str) -> Path:
    if name in available():
        return _FOLDER / f"{name}.toml"
    path = Path(name)
    if path.suffix == ".toml" or path.exists():
        return path
    message = f"there is no style {name!r}"
    raise UsageError(message, hint=hint(name, available(), ", or name a .toml file"))


def _check(tree: dict[str, Any], path: Path) -> None:
    if found := fault(tree):
        message = f"{path}: {found[0]}: {found[1]}"
        raise UsageError(message, hint="instit-tools styles clear prints one that is right, to compare with")
