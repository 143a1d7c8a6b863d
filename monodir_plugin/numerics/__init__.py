"""Local-directional resolution of cryo-EM maps: arrays in, arrays out.

Knows nothing of files, plots, Scipion or Tk.  ``docs/architecture.rst`` names
every module; :func:`analyse` runs them all.
"""

from .analysis import Analysis, analyse
from .axes import AxisSet
from .preparation import NoNoiseError, Settings
from .presets import DEFAULT, PRESETS, PUBLISHED, Preset
from .table import ResolutionTable

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
