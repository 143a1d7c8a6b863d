"""Local-directional resolution of cryo-EM maps: arrays in, arrays out.

Knows nothing of files, plots, Scipion or Tk.  ``docs/architecture.rst`` names
every module; :func:`analyse` runs them all.
"""

from .geometry.axes import AxisSet
from .localres.analysis import Analysis, analyse
from .localres.presets import DEFAULT, PRESETS, PUBLISHED, Preset
from .localres.settings import Settings
from .noise.solvent import NoNoiseError
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
