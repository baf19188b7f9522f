"""A figure as a file of always the same bytes, and as an element of a page that takes the page's colours."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from instit_tools.plots.style import FONT, GRID, INK, PAPER, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["inline", "save"]

_METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
_SALT = "instit-tools"
_FONTS = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_COLOURS = {
    INK: "var(--plot-ink, currentColor)",
    GRID: f"var(--plot-grid, {GRID})",
    PAPER: f"var(--plot-paper, {PAPER})",
}
_COLOUR = re.compile("|".join(_COLOURS), re.IGNORECASE)
_FAMILY = re.compile(r"font-family: [^;]*;? ?")
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_SPACE = re.compile(r" *([MLQCz]) *")
_NUMBERS = frozenset({"d", "x", "y", "width", "height", "transform", "points"})
_LINK = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def save(figure: "Figure", path: Path | io.BytesIO, format: str) -> None:  # noqa: A002  # the word of the command line
    """Write *figure* to *path* as ``svg``, ``png`` or ``pdf``; equal figures give equal bytes."""
    with _saving(_SALT):
        figure.savefig(path, format=format, metadata=_METADATA[format])


def inline(figure: "Figure", name: str, title: str) -> str:
    """Give *figure* as an ``<svg>`` for a page of HTML, called *title*; its ids begin with *name*.

    Ink, grid and paper are the page's ``--plot-ink``, ``--plot-grid`` and ``--plot-paper``; behind it is the page.
    """
    written = io.BytesIO()
    with _saving(name):
        figure.savefig(written, format="svg", metadata=_METADATA["svg"], transparent=True)
    root = ET.fromstring(written.getvalue())  # noqa: S314  # matplotlib wrote it a moment ago
    used = {match[1] for element in root.iter() for value in _links(element) for match in _REFERENCE.finditer(value)}
    element = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": root.attrib["viewBox"],
            "role": "img",
            "aria-label": title,
            "style": f"font-family: {_FONTS}; stroke-linejoin: round; stroke-linecap: butt",
        },
    )
    for child in root:
        element.extend(_kept(child, name, used))
    return ET.tostring(element, encoding="unicode")


@contextmanager
def _saving(salt: str) -> Iterator[None]:
    import matplotlib as mpl

    with styled(), mpl.rc_context({"svg.hashsalt": salt}), warnings.catch_warnings():
        # A name may be in a script that the font lacks: an SVG leaves it to the reader's fonts, others show a box.
        warnings.filterwarnings("ignore", rf"Glyph \d+ .*missing from font.*{FONT}|Glyph .* missing", UserWarning)
        warnings.filterwarnings("ignore", "Matplotlib currently does not support", UserWarning)
        yield


def _links(element: ET.Element) -> Iterator[str]:
    for key, value in element.attrib.items():
        yield f"url({value})" if key == _LINK else value


def _kept(element: ET.Element, name: str, used: set[str]) -> list[ET.Element]:
    """Rewrite *element* for a page; give its children in its place where it says nothing itself."""
    tag = element.tag.rpartition("}")[2]
    if tag in {"metadata", "style"}:  # a style sheet would hold for the whole page
        return []
    children = [kept for child in element for kept in _kept(child, name, used)]
    attributes = dict(_attributes(element, name, used))
    if tag == "g" and not attributes:
        return children
    if (tag in {"defs", "g"} and not children) or attributes.get("style") == "fill: none":
        return []
    made = ET.Element(tag, attributes)
    made.text = element.text if tag in {"text", "tspan"} else None
    made.extend(children)
    return [made]


def _attributes(element: ET.Element, name: str, used: set[str]) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        if key == "id":
            if value in used:
                yield key, f"{name}-{value}"
        elif key == _LINK:
            yield "href", f"#{name}-{value.removeprefix('#')}"
        elif key == "style":
            yield key, _COLOUR.sub(lambda match: _COLOURS[match[0].lower()], _FAMILY.sub("", value))
        elif not value.startswith("rotate(-0 "):
            shorter = _SPACE.sub(r"\1", _NUMBER.sub(_rounded, value)) if key in _NUMBERS else value
            yield key, _REFERENCE.sub(rf"url(#{name}-\1)", shorter)


def _rounded(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
