"""The viewer of a run: a form whose buttons open figures, volumes, scenes and the report.

Figures are drawn by ``monodir_plugin.figures``, ChimeraX scenes by ``monodir_plugin.chimerax``.
"""

from __future__ import annotations

import importlib.util
import sys
import tkinter
import webbrowser
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

from pwem.viewers import Chimera, ChimeraView
from pyworkflow.protocol import params
from pyworkflow.viewer import DESKTOP_TKINTER, ProtocolViewer, View

from ..chimerax import write_session
from ..errors import InputError
from ..figures import FIGURES, draw_figure
from ..figures.comparison import compare
from ..files.loading import load_results
from ..protocols import ProtMonoDir
from . import choices, form
from .windows import FigureView, ProgramView

__all__ = ["MonoDirViewer"]

#: The volume viewer of pwem, which needs neither Xmipp nor Java.
_VOLUME_VIEWER, _QT = "pwem.viewers.mdviewer.volumeViewer", "PyQt5"
_REPORT = "report.html"

Views = List[View]


class MonoDirViewer(ProtocolViewer):
    """Shows the results of *MonoDir - directional local resolution*.

    Each line with an eye opens a window. The disk icon in the toolbar of a window saves the
    figure as PNG, SVG or PDF.

    A smaller value in Å is a finer resolution. An axis is a Fourier axis, not a view: a
    projection contributes to the axes perpendicular to its view.
    """

    _label = "MonoDir results"
    _targets = [ProtMonoDir]
    _environments = [DESKTOP_TKINTER]

    def setProtocol(self, protocol: ProtMonoDir) -> None:
        """Read the results and define the form for them.

        Raises
        ------
        InputError
            If the results cannot be read.
        """
        self._loaded = load_results(protocol.getResultsFolder())
        super().setProtocol(protocol)
        for run in choices.other_selected_runs(self.getProject(), protocol):
            self.otherRuns.append(run)

    def visualize(self, obj: ProtMonoDir, **args: Any) -> None:
        """Open the form, or an error message if the results cannot be read."""
        try:
            super().visualize(obj, **args)
        except InputError as error:
            state = "" if obj.isFinished() else f"This run is not finished ({obj.getStatus()}).\n"
            self.errorMessage(f"{state}{error}", "No results").show()

    def _defineParams(self, definition: params.Form) -> None:
        form.define(definition, self._loaded, "ChimeraX" if _has_chimerax() else "Scipion's viewer")

    def _validate(self) -> List[str]:
        return choices.form_errors(self)

    def _getVisualizeDict(self) -> Dict[str, Callable[[str], Views]]:
        shown = dict.fromkeys(form.figures_of(self._loaded), self._show_figure)
        shown["showReport"] = self._show_report
        shown["volumeToOpen"] = self._open_volume
        shown["sceneToOpen"] = self._open_scene
        shown["showCompare"] = self._show_comparison
        return {param: self._with_error_message(show) for param, show in shown.items()}

    def _with_error_message(self, show: Callable[[str], Views]) -> Callable[[str], Views]:
        """Wrap the function of a button so that an InputError is shown in a window."""

        def show_or_explain(param: str) -> Views:
            try:
                return show(param)
            except InputError as error:
                return [self.errorMessage(str(error), "Cannot be shown")]

        return show_or_explain

    # --------------------------- functions of the buttons --------------------
    def _show_figure(self, param: str) -> Views:
        kind = FIGURES[form.figures_of(self._loaded)[param]]
        options = choices.options_of(self, kind, self._loaded)
        title = f"{kind.title} - {choices.name_of(self.protocol)}"
        return [FigureView(draw_figure(kind.name, self._loaded, **options), title, kind.name)]

    def _show_comparison(self, param: str) -> Views:
        runs = [self.protocol, *(pointer.get() for pointer in self.otherRuns)]
        if len(runs) < 2:
            raise InputError("Other runs: select at least one run for the comparison.")
        results = [self._loaded, *(load_results(run.getResultsFolder()) for run in runs[1:])]
        names = [choices.name_of(run) for run in runs]
        options = choices.options_of_comparison(self)
        return [FigureView(compare(results, names, **options), "Comparison", "comparison")]

    def _show_report(self, param: str) -> Views:
        # A process of its own: the report takes seconds, during which Scipion would be blocked.
        folder = self.protocol.getResultsFolder().absolute()
        page = folder / _REPORT
        command = [sys.executable, "-m", "monodir_plugin.cli", "report", str(folder)]
        return [
            ProgramView(
                [*command, "-o", str(page)],
                self._failure_window("The report could not be written"),
                self._persistent_widget(),
                lambda: self._open_in_browser(page),
            )
        ]

    def _open_volume(self, param: str) -> Views:
        name = list(form.volumes(self._loaded))[self.volumeToOpen.get()]
        path = self._path_of(name)
        if _has_chimerax():
            return [ChimeraView(path)]
        if importlib.util.find_spec(_QT) is None:
            raise InputError(
                "No program to open volumes: Scipion did not find ChimeraX at "
                f"{Chimera.getProgram()}, and its own viewer needs {_QT}. Install the plugin "
                f"scipion-em-chimera or the package {_QT}. The volume is {path}."
            )
        command = [sys.executable, "-m", _VOLUME_VIEWER, path]
        on_failure = self._failure_window(f"{path} could not be opened")
        return [ProgramView(command, on_failure, self._persistent_widget())]

    def _open_scene(self, param: str) -> Views:
        name = list(form.scenes(self._loaded))[self.sceneToOpen.get()]
        path = choices.map_path(self.protocol, self._loaded)
        scene = str(write_session(self.protocol.getResultsFolder(), path, colour_by=name))
        if _has_chimerax():
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
        recorded = self._loaded.summary["inputs"][0]["path"]
        return choices.map_path(self.protocol, self._loaded) or recorded

    def _failure_window(self, failure: str) -> Callable[[str], None]:
        """Return a function that shows a failure and the output of the program."""
        return lambda output: self.errorMessage(f"{failure}:\n{output}", "Failed").show()

    def _open_in_browser(self, page: Path) -> None:
        if not webbrowser.open(page.as_uri()):
            self.infoMessage(f"No browser was found. The report is {page}", "Report").show()

    def _persistent_widget(self) -> Optional[tkinter.Misc]:
        """Return the project window if there is one: the form can be closed at any time."""
        window = getattr(self, "windows", None) or self.formWindow
        return None if window is None else window.getRoot()


def _has_chimerax() -> bool:
    """Whether Scipion finds ChimeraX."""
    return Chimera.getHome() is not None and Path(Chimera.getProgram()).exists()
