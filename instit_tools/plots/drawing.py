"""The `Figure` that plots give back: it shows itself in a notebook, which matplotlib's own does only with pyplot."""

import io

from matplotlib.figure import Figure

from instit_tools.plots.saving import save

__all__ = ["Drawing"]


class Drawing(Figure):
    """A matplotlib `Figure`."""

    def _repr_svg_(self) -> str:
        """Draw it for a notebook."""
        written = io.BytesIO()
        save(self, written, "svg")
        return written.getvalue().decode()
