"""The results of a run as the metadata files of Xmipp's MonoDir protocol, and a test of the views.

Scripts that read the folder ``extra`` of ``XmippProtMonoDir`` find the same files, with the same
columns and number formats, after a run of this program:

``hist_prefdir.xmd``
    A row for each axis.  ``angleRot``, ``angleTilt``: degrees, the end of the axis with z >= 0;
    ``count``: voxels whose resolution along the axis is within 0.1 Å of their highest resolution;
    ``resolutionFreqFourier``: mean resolution of these voxels along the axis, Å, which the authors'
    program truncates to whole Å before it averages; ``weight``: ``count``; ``x``: number of the
    axis, from 0.
``Radial_averages.xmd``
    A row for each shell that holds voxels of the mask.  ``index``: radius in voxels, from 1, of a
    shell that reaches one voxel inwards and outwards; means in Å of MonoRes (``avg``), radial,
    tangential, highest and lowest resolution (``volScore1`` to ``volScore4``).
``thresholds.xmd``
    90th percentiles of radial and tangential resolution, Å.
``hist_DoA.xmd``, ``hist_DoA2.xmd``, ``hist_radial.xmd``, ``hist_azimuthal.xmd``
    Histograms with 30 bins of anisotropy (0 to 1 Å) and of ADR, radial and tangential resolution
    (0 to 30 Å) inside the mask.  ``count``: voxels; ``x``: lower end of the bin, Å.  Voxels beyond
    the last bin are not counted.

The columns hold the values of this program's maps: a voxel that is not resolved has the coarse
limit of the run.  The centre of shells is that of the run.  Of the other files of that protocol
none is written.

``uniform_views.json`` has the test of uniform views of the diagnosis
(:func:`monodir_plugin.diagnosis.views.isotropy.isotropy`).  It takes the place of a test on the
counts of ``hist_prefdir.xmd``, whose p-value depends on how many random numbers are drawn from
them.

Definitions: ``resolution_directional.cpp`` and ``histogram.cpp`` of Xmipp.  Formats: output of
Xmipp 3.24, and for histograms, of which there was none, Xmipp's library.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Mapping, Tuple

import numpy as np

from ...numerics import PRESETS, ResolutionTable
from ...numerics.geometry.axes import AxisSet
from ...numerics.geometry.grid import radii_and_directions, voxel_positions
from ...numerics.published.xmipp_compat import counts_within_tenth
from ...numerics.reduction.reductions import ReductionRules
from ..atomic import atomic_path
from ..loading import Results
from .summary import Summary

__all__ = [
    "AXES",
    "HISTOGRAMS",
    "SHELLS",
    "THRESHOLDS",
    "UNIFORM_VIEWS",
    "axes_columns",
    "histogram_columns",
    "shell_columns",
    "threshold_columns",
    "uniform_views_record",
    "write_metadata",
    "write_xmipp_files",
]

AXES, SHELLS, THRESHOLDS = "hist_prefdir.xmd", "Radial_averages.xmd", "thresholds.xmd"
#: Histograms: the map and the end of the last bin, Å.
HISTOGRAMS = {
    "hist_DoA.xmd": ("anisotropy", 1.0),
    "hist_DoA2.xmd": ("adr", 30.0),
    "hist_radial.xmd": ("radial", 30.0),
    "hist_azimuthal.xmd": ("tangential", 30.0),
}
UNIFORM_VIEWS = "uniform_views.json"

#: A block without a name that is a table: all that the authors' program writes.
_HEADER = "# XMIPP_STAR_1 * \n# \ndata_noname\nloop_\n"
#: Xmipp writes smaller numbers with an exponent.
_SMALL = 1e-3
#: Xmipp writes the smallest normal number where there is none.
_NO_NUMBER = np.finfo(float).tiny
_BINS = 30
_THRESHOLD = 0.9
#: Columns of ``Radial_averages.xmd`` after the first two, and the maps that they average.
_SCORES = {
    "volScore1": "radial",
    "volScore2": "tangential",
    "volScore3": "highest",
    "volScore4": "lowest",
}
#: Voxels whose rows of the table are decoded at a time.
_AT_ONCE = 8192
#: Numbers of the test that go into ``uniform_views.json`` with its p-value.
_OF_TEST = ("statistic", "expected", "score", "interval", "rejected", "effective_voxels", "images")


def write_xmipp_files(results: Results, folder: Path) -> List[Path]:
    """Write all files of this module; files of the same names are replaced.

    Parameters
    ----------
    results : Results
        A finished run; its table is read.
    folder : Path
        Made if it does not exist.

    Returns
    -------
    list of Path
        The files, as named in the description of the module.

    Raises
    ------
    InputError
        If a map or the table of the results cannot be read.
    OSError
        If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table, preset = results.read_table(), results.summary["parameters"]["preset"]
    averaged = {name: results.values(name) for name in ("monores", *_SCORES.values())}
    tables = {
        AXES: axes_columns(
            table,
            averaged["highest"],
            PRESETS[preset].rules,
            with_unresolved=preset == "published",
        ),
        SHELLS: shell_columns(averaged, results.mask, results.centre),
        THRESHOLDS: threshold_columns(averaged["radial"], averaged["tangential"]),
    }
    for name, (of_map, end) in HISTOGRAMS.items():
        tables[name] = histogram_columns(results.values(of_map), end)
    for name, columns in tables.items():
        write_metadata(folder / name, columns)
    with atomic_path(folder / UNIFORM_VIEWS) as temporary:
        record = uniform_views_record(results.summary)
        temporary.write_text(json.dumps(record, indent=2, allow_nan=False) + "\n")
    return [folder / name for name in (*tables, UNIFORM_VIEWS)]


def write_metadata(path: Path, columns: Mapping[str, np.ndarray]) -> None:
    """Write columns of one length as a table of Xmipp's metadata format.

    Parameters
    ----------
    path : Path
    columns : mapping of str to ndarray, shape (rows,)
        By label, in the order of Xmipp's labels.  Integers are written as such, all else as
        floating-point numbers with six decimals; NaN as 2.225074e-308, as Xmipp does.

    Raises
    ------
    ValueError
        If the columns differ in length.
    """
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError(f"the columns {', '.join(columns)} differ in length")
    words = [[_word(value) for value in column.tolist()] for column in columns.values()]
    rows = ["".join(f"{word} " for word in row) + "\n" for row in zip(*words)]
    labels = [f" _{label}\n" for label in columns]
    with atomic_path(path) as temporary:
        temporary.write_text("".join([_HEADER, *labels, *rows]))


def _word(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:20d}"
    if value != value:
        value = _NO_NUMBER
    return f"{value:12.6e}" if 0 < abs(value) < _SMALL else f"{value:12.6f}"


def axes_columns(
    table: ResolutionTable, highest: np.ndarray, rules: ReductionRules, with_unresolved: bool
) -> Dict[str, np.ndarray]:
    """Columns of ``hist_prefdir.xmd``.

    Parameters
    ----------
    table : ResolutionTable
    highest : ndarray, shape (voxels,)
        Highest resolution of every voxel of the table, Å.
    rules : ReductionRules
        Which pairs of voxel and axis count.
    with_unresolved : bool
        Whether a pair that is not resolved counts with the coarse limit, as in the authors'
        program.

    Returns
    -------
    dict of ndarray, shape (axes,)
        ``count`` is int64.
    """
    count = np.zeros(len(table.axes), np.int64)
    total = np.zeros(len(table.axes))
    for start in range(0, len(highest), _AT_ONCE):
        chunk = slice(start, start + _AT_ONCE)
        values = table.resolutions(chunk)
        keep = rules.keep(values, table.axes)
        if not with_unresolved:
            keep = keep & (table.codes[:, chunk].T > 0)
        near = counts_within_tenth(values, keep, highest[chunk], table.coarsest)
        count += np.count_nonzero(near, axis=0)
        total += np.sum(values, axis=0, where=near, dtype=float)
    mean = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    rot, tilt = _angles(table.axes)
    return {
        "angleRot": rot,
        "angleTilt": tilt,
        "count": count,
        "resolutionFreqFourier": mean,
        "weight": count.astype(float),
        "x": np.arange(len(count), dtype=float),
    }


def _angles(axes: AxisSet) -> Tuple[np.ndarray, np.ndarray]:
    """Rot from 0 to 360 and tilt from 0 to 90 degrees of the upper ends."""
    upper = axes.upper()
    # Rounded first: an angle just below zero is zero, not 360 degrees.
    return np.mod(np.round(upper.rot, 9), 360.0), upper.tilt


def shell_columns(
    maps: Mapping[str, np.ndarray], mask: np.ndarray, centre: np.ndarray
) -> Dict[str, np.ndarray]:
    """Columns of ``Radial_averages.xmd``.

    Parameters
    ----------
    maps : mapping of str to ndarray, shape (voxels,)
        ``monores``, ``radial``, ``tangential``, ``highest`` and ``lowest`` of the voxels of the
        mask, Å.
    mask : ndarray of bool, shape (N, N, N)
    centre : ndarray, shape (3,)
        Voxels, ``x, y, z``.

    Returns
    -------
    dict of ndarray, shape (shells,)
        Shells k with voxels at a distance of at least k - 1 and less than k + 1 voxels, for k from
        1 to less than N / 2.
    """
    positions = voxel_positions(np.flatnonzero(mask), mask.shape)
    whole = np.floor(radii_and_directions(positions, centre)[0]).astype(int)
    shells = np.arange(1, (len(mask) + 1) // 2)
    length = max(int(whole.max(initial=0)), len(mask)) + 1

    def sums(values: np.ndarray) -> np.ndarray:
        each = np.bincount(whole, values.astype(float), minlength=length)
        return each[shells - 1] + each[shells]

    count = sums(np.ones(len(whole)))
    full = count > 0
    means = {name: sums(values)[full] / count[full] for name, values in maps.items()}
    scores = {label: means[name] for label, name in _SCORES.items()}
    return {"avg": means["monores"], "index": shells[full], **scores}


def threshold_columns(radial: np.ndarray, tangential: np.ndarray) -> Dict[str, np.ndarray]:
    """The row of ``thresholds.xmd``: element ``floor(0.9 n)`` of the n sorted values of each, Å.

    Parameters
    ----------
    radial, tangential : ndarray, shape (voxels,)
        Å.

    Returns
    -------
    dict of ndarray, shape (1,)
    """

    def threshold(values: np.ndarray) -> np.ndarray:
        return np.sort(values.astype(float))[[int(np.floor(len(values) * _THRESHOLD))]]

    return {
        "resolutionFreqFourier": threshold(radial),
        "resolutionFreqFourier2": threshold(tangential),
    }


def histogram_columns(values: np.ndarray, end: float) -> Dict[str, np.ndarray]:
    """Columns of a histogram with 30 bins from 0 to ``end``.

    Parameters
    ----------
    values : ndarray, shape (voxels,)
        Å, not negative.
    end : float
        Å.  Larger values are not counted; a value equal to it is in the last bin.

    Returns
    -------
    dict of ndarray, shape (30,)
        ``count``, int64; ``x``, the lower end of each bin.
    """
    step = end / _BINS
    bins = (values.astype(float) * (1.0 / step)).astype(int)
    bins[values == end] = _BINS - 1
    count = np.bincount(bins[bins < _BINS], minlength=_BINS).astype(np.int64)
    return {"count": count, "x": np.arange(_BINS) * step}


def uniform_views_record(summary: Summary) -> Dict[str, Any]:
    """The test of uniform views as ``uniform_views.json`` has it.

    Parameters
    ----------
    summary : Summary

    Returns
    -------
    dict
        ``p_value``: of a statistic as large or larger under uniform views, ``None`` where the
        views were not tested; ``statistic`` and other numbers of
        :class:`monodir_plugin.diagnosis.views.isotropy.Isotropy`, ``None`` likewise;
        ``sentences``: the outcome, or why there is none; ``program``: name and version.
    """
    found = summary.get("diagnosis", {}).get("isotropy")
    if found is None:
        found = {"sentences": ["Whether the views are uniform was not tested: no diagnosis."]}
    return {
        "p_value": found.get("p_value"),
        **{name: found.get(name) for name in _OF_TEST},
        "sentences": found["sentences"],
        "program": summary["program"],
    }
