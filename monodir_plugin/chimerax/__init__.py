"""Scenes for ChimeraX: a map coloured by resolution, bars along the finest axes, ellipsoids.

Text files by ChimeraX's documented syntax: commands (``.cxc``) and BILD objects.
"""

from .session import BARS, GLYPHS, colourings, write_session

__all__ = ["BARS", "GLYPHS", "colourings", "write_session"]
