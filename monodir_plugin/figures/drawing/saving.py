"""Figures as files: PNG, SVG or PDF by the suffix of the name."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Union

from matplotlib.figure import Figure

from ...constants import NAME
from ...errors import InputError
from ...files.atomic import atomic_path
from .style import common_settings

__all__ = ["check_suffix", "save_figure"]

#: No times in files, so that the same figure is the same file.
_METADATA: Dict[str, Dict[str, Any]] = {
    # The name marks figures of this program, which a later one may replace.
    ".png": {"Software": NAME},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def check_suffix(path: Path) -> None:
    """Check that the suffix of a name is a format of figures.

    Raises
    ------
    InputError
    """
    if path.suffix.lower() not in _METADATA:
        raise InputError(f"output {path}: name a file that ends in .png, .svg or .pdf")


def save_figure(figure: Figure, path: Union[str, Path], dpi: Optional[float] = None) -> None:
    """Write a figure atomically.

    Parameters
    ----------
    figure : Figure
    path : str or Path
        Its suffix is the format.
    dpi : float, optional
        Dots per inch of a PNG, and of the parts of other formats that are pixels;
        default: those of the figure.

    Raises
    ------
    InputError
        If the suffix is not that of a format.
    """
    path = Path(path)
    check_suffix(path)
    with warnings.catch_warnings(), atomic_path(path) as temporary:
        # Letters that the font lacks are drawn as boxes, which needs no warning.
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        with common_settings(), _laid_out(figure):
            figure.savefig(temporary, dpi=dpi or "figure", metadata=_METADATA[path.suffix.lower()])


@contextmanager
def _laid_out(figure: Figure) -> Iterator[None]:
    """Lay a figure out once before it is saved: Matplotlib would draw it twice for that."""
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
    figure.set_layout_engine(None)
    try:
        yield
    finally:
        figure.set_layout_engine(layout)
