"""The viewer of a run: a form of buttons, each of which opens a figure, a volume or ChimeraX.

It computes and draws nothing itself: figures are those of ``monodir_plugin.figures``,
scenes those of ``monodir_plugin.chimerax``.
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

#: Scipion's own viewer of volumes; it needs neither Xmipp nor Java.
_VOLUME_VIEWER, _QT = "pwem.viewers.mdviewer.volumeViewer", "PyQt5"
_REPORT = "report.html"

Views = List[View]


class MonoDirViewer(ProtocolViewer):
    """Shows the results of *directional local resolution (MonoDir)*.

    Every line with an eye opens a window of its own. Figures are saved as PNG, SVG or PDF
    with the disk in the toolbar of their window.

    Smaller numbers of Å are finer resolution. An axis is a line of Fourier space, not a view:
    the resolution along it comes from the views ACROSS it.
    """

    _label = "MonoDir results"
    _targets = [ProtMonoDir]
    _environments = [DESKTOP_TKINTER]

    def setProtocol(self, protocol: ProtMonoDir) -> None:
        """Read the results, and make the form for them.

        Raises
        ------
        InputError
            If the run has no results that can be read.
        """
        self._loaded = load_results(protocol.getResultsFolder())
        super().setProtocol(protocol)
        for run in choices.other_selected_runs(self.getProject(), protocol):
            self.otherRuns.append(run)

    def visualize(self, obj: ProtMonoDir, **args: Any) -> None:
        """Open the form, or say why there is nothing to show."""
        try:
            super().visualize(obj, **args)
        except InputError as error:
            state = "" if obj.isFinished() else f"This run is not finished ({obj.getStatus()}).\n"
            self.errorMessage(f"{state}{error}", "Nothing to show").show()

    def _defineParams(self, definition: params.Form) -> None:
        form.define(definition, self._loaded, "ChimeraX" if _has_chimerax() else "Scipion's viewer")

    def _validate(self) -> List[str]:
        return choices.faults(self)

    def _getVisualizeDict(self) -> Dict[str, Callable[[str], Views]]:
        shown = dict.fromkeys(form.figures_of(self._loaded), self._show_figure)
        shown["showReport"] = self._show_report
        shown["volumeToOpen"] = self._open_volume
        shown["sceneToOpen"] = self._open_scene
        shown["showCompare"] = self._show_comparison
        return {param: self._telling(show) for param, show in shown.items()}

    def _telling(self, show: Callable[[str], Views]) -> Callable[[str], Views]:
        """What a button does; a window says what cannot be shown."""

        def shown(param: str) -> Views:
            try:
                return show(param)
            except InputError as error:
                return [self.errorMessage(str(error), "This cannot be shown")]

        return shown

    # --------------------------- what the buttons do -------------------------
    def _show_figure(self, param: str) -> Views:
        kind = FIGURES[form.figures_of(self._loaded)[param]]
        options = choices.options_of(self, kind, self._loaded)
        title = f"{kind.title} - {choices.name_of(self.protocol)}"
        return [FigureView(draw_figure(kind.name, self._loaded, **options), title, kind.name)]

    def _show_comparison(self, param: str) -> Views:
        runs = [self.protocol, *(pointer.get() for pointer in self.otherRuns)]
        if len(runs) < 2:
            raise InputError("Other runs: select at least one to compare this one with.")
        found = [self._loaded, *(load_results(run.getResultsFolder()) for run in runs[1:])]
        names = [choices.name_of(run) for run in runs]
        options = choices.options_of_comparison(self)
        return [FigureView(compare(found, names, **options), "Comparison", "comparison")]

    def _show_report(self, param: str) -> Views:
        # In a process of its own: it takes seconds, in which Scipion would not answer.
        folder = self.protocol.getResultsFolder().absolute()
        page = folder / _REPORT
        words = [sys.executable, "-m", "monodir_plugin.cli", "report", str(folder), "-o", str(page)]
        tell = self._failure_of("The report could not be written")
        return [ProgramView(words, tell, self._lasting_widget(), lambda: self._browse(page))]

    def _open_volume(self, param: str) -> Views:
        name = list(form.volumes(self._loaded))[self.volumeToOpen.get()]
        path = self._path_of(name)
        if _has_chimerax():
            return [ChimeraView(path)]
        if importlib.util.find_spec(_QT) is None:
            raise InputError(
                "No program to open volumes: Scipion finds no ChimeraX "
                f"(looked for {Chimera.getProgram()}), and its own viewer lacks {_QT}. Install the "
                f"plugin scipion-em-chimera, or the package {_QT}. The volume is {path}."
            )
        words = [sys.executable, "-m", _VOLUME_VIEWER, path]
        tell = self._failure_of(f"{path} could not be opened")
        return [ProgramView(words, tell, self._lasting_widget())]

    def _open_scene(self, param: str) -> Views:
        name = list(form.scenes(self._loaded))[self.sceneToOpen.get()]
        path = choices.map_path(self.protocol, self._loaded)
        scene = str(write_session(self.protocol.getResultsFolder(), path, colour_by=name))
        if _has_chimerax():
            return [ChimeraView(scene)]
        return [
            self.warnMessage(
                f"Scipion finds no ChimeraX (looked for {Chimera.getProgram()}); the plugin "
                f"scipion-em-chimera brings it.\n\nThe scene is written. Open it in any ChimeraX:\n"
                f"{scene}",
                "No ChimeraX",
            )
        ]

    # --------------------------- helpers -------------------------------------
    def _path_of(self, name: str) -> str:
        if name != form.INPUT:
            return str(Path(self.protocol.getResultsFolder(), f"{name}.mrc").absolute())
        recorded = self._loaded.summary["inputs"][0]["path"]
        return choices.map_path(self.protocol, self._loaded) or recorded

    def _failure_of(self, what: str) -> Callable[[str], None]:
        """Shows what failed, and what the program printed."""
        return lambda printed: self.errorMessage(f"{what}:\n{printed}", "This failed").show()

    def _browse(self, page: Path) -> None:
        if not webbrowser.open(page.as_uri()):
            self.infoMessage(f"No browser was found. The report is {page}", "Report").show()

    def _lasting_widget(self) -> Optional[tkinter.Misc]:
        """The project window if there is one: the form may be closed at any time."""
        window = getattr(self, "windows", None) or self.formWindow
        return None if window is None else window.getRoot()


def _has_chimerax() -> bool:
    """Whether Scipion finds ChimeraX."""
    return Chimera.getHome() is not None and Path(Chimera.getProgram()).exists()
