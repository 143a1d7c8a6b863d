"""The viewer of a check of an enhanced map: its numbers, the map of shares, and its figure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Callable, Dict

import matplotlib
from matplotlib.figure import Figure
from pyworkflow.protocol import params

from ..errors import InputError
from ..figures import draw_figure
from ..figures.drawing.style import styled
from ..figures.support import unsupported_slices
from ..files.loading import Results, load_results
from ..files.maps import read_map
from ..protocols import ProtMonoDirCheck
from . import choices
from .slices_window import SlicesView, Voxel
from .viewer_base import ResultsViewer, Views, has_chimerax
from .windows import FigureView

__all__ = ["MonoDirCheckViewer"]


class MonoDirCheckViewer(ResultsViewer):
    """Shows how much of an enhanced map the data of a MonoDir run support.

    The share is that of the map's power: 0 where the data support all of it, 1 where they support
    none.
    """

    _label = "MonoDir check of an enhanced map"
    _targets = [ProtMonoDirCheck]
    _missing = "There is nothing to show yet: the map and its figure are written at the end."

    def setProtocol(self, protocol: ProtMonoDirCheck) -> None:
        """Define the form for the files of a check.

        Raises
        ------
        InputError
            If the check has written no map.
        """
        self._map, self._figure = (Path(path) for path in protocol.getFiles())
        if not self._map.is_file():
            raise InputError(f"{self._map} is missing; execute the check again")
        self._sentences = protocol.summary()
        super().setProtocol(protocol)

    def _defineParams(self, form: params.Form) -> None:
        program = "ChimeraX" if has_chimerax() else "Scipion's viewer"
        form.addSection(label="Check of an enhanced map")
        found = form.addGroup("What was found")
        for number, sentence in enumerate(self._sentences):
            found.addParam(
                f"sentence{number}",
                params.LabelParam,
                important=number == 0,
                label=sentence,
            )
        shown = form.addGroup("Windows")
        shown.addParam(
            "showSlices",
            params.LabelParam,
            label="Slices of the unsupported share",
            help="The share of power that the data do not support, at every voxel of the mask. A "
            "click on a voxel shows its resolution along every axis.",
        )
        shown.addParam(
            "showFigure",
            params.LabelParam,
            label="Unsupported power by frequency",
            help="The figure that the check wrote: slices, and the power that is not supported up "
            "to each spatial frequency, beside that of a map filtered by the data.",
        )
        shown.addParam(
            "openVolume",
            params.LabelParam,
            label="Open the map of shares",
            help=f"Opens in {program}.",
        )

    def _getVisualizeDict(self) -> Dict[str, Callable[[str], Views]]:
        shown = {
            "showSlices": self._show_slices,
            "showFigure": self._show_figure,
            "openVolume": lambda param: self._open_file(str(self._map.absolute())),
        }
        return {param: self._with_error_message(show) for param, show in shown.items()}

    # --------------------------- functions of the buttons --------------------
    def _show_slices(self, param: str) -> Views:
        shares = read_map(self._map, sampling=self._results().sampling).values
        figure = unsupported_slices(self._results(), shares, choices.name_of(self.protocol))
        title = self._title("Unsupported share")
        return [SlicesView(figure, title, self._map.stem, self._voxel_view)]

    def _show_figure(self, param: str) -> Views:
        if not self._figure.is_file():
            raise InputError(f"The figure {self._figure} is missing; execute the check again.")
        return [FigureView(_picture(self._figure), self._title("Check"), self._figure.stem)]

    def _voxel_view(self, voxel: Voxel) -> FigureView:
        x, y, z = voxel
        figure = draw_figure("voxel", self._results(), voxel=voxel)
        title = self._title(f"Voxel {x}, {y}, {z}")
        return FigureView(figure, title, f"voxel_{x}_{y}_{z}")

    def _results(self) -> Results:
        """Read the results of the run with which the map was compared."""
        run = self.protocol.inputRun.get()
        if run is None:
            raise InputError("The MonoDir run of this check was deleted from the project.")
        return replace(load_results(run.getResultsFolder()), name=choices.name_of(run))


@styled
def _picture(path: Path) -> Figure:
    """Return a figure that is filled by a picture, in its size on paper."""
    pixels = matplotlib.image.imread(path)
    height, width = pixels.shape[:2]
    figure = Figure(figsize=(7.1, 7.1 * height / width))
    plot = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    plot.imshow(pixels, interpolation="antialiased")
    plot.set_axis_off()
    return figure
