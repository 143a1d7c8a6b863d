"""A folder of results whose table is known, written by the program's own code."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Sequence, Tuple

import numpy as np

from monodir_plugin.diagnosis.tensor import fit_tensors
from monodir_plugin.files.maps import read_map
from monodir_plugin.files.results import Findings, write_results
from monodir_plugin.numerics.analysis import Analysis, reduce_all
from monodir_plugin.numerics.axes import AxisSet
from monodir_plugin.numerics.geometry import distance_map, voxel_positions
from monodir_plugin.numerics.preparation import Settings, prepare
from monodir_plugin.numerics.table import ResolutionTable, encode

from .made_diagnosis import known_diagnosis
from .samples import write

BOX, SAMPLING, COARSEST = 32, 2.5, 20.0
AXES = AxisSet.icosahedral(46)
#: Finest axes of the voxels with x below the centre, and of the others.
LEFT, RIGHT = 7, 30
RADIUS = 7.0


class Made(NamedTuple):
    """Where the files are and what they hold."""

    folder: Path
    map_path: str
    density: np.ndarray
    mask: np.ndarray
    analysis: Analysis


def known_table() -> Tuple[np.ndarray, ResolutionTable]:
    """A ball cut below in z and y, finest along ``LEFT`` or ``RIGHT``.

    Beyond a radius of 6 voxels it is not resolved along z.
    The finest axis gains 4 Å on the coarse limit at the centre and more towards the rim; the
    gain differs along x, y and z, so that no two of them can be mistaken for each other.
    """
    distance = distance_map(BOX)
    mask = distance <= RADIUS
    mask[:12], mask[:, :10] = False, False
    indices = np.flatnonzero(mask)
    radius = distance[mask].astype(float)
    positions = voxel_positions(indices, mask.shape)
    finest = np.where(positions[:, 0] < BOX // 2, LEFT, RIGHT)
    angles = AXES.angles_to(AXES.vectors[finest])
    gain = 4.0 + radius + (positions - BOX // 2) @ [0.05, -0.1, 0.2]
    resolution = COARSEST - gain[:, None] * np.cos(np.deg2rad(angles)) ** 4
    codes = encode(SAMPLING / resolution).T.copy()
    codes[0, radius > 6.0] = 0
    frequencies = SAMPLING / np.linspace(COARSEST, 2 * SAMPLING + 0.1, 12)
    with_data = np.ones(len(AXES), bool)
    return mask, ResolutionTable(codes, AXES, indices, mask.shape, SAMPLING, frequencies, with_data)


def made_folder(
    folder: Path,
    origin: Sequence[float] = (0.0, 0.0, 0.0),
    start: Sequence[int] = (0, 0, 0),
    name: str = "map.mrc",
    halves: bool = False,
    diagnosed: bool = False,
) -> Made:
    """Write a map (or half maps), its mask and the results of the known table.

    The maps are opened as they would be for a run; the table is not measured but made, and so
    is the diagnosis, if there is to be one.
    """
    mask, table = known_table()
    noise = np.random.default_rng(4).normal(size=mask.shape).round(2).astype(np.float32)
    density = (np.where(mask, 10.0 + np.arange(BOX), 0.0) + noise).astype(np.float32)
    header = {
        "origin": tuple(origin),
        **dict(zip(("nxstart", "nystart", "nzstart"), start)),
    }
    folder.mkdir(parents=True, exist_ok=True)
    names = [("half1.mrc", -0.5), ("half2.mrc", 0.5)] if halves else [(name, 0.0)]
    paths = [
        write(folder / n, density + np.float32(sign) * noise, SAMPLING, **header)
        for n, sign in names
    ]
    mask_path = write(folder / "mask.mrc", mask, SAMPLING, **header)
    noise_map = 0.5 * noise if halves else None
    settings = Settings(directions=46, coarsest=COARSEST)
    prepared = prepare(density, mask, SAMPLING, settings, noise_map=noise_map)
    analysis = reduce_all(prepared, table, monores=np.full(len(table.indices), 9.0, np.float32))
    results = folder / "results"
    results.mkdir()
    inputs = [*(read_map(path) for path in paths), read_map(mask_path, what="mask")]
    findings = Findings(known_diagnosis(), fit_tensors(table)) if diagnosed else None
    write_results(results, analysis, inputs[0], inputs, findings)
    return Made(results, paths[0], density, mask, analysis)
