"""The viewer of a run: a form whose buttons open figures, volumes, scenes and the report.

Figures are drawn by ``monodir_plugin.figures``, ChimeraX scenes by ``monodir_plugin.chimerax``.
"""

from __future__ import annotations

import sys
import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import Callable, Dict, List, Optional

from matplotlib.figure import Figure
from pwem.viewers import Chimera, ChimeraView
from pyworkflow.protocol import params

from ..chimerax import write_session
from ..errors import InputError
from ..figures import FIGURES, draw_figure
from ..figures.comparison import compare
from ..figures.drawing.movable import movable_slices
from ..figures.volumes.filtered import filtered_figure
from ..files.loading import Results, load_results
from ..files.maps import read_map
from ..protocols import ProtMonoDir
from ..protocols.outputs import FILES
from . import choices, form, measured_map, unfinished
from .slices_window import SlicesView, Voxel
from .viewer_base import ResultsViewer, Views, has_chimerax
from .windows import FigureView, ProgramView

__all__ = ["MonoDirViewer"]

_REPORT = "report.html"


class MonoDirViewer(ResultsViewer):
    """Shows the results of *MonoDir - directional local resolution*.

    Each line with an eye opens a window. The disk icon in the toolbar of a window saves the
    figure as PNG, SVG or PDF.

    A smaller value in Å is a finer resolution. An axis is a Fourier axis, not a view: a
    projection contributes to the axes perpendicular to its view.
    """

    _label = "MonoDir results"
    #: The report, while it is written.
    _report: Optional[ProgramView] = None
    _targets = [ProtMonoDir]
    _missing = (
        "There is nothing to show yet: maps and figures need all directions, and are written by "
        "the last steps."
    )

    def setProtocol(self, protocol: ProtMonoDir) -> None:
        """Read the results and define the form for them.

        Raises
        ------
        InputError
            If the results cannot be read.
        """
        self._loaded = _named_results(protocol)
        self._filtered_map = Path(protocol.getResultsFolder(), FILES["filteredVolume"])
        self._state = unfinished.state_of(protocol)
        super().setProtocol(protocol)
        for run in choices.other_selected_runs(self.getProject(), protocol):
            self.otherRuns.append(run)
        if protocol.hasAttribute("filteredVolume"):
            self.mapToColour.set(protocol)
            self.mapToColour.setExtended("filteredVolume")

    def _defineParams(self, definition: params.Form) -> None:
        program = "ChimeraX" if has_chimerax() else "Scipion's viewer"
        form.define(definition, self._loaded, program, self._filtered_map.is_file(), self._state)

    def _validate(self) -> List[str]:
        return choices.form_errors(self)

    def _getVisualizeDict(self) -> Dict[str, Callable[[str], Views]]:
        shown = dict.fromkeys(form.figures_of(self._loaded), self._show_figure)
        if self._filtered_map.is_file():
            shown["showFiltered"] = self._show_filtered
        shown["showReport"] = self._show_report
        shown["volumeToOpen"] = self._open_volume
        shown["sceneToOpen"] = self._open_scene
        shown["showCompare"] = self._show_comparison
        return {param: self._with_error_message(show) for param, show in shown.items()}

    # --------------------------- functions of the buttons --------------------
    def _show_figure(self, param: str) -> Views:
        kind = FIGURES[form.figures_of(self._loaded)[param]]
        options = choices.options_of(self, kind, self._loaded)
        try:
            figure = draw_figure(kind.name, self._loaded, **options)
        except InputError:
            if "map_path" in options:
                # The form has a field for the path, unlike the command line.
                measured_map.check_map(self, self._loaded)
            raise
        return [self._view(figure, kind.title, kind.name)]

    def _view(self, figure: Figure, title: str, stem: str) -> FigureView:
        """Return the window of a figure: with sliders if it has slices."""
        if movable_slices(figure):
            return SlicesView(figure, self._title(title), stem, self._voxel_view)
        return FigureView(figure, self._title(title), stem)

    def _voxel_view(self, voxel: Voxel) -> FigureView:
        """Return the window of one voxel, which was clicked on."""
        kind = FIGURES["voxel"]
        options = {**choices.options_of(self, kind, self._loaded), "voxel": voxel}
        x, y, z = voxel
        figure = draw_figure(kind.name, self._loaded, **options)
        title = self._title(f"Voxel {x}, {y}, {z}")
        return FigureView(figure, title, f"voxel_{x}_{y}_{z}")

    def _show_filtered(self, param: str) -> Views:
        measured_map.check_map(self, self._loaded)
        before = self._loaded.read_density(measured_map.map_path(self, self._loaded))
        after = read_map(self._filtered_map, sampling=before.sampling)
        name = choices.name_of(self.protocol)
        figure = filtered_figure(
            self._loaded, before.values, after.values, name, "by voxel and axis"
        )
        return [self._view(figure, "Before and after the filter", form.FILTERED)]

    def _show_comparison(self, param: str) -> Views:
        runs = [self.protocol, *(pointer.get() for pointer in self.otherRuns)]
        if len(runs) < 2:
            raise InputError("Other runs: select at least one run for the comparison.")
        results = [self._loaded, *(load_results(run.getResultsFolder()) for run in runs[1:])]
        names = [choices.name_of(run) for run in runs]
        options = choices.options_of_comparison(self)
        title = self._title(f"Comparison of {len(runs)} runs" if runs[2:] else "Comparison")
        return [FigureView(compare(results, names, **options), title, "comparison")]

    def _show_report(self, param: str) -> Views:
        # A process of its own: the report takes seconds, during which Scipion would be blocked.
        folder = self.protocol.getResultsFolder().absolute()
        page = folder / _REPORT
        if self._report is not None and self._report.isRunning():
            return [self.infoMessage("The report is still being written.", "Report")]
        command = [sys.executable, "-m", "monodir_plugin.cli", "report", str(folder)]
        named = f"--name={choices.name_of(self.protocol)}"
        self._report = ProgramView(
            [*command, named, "-o", str(page)],
            self._failure_window("The report could not be written"),
            self._persistent_widget(),
            lambda: self._open_in_browser(page),
            self._title("Report"),
        )
        return [self._report]

    def _open_volume(self, param: str) -> Views:
        name = list(form.volumes(self._loaded, self._filtered_map.is_file()))[
            self.volumeToOpen.get()
        ]
        return self._open_file(self._path_of(name))

    def _open_scene(self, param: str) -> Views:
        name = list(form.scenes(self._loaded))[self.sceneToOpen.get()]
        folder = self.protocol.getResultsFolder()
        path = measured_map.drawn_map(self, self._loaded)
        options = choices.options_of_scene(self, name, self._loaded)
        scene = str(write_session(folder, path, colour_by=name, **options))
        if has_chimerax():
            return [ChimeraView(scene)]
        return [
            self.warnMessage(
                f"Scipion did not find ChimeraX at {Chimera.getProgram()}; the plugin "
                "scipion-em-chimera installs it.\n\nThe scene was written and can be opened in "
                f"any ChimeraX:\n{scene}",
                "ChimeraX not found",
            )
        ]

    # --------------------------- helper functions ----------------------------
    def _path_of(self, name: str) -> str:
        if name != form.INPUT:
            return str(Path(self.protocol.getResultsFolder(), f"{name}.mrc").absolute())
        measured_map.check_map(self, self._loaded)
        recorded = self._loaded.summary["inputs"][0]["path"]
        return measured_map.map_path(self, self._loaded) or recorded

    def _open_in_browser(self, page: Path) -> None:
        if not webbrowser.open(page.as_uri()):
            self.infoMessage(f"No browser was found. The report is {page}", "Report").show()


def _named_results(run: ProtMonoDir) -> Results:
    """Read the results of a run; the titles of figures have the name of the run."""
    return replace(load_results(run.getResultsFolder()), name=choices.name_of(run))
