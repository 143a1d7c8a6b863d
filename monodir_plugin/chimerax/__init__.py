"""Scenes for ChimeraX: a map coloured by resolution, and bars along the finest axes.

Text files by ChimeraX's documented syntax: commands (``.cxc``) and BILD objects.
"""

from .session import BARS, colourings, write_session

__all__ = ["BARS", "colourings", "write_session"]
