"""Local-directional resolution of cryo-EM maps: arrays in, arrays out.

Knows nothing of files, plots, Scipion or Tk.  ``docs/architecture.rst`` names
every module; :func:`analyse` runs them all.
"""

from .geometry.axes import AxisSet
from .measurement.analysis import Analysis, analyse
from .measurement.presets import DEFAULT, PRESETS, PUBLISHED, Preset
from .noise.solvent import NoNoiseError
from .problem.settings import Settings
from .reduction.table import ResolutionTable

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
