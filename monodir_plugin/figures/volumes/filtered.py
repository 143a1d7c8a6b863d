"""A map before and after the filter: the same slices on one grey scale."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ...files.loading import Results
from ..drawing.planes import choose_planes, draw_planes, grid_of, height_of, outline, window_of
from ..drawing.style import TWO_COLUMNS, judge, new_figure, plain, styled

__all__ = ["FILTER_JUDGED", "filtered_figure"]

#: How the figure looks for a good and for a bad filter.
FILTER_JUDGED = (
    "Good: noise outside and at the rim is gone, and details inside are as before. Bad: blobs "
    "without detail where the map seemed to have some, which was noise."
)

#: Percentiles of the voxels in the drawn slices of both maps, at the ends of the scale.
_SCALE = (0.1, 99.9)
_TITLE = 0.25


@styled
def filtered_figure(
    results: Results,
    before: np.ndarray,
    after: np.ndarray,
    name: str,
    kind: str,
    judged: bool = True,
) -> Figure:
    """Slices through the middle of the mask, of a map above and of the filtered map below.

    Parameters
    ----------
    results : Results
        Results of the run with whose ratios the map was filtered.
    before, after : ndarray, shape (N, N, N), float32
        The map and the filtered map, ``[z, y, x]``, in the units of the map.
    name : str
        Name of the map, for the title.
    kind : str
        Kind of the weights (``directional``, ``isotropic`` or ``global``), for the lower title.
    judged : bool
        Whether the figure says what good and bad look like; the report says it beside the figure.
    """
    planes = choose_planes(results.mask)
    window = window_of(results.mask)
    shown = [plane.of(box)[window, window] for box in (before, after) for plane in planes]
    low, high = (float(value) for value in np.percentile(np.concatenate(shown), _SCALE))
    height = height_of(planes) + _TITLE
    figure = new_figure(TWO_COLUMNS, 2 * height + _TITLE)
    figure.suptitle(f"Before and after the filter: {plain(name)}")
    for panel, box, title in zip(
        figure.subfigures(2, 1), (before, after), ("Before", f"After ({kind})")
    ):
        panel.suptitle(title)
        plots = grid_of(panel, len(planes))
        images = draw_planes(
            plots, results, planes, box, window, masked=False, vmin=low, vmax=high, cmap="gray_r"
        )
        outline(plots, results, planes, "#D55E00")
        bar = panel.colorbar(images[0], ax=plots, extend="both")
        bar.set_label("Density (units of the map)")
    if judged:
        judge(figure, FILTER_JUDGED)
    return figure
