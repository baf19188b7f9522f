"""The colours of instances: a hue by id, the golden angle apart, so that neighbouring ids never look alike.

Style sheets and scripts get them from here. How light and how strong a colour is, is the matter of each style sheet.
"""

__all__ = ["HUES", "css", "hue", "js"]

_FIRST, _GOLDEN = 20, 137.508
HUES = tuple(round(_FIRST + _GOLDEN * number) % 360 for number in range(24))
"""Degrees of the circle of colours (OKLCH); ids beyond begin again."""


def hue(number: int) -> str:
    """Name the class that gives an instance its hue.

    >>> hue(1), hue(25)
    ('c1', 'c1')
    """
    return f"c{number % len(HUES)}"


def css(within: str = "") -> str:
    """Write the rules of the classes, which set ``--h``; *within* is a selector of what they are in.

    >>> print(css(".box").splitlines()[1])
    .box .c1 { --h: 158; }
    """
    return "".join(f"{within} .{hue(at)} {{ --h: {each}; }}\n".lstrip() for at, each in enumerate(HUES))


def js() -> str:
    """Write the hues for scripts."""
    return f"view.hues = {list(HUES)};\n"
