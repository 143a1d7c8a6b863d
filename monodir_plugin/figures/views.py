"""Which views are missing: coverage of axes beside the density of the views behind it."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ..diagnosis.views.missing_views import MissingViews
from .drawing.disc import draw_heat, label_disc
from .drawing.style import (
    COUNT_COLOURS,
    RELATIVE_COLOURS,
    TWO_COLUMNS,
    colours_of,
    explain,
    new_figure,
    plain,
    styled,
)

__all__ = ["draw_coverage", "draw_views", "views"]

#: Ratios to the mean coverage at the ends of the scale.
_SPAN = 4.0


@styled
def views(found: MissingViews, name: str) -> Figure:
    """Coverage of axes beside the density of views.

    Parameters
    ----------
    found : MissingViews
        Of a map that tells.
    name : str
        Of the map, for the title.
    """
    figure = new_figure(TWO_COLUMNS, 3.5)
    figure.suptitle(f"Coverage and views: {plain(name)}")
    left, right = figure.subfigures(1, 2)
    draw_coverage(left, found)
    draw_views(right, found)
    return figure


def draw_coverage(panel: FigureBase, found: MissingViews) -> None:
    """Draw the coverage of axes as ratios to the mean; red is little."""
    plot = panel.subplots(subplot_kw={"projection": "polar"})
    limits = (1 / _SPAN, _SPAN)
    heat = draw_heat(
        plot,
        found.axes,
        np.clip(found.coverage, *limits),
        cmap=colours_of(None, RELATIVE_COLOURS).reversed(),
        norm=LogNorm(*limits),
    )
    label_disc(plot, "Coverage of Fourier axes\n(angle rot, radius tilt)")
    bar = panel.colorbar(heat, ax=plot, extend="both", pad=0.1, shrink=0.8)
    bar.ax.yaxis.set_major_locator(FixedLocator(np.geomspace(*limits, 5)))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    bar.set_label("Coverage (mean is 1)")
    explain(panel, f"The least covered axis has {found.coverage.min():.2f} of the mean.")


def draw_views(panel: FigureBase, found: MissingViews) -> None:
    """Draw the density of views."""
    density = found.views
    if density is None:
        raise ValueError("the map cannot tell its views: there is nothing to draw")
    plot = panel.subplots(subplot_kw={"projection": "polar"})
    top = max(float(density.values.max()), 2.0)
    heat = draw_heat(plot, density.views, density.values, cmap=COUNT_COLOURS, vmin=0.0, vmax=top)
    label_disc(plot, "Views that explain it\n(angle rot, radius tilt)")
    bar = panel.colorbar(heat, ax=plot, pad=0.1, shrink=0.8)
    bar.set_label("Density (mean is 1)")
    explain(panel, "A point is a view, which covers the axes across it.")
