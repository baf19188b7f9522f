"""How numbers are written for people, the same on the terminal and on the page."""

__all__ = ["percent", "written"]

_LEAST = 0.001


def written(value: float | None) -> str:
    """Write a number with as many digits as a reader wants.

    >>> written(24.316), written(1441.8), written(835520), written(0.0873), written(0.00001), written(None)
    ('24.3', '1,441.8', '835,520', '0.087', '<0.001', '-')
    """
    if value is None:
        return "-"
    if value == int(value):
        return f"{int(value):,}"
    if abs(value) < _LEAST:
        return f"<{_LEAST}" if value > 0 else f">-{_LEAST}"
    return f"{value:,.1f}" if abs(value) >= 1 else f"{value:.3f}"


def percent(share: float | None) -> str:
    """Write a share so that 0 % and 100 % mean exactly that.

    >>> percent(0), percent(0.0004), percent(0.1234), percent(0.9999), percent(1)
    ('0 %', '<0.1 %', '12.3 %', '99.9 %', '100 %')
    """
    if share is None:
        return "-"
    if 0 < share < _LEAST:
        return "<0.1 %"
    return f"{100 * share:.0f} %" if share in {0, 1} else f"{min(100 * share, 99.9):.1f} %"
