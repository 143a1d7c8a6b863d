"""The common base of the viewers: dialogs of the project, and programs that open volumes."""

from __future__ import annotations

import importlib.util
import sys
import textwrap
import tkinter
from pathlib import Path
from typing import Any, Callable, List, Optional

from pwem.viewers import Chimera, ChimeraView
from pyworkflow.protocol import Protocol
from pyworkflow.viewer import DESKTOP_TKINTER, ProtocolViewer, View

from ..errors import InputError
from . import choices, unfinished
from .windows import ProgramView

__all__ = ["ResultsViewer", "Views", "has_chimerax", "wrapped"]

#: The volume viewer of pwem, which needs neither Xmipp nor Java.
VOLUME_VIEWER, QT = "pwem.viewers.mdviewer.volumeViewer", "PyQt5"
#: Characters in a line of a dialog. Scipion's dialogs are at most 80 characters wide, and as high
#: as the text has lines: they would cut a paragraph that is one long line.
_LINE = 75

Views = List[View]


class ResultsViewer(ProtocolViewer):
    """A form whose buttons open windows; a dialog says what is missing."""

    _environments = [DESKTOP_TKINTER]
    #: Which results a run that is not finished does not have yet, as a sentence.
    _missing = ""

    @classmethod
    def getClassLabel(cls, prependPackageName: bool = True) -> str:  # noqa: N803
        """Return the heading of the form.

        Scipion would begin it with the name of the Python package.
        """
        return str(cls._label)

    def visualize(self, obj: Protocol, **args: Any) -> None:
        """Open the form, or a dialog that says why there is nothing to show."""
        window = args.get("windows")
        if window is not None:
            # Scipion forgets the window that it gave to the constructor; without one a dialog
            # makes a second root window, and fails.
            self._tkRoot = window.root
        try:
            super().visualize(obj, **args)
        except (InputError, OSError) as error:
            title = "Results cannot be read" if obj.isFinished() else "No results yet"
            message = self.errorMessage if obj.isFinished() or obj.isFailed() else self.infoMessage
            message(unfinished.no_results(obj, error, self._missing), title).show()

    def infoMessage(self, msg: str, title: str = "") -> View:
        """Return a dialog of which all lines are seen."""
        return super().infoMessage(wrapped(msg), title)

    def warnMessage(self, msg: str, title: str = "") -> View:
        """Return a dialog with a warning of which all lines are seen."""
        return super().warnMessage(wrapped(msg), title)

    def errorMessage(self, msg: str, title: str = "") -> View:
        """Return a dialog with an error of which all lines are seen."""
        return super().errorMessage(wrapped(msg), title)

    def _with_error_message(self, show: Callable[[str], Views]) -> Callable[[str], Views]:
        """Wrap the function of a button so that an error opens a message."""

        def show_or_explain(param: str) -> Views:
            try:
                return show(param)
            except (InputError, OSError) as error:
                return [self.errorMessage(str(error), "Cannot be shown")]

        return show_or_explain

    def _open_file(self, path: str) -> Views:
        """Open a volume in ChimeraX, or in Scipion's own viewer."""
        if has_chimerax():
            return [ChimeraView(path)]
        if importlib.util.find_spec(QT) is None:
            raise InputError(
                "No program to open volumes: Scipion did not find ChimeraX at "
                f"{Chimera.getProgram()}, and its own viewer needs {QT}. Install the plugin "
                f"scipion-em-chimera or the package {QT}. The volume is {path}."
            )
        command = [sys.executable, "-m", VOLUME_VIEWER, path]
        on_failure = self._failure_window(f"{path} could not be opened")
        return [ProgramView(command, on_failure, self._persistent_widget())]

    def _title(self, what: str) -> str:
        return f"{what} - {choices.name_of(self.protocol)}"

    def _failure_window(self, failure: str) -> Callable[[str], None]:
        """Return a function that shows a failure and the output of the program."""
        return lambda output: self.errorMessage(f"{failure}:\n{output}", "Failed").show()

    def _persistent_widget(self) -> Optional[tkinter.Misc]:
        """Return the project window if there is one: the form can be closed at any time."""
        window = getattr(self, "windows", None) or self.formWindow
        return None if window is None else window.getRoot()


def wrapped(text: str) -> str:
    """Break the lines of a message between words, where they are too long for a dialog."""
    lines = text.splitlines()
    return "\n".join(
        textwrap.fill(line, _LINE, break_long_words=False, break_on_hyphens=False) for line in lines
    )


def has_chimerax() -> bool:
    """Whether Scipion finds ChimeraX."""
    return Chimera.getHome() is not None and Path(Chimera.getProgram()).exists()
