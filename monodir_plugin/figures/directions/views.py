"""Coverage of Fourier axes beside the density of views that explains it."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure, FigureBase

from ...diagnosis.views.missing_views import MissingViews
from ..drawing.disc import draw_heat, label_disc
from ..drawing.layout import one_disc
from ..drawing.style import (
    COUNT_COLOURS,
    RELATIVE_COLOURS,
    TWO_COLUMNS,
    colours_of,
    explain,
    mark_ratios,
    new_figure,
    plain,
    styled,
)

__all__ = ["draw_coverage", "draw_views", "views"]

#: Ratios to the mean coverage at the ends of the scale.
_SPAN = 4.0
_UNKNOWN = "the views of the map could not be estimated: there is nothing to draw"


@styled
def views(found: MissingViews, name: str) -> Figure:
    """Coverage of axes beside the density of views.

    Parameters
    ----------
    found : MissingViews
        Views of a map whose views could be estimated.
    name : str
        Name of the map, for the title.
    """
    figure = new_figure(TWO_COLUMNS, 3.5)
    figure.suptitle(f"Coverage and views: {plain(name)}")
    left, right = figure.subfigures(1, 2)
    draw_coverage(left, found)
    draw_views(right, found)
    return figure


def draw_coverage(panel: FigureBase, found: MissingViews) -> None:
    """Draw the coverage of axes as ratios to the mean; low coverage is red."""
    if found.coverage is None:
        raise ValueError(_UNKNOWN)
    plot = one_disc(panel)
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
    mark_ratios(bar, limits, lambda value: f"{value:.3g}")
    bar.set_label("Coverage (mean is 1)")
    explain(panel, f"Lowest coverage of an axis: {found.coverage.min():.2f} of the mean.")


def draw_views(panel: FigureBase, found: MissingViews) -> None:
    """Draw the density of views."""
    density = found.views
    if density is None:
        raise ValueError(_UNKNOWN)
    plot = one_disc(panel)
    top = max(float(density.values.max()), 2.0)
    heat = draw_heat(plot, density.views, density.values, cmap=COUNT_COLOURS, vmin=0.0, vmax=top)
    label_disc(plot, "Estimated views\n(angle rot, radius tilt)")
    bar = panel.colorbar(heat, ax=plot, pad=0.1, shrink=0.8)
    bar.set_label("Density of views (mean is 1)")
    explain(panel, "A point is a view. It covers the axes perpendicular to it.")
