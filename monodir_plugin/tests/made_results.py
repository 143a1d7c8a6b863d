"""Results made of a table with a known R(r, d), without a run; nothing in them is symmetric."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Dict, Optional

import numpy as np

from monodir_plugin.diagnosis.tensor import fit_tensors
from monodir_plugin.files.loading import Results
from monodir_plugin.files.maps import MapFile
from monodir_plugin.numerics.axes import AxisSet
from monodir_plugin.numerics.geometry import lines_from, voxel_positions
from monodir_plugin.numerics.presets import DEFAULT
from monodir_plugin.numerics.profiles import radial_profile
from monodir_plugin.numerics.reductions import reduce_table
from monodir_plugin.numerics.table import ResolutionTable, encode

from .made_diagnosis import known_diagnosis

BOX, SAMPLING = 24, 2.0
#: Limits that were looked at, Å.
FINEST, COARSEST = 4.2, 20.0
CENTRE = np.full(3, float(BOX // 2))
AXES = AxisSet.icosahedral(46)


@lru_cache(maxsize=None)
def mask() -> np.ndarray:
    """An ellipsoid off the centre, with sides that all differ."""
    z, y, x = np.indices((BOX,) * 3) - BOX // 2
    return ((x - 1) / 7) ** 2 + ((y + 2) / 5) ** 2 + (z / 8) ** 2 <= 1


def table_of(resolutions: np.ndarray, with_data: Optional[np.ndarray] = None) -> ResolutionTable:
    """A table of given resolutions in Å, (axes, voxels); infinite: not resolved."""
    return ResolutionTable(
        codes=encode(SAMPLING / resolutions),
        axes=AXES,
        indices=np.flatnonzero(mask()),
        shape=(BOX,) * 3,
        sampling=SAMPLING,
        rungs=SAMPLING / np.linspace(COARSEST, FINEST, 12),
        with_data=np.ones(len(AXES), bool) if with_data is None else with_data,
    )


@lru_cache(maxsize=None)
def known_table() -> ResolutionTable:
    """Finest along x, coarser along z, coarser towards the rim; some pairs are not resolved."""
    positions = voxel_positions(np.flatnonzero(mask()), mask().shape) - CENTRE
    radius = np.linalg.norm(positions, axis=1)
    squares = AXES.vectors**2
    found = 6 + 0.4 * radius[None, :] + (squares @ [0.0, 2.0, 7.0])[:, None]
    found = found + 0.1 * positions[:, 1][None, :] * AXES.vectors[:, :1]
    return table_of(np.where(found > 16, np.inf, found))


def results_of(table: ResolutionTable, name: str = "map.mrc", **summary: object) -> Results:
    """What a run would have left of a table."""
    reduced = reduce_table(table, DEFAULT.rules, CENTRE)
    monores = table.resolutions().min(axis=1) + np.float32(0.5)
    maps = {**reduced.maps(), "monores": monores}
    maps["along_0_0_1"] = table.resolutions()[:, 0]
    maps["along_1_-0.5_0"] = table.resolutions()[:, 20]
    positions = voxel_positions(table.indices, table.shape)
    profile = radial_profile(lines_from(positions, CENTRE)[0], maps, table.sampling)
    ends = (10.0, 14.0)
    return Results(
        name=name,
        volumes={key: table.volume(values) for key, values in maps.items()},
        mask=mask(),
        sampling=table.sampling,
        centre=CENTRE,
        axes=table.axes,
        counts=reduced.counts,
        axis_resolution=reduced.axis_resolution,
        with_data=table.with_data,
        profile=profile,
        slopes={key: profile.slope(key, *ends) for key in ("radial", "tangential", "highest")},
        slope_range=ends,
        summary={
            "unresolved_share": table.unresolved_share(),
            "median_A": {name: float(np.median(values)) for name, values in maps.items()},
            "found": {"frequencies_A": list(table.sampling / table.rungs)},
            "parameters": {"preset": "default", "cone": 30.0, "along": []},
            "diagnosis": known_diagnosis().record(),
            **summary,
        },
        read_table=lambda: table,
        read_density=read_density,
        read_tensors=lambda: fit_tensors(table),
        read_conical_fsc=lambda: known_diagnosis().conical_fsc,
        read_views=lambda: known_diagnosis().views,
    )


def read_density(path: Optional[str] = None) -> MapFile:
    """A map with a slope along every side."""
    z, y, x = np.indices((BOX,) * 3, dtype=np.float32)
    return MapFile(Path("map.mrc"), x + 10 * y + 100 * z, SAMPLING, (0.0,) * 3, (0,) * 3, "")


@lru_cache(maxsize=None)
def known_results() -> Results:
    """The results of the known table."""
    return results_of(known_table())


def with_medians(values: np.ndarray, **changed: object) -> Results:
    """The known results with other resolutions of the axes."""
    fields: Dict[str, object] = dict(vars(known_results()))
    return Results(**{**fields, "axis_resolution": values, **changed})


@lru_cache(maxsize=None)
def partly_resolved() -> Results:
    """The known results, but no data near z, most voxels unresolved near y, none at the far end.

    Axes within 25 degrees of z have no data; along those within 25 degrees of y only a third of
    the voxels is resolved; and voxels with x more than 3 voxels beyond the centre have nothing.
    """
    table = known_table()
    found = np.where(table.codes > 0, table.resolutions().T.astype(float), np.inf)
    positions = voxel_positions(table.indices, table.shape) - CENTRE
    with_data = AXES.angles_to(np.array([0.0, 0.0, 1.0])) > 25
    poor = AXES.angles_to(np.array([0.0, 1.0, 0.0])) <= 25
    found[:, positions[:, 0] > 3] = np.inf
    found[np.ix_(poor, np.arange(found.shape[1]) % 3 > 0)] = np.inf
    found[~with_data] = np.inf
    return results_of(table_of(found, with_data))
