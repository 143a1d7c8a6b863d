"""Figures as pictures inside the page, each with what is seen and what not to conclude."""

from __future__ import annotations

import base64
import io
import warnings
from dataclasses import dataclass
from typing import Iterator, Tuple

import matplotlib
from matplotlib.figure import Figure

from ..errors import InputError
from ..figures import FIGURES, draw_figure
from ..figures.drawing.style import WHEN_DRAWN
from ..files.loading import Results

__all__ = ["CAUTIONS", "Picture", "pictures"]

_DPI = 150
#: Shown in other ways, or in need of a choice of the reader.
_LEFT_OUT = ("overview", "voxel", "monores")
#: What not to conclude, by name of the figure.
CAUTIONS = {
    "adr": "This is the mean of two ends: voxels of the same ADR may differ along every axis. "
    "Where the lowest resolution is not resolved, the true ADR is coarser.",
    "difference": "The two answer different questions; a difference is no error of either.",
    "anisotropy": "It is small where all axes are equally fine, and also where all of them lie at "
    "the same limit. Look at the highest and the lowest resolution beside it.",
    "highest": "It picks the finest of many axes, and chance takes part in the pick. At the fine "
    "limit it means: at least so fine.",
    "lowest": "Hatched voxels are coarser than the coarse limit along their coarsest axes, or "
    "have no data there. Where a twentieth of the axes have no data, all voxels are hatched.",
    "radial": "It depends on the centre. If the particle turns about another point, radial and "
    "tangential resolution mix.",
    "tangential": "It depends on the centre. If the particle turns about another point, radial and "
    "tangential resolution mix.",
    "along": "A single axis is less certain than a statistic over many.",
    "density": "Only voxels inside the mask were measured; a wide mask brings in solvent, and "
    "with it coarse values.",
    "polar": "A fine axis is not a well populated view: the views across an axis make it fine. "
    "Where top views alone are missing, every axis is still covered.",
    "counts": "Counts show where voxels are finest, not by how much. Where many axes reach the "
    "fine limit, the plot is flat although the map may not be.",
    "sphere": "The same as the polar plot; only one end of each axis is seen.",
    "best-axis": "The colour of a dark voxel means nothing: its axes are alike.",
    "histograms": "Neighbouring voxels are not independent, so the histograms hold fewer "
    "observations than voxels. A peak at the fine limit is no finding.",
    "curves": "Shells near the centre hold few voxels. A slope has other causes than angular "
    "errors: flexible or poorly occupied parts at the rim give one too.",
    "conical-fsc": "Narrow cones hold few coefficients: compare the spread of the axes with what "
    "chance gives, which stands below. The two discs answer different questions, on scales of "
    "their own.",
    "views": "Coverage is read off the noise of the map; filters that differ between axes mislead "
    "it. The diagnosis says on what it rests.",
    "tensor": "Scatter over axes alone makes a sphere look like an ellipsoid: the diagnosis says "
    "how large the fractional anisotropy would be by chance.",
}


@dataclass(frozen=True)
class Picture:
    """One figure of the page.

    Attributes
    ----------
    name, title, caption, caution : str
    source : str
        A data URI; empty if the figure could not be drawn.
    size : tuple of int
        Width and height in pixels.
    missing : str
        Why it could not be drawn.
    """

    name: str
    title: str
    caption: str
    caution: str
    source: str = ""
    size: Tuple[int, int] = (0, 0)
    missing: str = ""


def pictures(results: Results) -> Iterator[Picture]:
    """All figures that say something about the results, in the order of the registry."""
    for name, kind in FIGURES.items():
        if name in _LEFT_OUT or not kind.drawable(results):
            continue
        words = (name, kind.title, kind.caption, CAUTIONS.get(name, ""))
        try:
            figure = draw_figure(name, results)
            width, height = (round(_DPI * inches) for inches in figure.get_size_inches())
            yield Picture(*words, source=_png(figure), size=(width, height))
        except InputError as error:
            # The map may have been moved since: the page says so in the figure's place.
            yield Picture(*words, missing=str(error))


def _png(figure: Figure) -> str:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A name in letters that the font lacks is drawn with boxes, and needs no warning.
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        with matplotlib.rc_context(WHEN_DRAWN):
            figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
