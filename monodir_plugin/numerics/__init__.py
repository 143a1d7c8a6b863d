"""Local-directional resolution of cryo-EM maps: arrays in, arrays out.

Nothing here reads a file, draws a plot, or imports Scipion or Tk.  ``docs/architecture.rst`` names
every module; :func:`analyse` is a whole measurement.

The names below are imported on first access (PEP 562), so that the import of one module of this
package, such as by the help of the command line, does not import all of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .geometry.axes import AxisSet
    from .measurement.analysis import Analysis, analyse
    from .measurement.presets import DEFAULT, PRESETS, PUBLISHED, Preset
    from .problem.settings import Settings
    from .reduction.table import ResolutionTable
    from .solvent.region import NoNoiseError

__all__ = [
    "DEFAULT",
    "PRESETS",
    "PUBLISHED",
    "Analysis",
    "AxisSet",
    "NoNoiseError",
    "Preset",
    "ResolutionTable",
    "Settings",
    "analyse",
]

#: The module of every name.
_MODULES = {
    "Analysis": "measurement.analysis",
    "AxisSet": "geometry.axes",
    "DEFAULT": "measurement.presets",
    "NoNoiseError": "solvent.region",
    "PRESETS": "measurement.presets",
    "PUBLISHED": "measurement.presets",
    "Preset": "measurement.presets",
    "ResolutionTable": "reduction.table",
    "Settings": "problem.settings",
    "analyse": "measurement.analysis",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
