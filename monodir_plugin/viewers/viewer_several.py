"""The viewer of a run of several maps: the figure that shows them side by side."""

from __future__ import annotations

from typing import Any, List

from pyworkflow.viewer import DESKTOP_TKINTER, View, Viewer

from ..errors import InputError
from ..figures.comparison import compare
from ..files.loading import load_results
from ..protocols import ProtMonoDirSeveral
from ..workflows.measure.batch import SIDE_BY_SIDE
from .choices import name_of
from .viewer_base import wrapped
from .windows import FigureView

__all__ = ["MonoDirSeveralViewer"]


class MonoDirSeveralViewer(Viewer):
    """Shows the maps of a run side by side: slices, axes, radial curves and a table of medians.

    The first six maps that were measured are shown.
    """

    _label = "MonoDir comparison"
    _targets = [ProtMonoDirSeveral]
    _environments = [DESKTOP_TKINTER]

    def _visualize(self, obj: ProtMonoDirSeveral, **args: Any) -> List[View]:
        """Return the window with the figure, or a message that says why there is none."""
        measured = [outcome for outcome in obj.getOutcomes() if outcome.summary is not None]
        shown = measured[:SIDE_BY_SIDE]
        try:
            results = [load_results(o.folder) for o in shown if o.folder is not None]
            figure = compare(results, [outcome.name for outcome in shown])
        except InputError as error:
            return [self.errorMessage(wrapped(str(error)), "Cannot be shown")]
        return [FigureView(figure, f"Comparison - {name_of(obj)}", "comparison")]
