"""Coverage of Fourier axes beside the density of views: found from the map, and by angles."""

from __future__ import annotations

from typing import Optional

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

__all__ = ["ANGLES_OF_PROGRAMS", "draw_coverage", "draw_views", "views"]

#: Names of the angles of the discs in other programs.
ANGLES_OF_PROGRAMS = (
    "rot and tilt are _rlnAngleRot and _rlnAngleTilt of RELION. In cryoSPARC's plots, rot is the\n"
    "azimuth, and 90° less tilt is the elevation from the x-y plane. Opposite views are one point."
)

#: Ratios to the mean coverage at the ends of the scale.
_SPAN = 4.0
_UNKNOWN = "the views of the map could not be estimated: there is nothing to draw"


@styled
def views(
    found: Optional[MissingViews], name: str, particles: Optional[MissingViews] = None
) -> Figure:
    """Coverage of axes beside the density of views.

    Parameters
    ----------
    found : MissingViews or None
        Views found from the map; ``None`` if they could not be estimated but are known by angles.
    name : str
        Name of the map, for the title.
    particles : MissingViews, optional
        The same by the angles of the particles, for a second row.

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    given = [("Found from the map", found), ("By the angles of the particles", particles)]
    rows = [(title, row) for title, row in given if row is not None]
    if not rows:
        raise ValueError(_UNKNOWN)
    figure = new_figure(TWO_COLUMNS, 3.8 + 3.5 * (len(rows) - 1))
    figure.suptitle(f"Coverage and views: {plain(name)}")
    panels = np.atleast_1d(figure.subfigures(len(rows), 1))
    for panel, (title, row) in zip(panels, rows):
        if particles is not None:
            panel.suptitle(title, fontsize="medium")
        left, right = panel.subfigures(1, 2)
        draw_coverage(left, row)
        draw_views(right, row)
    explain(figure, ANGLES_OF_PROGRAMS)
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
    most = "at most " if found.limit.applies else ""
    explain(panel, f"Lowest coverage of an axis: {most}{found.coverage.min():.2f} of the mean.")


def draw_views(panel: FigureBase, found: MissingViews) -> None:
    """Draw the density of views."""
    density = found.views
    if density is None:
        raise ValueError(_UNKNOWN)
    plot = one_disc(panel)
    which = "Known" if found.source == "angles" else "Estimated"
    top = max(float(density.values.max()), 2.0)
    heat = draw_heat(plot, density.views, density.values, cmap=COUNT_COLOURS, vmin=0.0, vmax=top)
    label_disc(plot, f"{which} views\n(angle rot, radius tilt)")
    bar = panel.colorbar(heat, ax=plot, pad=0.1, shrink=0.8)
    bar.set_label("Density of views (mean is 1)")
    explain(panel, "A point is a view. It covers the axes perpendicular to it.")
