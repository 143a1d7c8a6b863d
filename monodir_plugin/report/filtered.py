"""The filtered map of a run in the report: read, checked, and drawn beside the measured map."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union

import numpy as np

from ..errors import InputError
from ..figures.volumes.filtered import FILTER_JUDGED, filtered_figure
from ..files.atomic import is_there
from ..files.loading import Results
from .pictures import Picture, picture_of

__all__ = ["DEFAULT_NAME", "FilteredMap", "read_filtered"]

#: The map in a folder of results that is taken if none is named.
DEFAULT_NAME = "filtered.mrc"
_TITLE = "Before and after the filter"
_CAPTION = (
    "The map that was measured and the filtered map {name}: the same slices on one scale. The "
    "outline is the mask. The view in three dimensions, if the page has one, shows the surface of "
    "either, coloured by resolution."
)
_CAUTION = (
    "The filter makes weak parts of the map smooth; it adds no information. Only the box of the "
    "file is checked, not whether it was made from this run."
)


@dataclass(frozen=True)
class FilteredMap:
    """A filtered map.

    Attributes
    ----------
    picture : Picture
        Slices before and after, or the reason why they could not be drawn.
    values : ndarray, shape (N, N, N), optional
        The map, ``[z, y, x]``; ``None`` if it cannot be used.
    """

    picture: Picture
    values: Optional[np.ndarray] = None


def read_filtered(
    folder: Path, results: Results, path: Optional[Union[str, os.PathLike[str]]] = None
) -> Optional[FilteredMap]:
    """Read and draw the filtered map of a run.

    Parameters
    ----------
    folder : Path
        The results.
    results : Results
        The same, read.
    path : path, optional
        The map; default: ``filtered.mrc`` in the folder.

    Returns
    -------
    FilteredMap or None
        ``None`` if there is none.

    Raises
    ------
    InputError
        If a map that was named cannot be used.
    """
    chosen = folder / DEFAULT_NAME if path is None else Path(path)
    if not is_there(chosen):
        if path is None:
            return None
        raise InputError(
            f"filtered map {chosen}: there is no such file; write it with monodir filter"
        )
    texts = ("filtered", _TITLE, _CAPTION.format(name=chosen.name), _CAUTION)
    try:
        values = results.read_density(str(chosen)).values
    except InputError as error:
        if path is not None:
            raise InputError(f"filtered {error}") from error
        return FilteredMap(Picture(*texts, missing=str(error)))
    try:
        before = results.read_density().values
    except InputError as error:
        return FilteredMap(Picture(*texts, missing=str(error)), values)
    figure = filtered_figure(results, before, values, results.name, chosen.name, judged=False)
    return FilteredMap(picture_of(figure, *texts, judged=FILTER_JUDGED), values)
