"""Figures as small PNGs for the documentation."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

_DPI = 130
_COLOURS = 256
#: With fewer bytes than this all colours are kept: a palette greys faint bands.
_LARGE = 250_000
#: Rounds that move the palette to where the colours of the picture are.
_ROUNDS = 4


def save_picture(figure: Figure, path: Path) -> None:
    """Write a figure; one that would be large gets a palette of its own, a third of the size."""
    # Here, so that naming the studies and comparing tables load no figures.
    from monodir_plugin.figures import save_figure

    save_figure(figure, path, _DPI)
    picture = Image.open(path).convert("RGB")
    if path.stat().st_size > _LARGE:
        method, dither = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
        picture = picture.quantize(_COLOURS, method, _ROUNDS, dither=dither)
    picture.save(path, optimize=True)
