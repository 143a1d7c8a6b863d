"""The diagnosis of a run on disk: correlation of the half maps in cones, coverage and views."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Mapping, Optional

import numpy as np

from ...diagnosis.area_ratio import AreaRatio
from ...diagnosis.conical_fsc import ConicalFsc
from ...diagnosis.diagnose import Diagnosis
from ...diagnosis.views.few_views import UpperLimit
from ...diagnosis.views.measured_coverage import MeasuredCoverage
from ...diagnosis.views.missing_views import MissingViews
from ...diagnosis.views.stage_tilt import StageTilts
from ...diagnosis.views.view_density import ViewDensity
from ...numerics.geometry.axes import AxisSet
from ..archives import save_packed_arrays
from ..atomic import atomic_path
from ..lists import write_csv

__all__ = [
    "CONICAL_FSC",
    "CURVES",
    "PARTICLES",
    "VIEWS",
    "load_conical_fsc",
    "load_views",
    "save_conical_fsc",
    "save_views",
    "write_diagnosis",
]

CONICAL_FSC, CURVES, VIEWS = "conical_fsc.npz", "conical_fsc.csv", "views.npz"
#: Views of the particles by their angles, as in ``views.npz``.
PARTICLES = "particles.npz"

#: Measurements of the coverage, by their names in the file and in ``MissingViews``.
_MEASURED = {"noise": "from_noise", "signal": "from_signal"}
_OF_MEASURED = ("values", "error", "coarse", "fine")


def write_diagnosis(folder: Path, diagnosis: Diagnosis) -> None:
    """Write the findings that figures need, as far as they were made, into an existing folder.

    ``conical_fsc.npz`` and ``conical_fsc.csv`` of half maps, ``views.npz`` where the views of the
    map could be estimated, ``particles.npz`` where the angles of the particles are known.
    """
    if diagnosis.conical_fsc is not None:
        save_conical_fsc(folder / CONICAL_FSC, diagnosis.conical_fsc)
        _list_curves(folder / CURVES, diagnosis.conical_fsc)
    if diagnosis.views.views is not None:
        save_views(folder / VIEWS, diagnosis.views)
    if diagnosis.particles is not None:
        save_views(folder / PARTICLES, diagnosis.particles.known)


def save_conical_fsc(path: Path, found: ConicalFsc) -> None:
    """Write a conical correlation as ``.npz``.

    Arrays: ``axes`` (axes, 3), unit vectors ``x, y, z``; the others as in :class:`ConicalFsc`.
    """
    with atomic_path(path) as temporary:
        save_packed_arrays(
            temporary,
            axes=found.axes.vectors,
            cone=np.array(found.cone),
            frequency=found.frequency,
            fsc=found.fsc,
            plain=found.plain,
            by_mask=found.by_mask,
            resolution=found.resolution,
            plain_resolution=np.array(found.plain_resolution),
            by_chance=np.array(found.by_chance),
            sphericity=np.array(found.sphericity),
            **_packed_ratio(found.area_ratio),
        )


def load_conical_fsc(path: Path) -> ConicalFsc:
    """Read a conical correlation that :func:`save_conical_fsc` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return ConicalFsc(
            axes=AxisSet(file["axes"]),
            cone=float(file["cone"]),
            frequency=file["frequency"],
            fsc=file["fsc"],
            plain=file["plain"],
            by_mask=file["by_mask"],
            resolution=file["resolution"],
            plain_resolution=tuple(file["plain_resolution"].tolist()),
            by_chance=tuple((finer, coarser) for finer, coarser in file["by_chance"].tolist()),
            sphericity=tuple(file["sphericity"].tolist()),
            area_ratio=_unpacked_ratio(file),
        )


def save_views(path: Path, found: MissingViews) -> None:
    """Write coverage and views as ``.npz``.

    Arrays: ``axes`` (axes, 3), unit vectors ``x, y, z``; ``coverage`` and ``empty`` (axes,);
    ``views`` (views, 3), unit vectors, their ``shares``, ``density`` and ``parameters`` (with
    the pull) as in :class:`ViewDensity`; ``tilts`` (3, tilts), coverage of the worst axis by tilt
    of the stage, and the ends of its interval; ``symmetry``; ``limit``, as in :class:`UpperLimit`,
    with NaN for a number of images that is not known; ``slope`` and its error; ``band`` in Å;
    ``source``, ``reason``; of each measurement of the coverage, ``noise`` and ``signal``:
    ``noise_values``, ``noise_error``, ``noise_coarse``, ``noise_fine``, as in
    :class:`MeasuredCoverage`.
    """
    if found.views is None or found.tilted is None:
        raise ValueError("the views of the map could not be estimated: there is nothing to save")
    arrays = {
        "axes": found.axes.vectors,
        "coverage": found.coverage,
        "empty": found.empty,
        "views": found.views.views.vectors,
        "shares": found.views.shares,
        "density": found.views.values,
        "parameters": np.array([found.views.parameters, found.views.pull]),
        "tilts": np.array([found.tilted.worst, found.tilted.low, found.tilted.high]),
        "symmetry": np.array(found.symmetry),
        "limit": _packed_limit(found.limit),
        "slope": np.array([found.slope, found.slope_error]),
        "band": np.array(found.band),
        "source": np.array(found.source),
        "reason": np.array(found.reason),
    }
    for name, field in _MEASURED.items():
        arrays.update(_packed(name, getattr(found, field)))
    with atomic_path(path) as temporary:
        save_packed_arrays(temporary, **arrays)


def load_views(path: Path) -> MissingViews:
    """Read coverage and views that :func:`save_views` wrote."""
    with np.load(path, allow_pickle=False) as file:
        slope, slope_error = file["slope"].tolist()
        coarsest, finest = file["band"].tolist()
        return MissingViews(
            axes=AxisSet(file["axes"]),
            **{field: _unpacked(name, file) for name, field in _MEASURED.items()},
            slope=slope,
            slope_error=slope_error,
            band=(coarsest, finest),
            source=str(file["source"]),
            reason=str(file["reason"]),
            empty=file["empty"],
            views=ViewDensity(
                AxisSet(file["views"]),
                file["shares"],
                file["density"],
                *file["parameters"].tolist(),
            ),
            coverage=file["coverage"],
            tilts=StageTilts(*file["tilts"]),
            symmetry=str(file["symmetry"]),
            limit=_unpacked_limit(file),
        )


def _packed(name: str, measured: Optional[MeasuredCoverage]) -> Dict[str, np.ndarray]:
    if measured is None:
        return {}
    return {f"{name}_{field}": np.array(getattr(measured, field)) for field in _OF_MEASURED}


def _unpacked(name: str, arrays: Mapping[str, np.ndarray]) -> Optional[MeasuredCoverage]:
    if f"{name}_values" not in arrays:
        return None
    values, error, coarse, fine = (arrays[f"{name}_{field}"] for field in _OF_MEASURED)
    return MeasuredCoverage(values, float(error), coarse, fine)


def _packed_ratio(found: Optional[AreaRatio]) -> Dict[str, np.ndarray]:
    """Value, chance and its ends, and the number of images, NaN if it is not known."""
    if found is None:
        return {}
    images = np.nan if found.images is None else found.images
    return {"area_ratio": np.array([found.value, found.by_chance, found.low, found.high, images])}


def _unpacked_ratio(arrays: Mapping[str, np.ndarray]) -> Optional[AreaRatio]:
    if "area_ratio" not in arrays:
        return None
    value, by_chance, low, high, images = arrays["area_ratio"].tolist()
    return AreaRatio(value, by_chance, low, high, None if np.isnan(images) else int(images))


def _packed_limit(limit: UpperLimit) -> np.ndarray:
    images = np.nan if limit.images is None else limit.images
    return np.array([images, limit.fewest, float(limit.single_map)])


def _unpacked_limit(arrays: Mapping[str, np.ndarray]) -> UpperLimit:
    images, fewest, single_map = arrays["limit"].tolist()
    return UpperLimit(None if np.isnan(images) else int(images), fewest, bool(single_map))


def _list_curves(path: Path, found: ConicalFsc) -> None:
    """One row for each shell but shell 0, which holds nothing."""
    header = ["frequency_per_A", "whole_shells", *(f"axis_{i}" for i in range(len(found.axes)))]
    write_csv(path, header, zip(found.frequency[1:], found.plain[1:], *found.fsc[:, 1:]))
