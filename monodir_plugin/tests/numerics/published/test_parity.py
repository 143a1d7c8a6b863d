"""The preset ``published`` against outputs of the authors' program for the same maps.

Needs the reference outputs (``../shared`` beside the repository); skipped without them.
"""

from pathlib import Path

import mrcfile
import numpy as np
import pytest

from monodir_plugin.numerics import PUBLISHED, AxisSet, analyse
from monodir_plugin.numerics.geometry.axes import rot_tilt_to_vectors
from monodir_plugin.numerics.geometry.grid import radii_and_directions, voxel_positions
from monodir_plugin.numerics.published.xmipp_compat import (
    authors_frequency_grid,
    axes_across,
    axes_around,
    drop_outliers,
    floor_position,
)
from monodir_plugin.numerics.reduction.axis_statistics import quantiles
from monodir_plugin.numerics.reduction.weighted_mean import weighted_mean
from monodir_plugin.tests.fixtures.dense_oracle import dense_published

SHARED = Path(__file__).resolve().parents[5] / "shared"
pytestmark = pytest.mark.skipif(
    not (SHARED / "reference").is_dir(), reason="needs the reference outputs in ../shared"
)

TOY, REAL = "reference/toy96", "maps"
CASES = {
    "toy96": (f"{TOY}/map.mrc.gz", f"{TOY}/mask.mrc.gz", 1.2, 0.96),
    "anisotropic_64": (
        f"{REAL}/anisotropic_64_4.00A.mrc",
        f"{REAL}/anisotropic_64_4.00A_mask.mrc",
        4.0,
        0.96,
    ),
    # Many pairs of voxel and direction of this map are at the threshold of coarse frequencies.
    "betagal_100": (
        f"{REAL}/betagal_100_3.54A.mrc",
        f"{REAL}/betagal_100_3.54A_mask.mrc",
        3.54,
        0.92,
    ),
}


def _read(name):
    with mrcfile.open(SHARED / name, permissive=True) as file:
        return np.array(file.data)


def _theirs(case, name, mask):
    return _read(f"reference/{case}/{name}.mrc.gz")[mask]


def _their_counts(case, axes):
    rows = [
        [float(v) for v in line.split()]
        for line in (SHARED / "reference" / case / "directions.xmd").read_text().splitlines()
        if line[:1] == " " and line.split()[0][0] not in "_#"
    ]
    rows = np.array(rows)
    counts = np.zeros(len(axes))
    counts[axes.closest(rot_tilt_to_vectors(rows[:, 0], rows[:, 1]))] = rows[:, 2]
    return counts


def _frequency_index(values, case):
    frequencies = (
        CASES[case][2]
        / authors_frequency_grid(_read(CASES[case][0]).shape[0], CASES[case][2]).frequency
    )
    return np.abs(np.log(values[:, None] / frequencies)).argmin(axis=1)


@pytest.mark.parametrize("case", list(CASES))
def test_maps_and_counts_agree_with_the_authors_program(case):
    map_name, mask_name, sampling, bound = CASES[case]
    mask = _read(mask_name) > 0.5
    found = analyse(_read(map_name), mask, sampling, preset=PUBLISHED, threads=2)
    ours = found.reduced

    def agreement(a, b):
        return np.corrcoef(a, b)[0, 1]

    adr = _theirs(case, "adr", mask)
    assert agreement(ours.adr, adr) >= bound
    assert agreement(ours.anisotropy, _theirs(case, "half_iqr", mask)) >= bound
    assert np.median(np.abs(ours.adr - adr)) <= 0.1
    frequencies_apart = _frequency_index(ours.highest, case) - _frequency_index(
        _theirs(case, "highest", mask), case
    )
    assert np.mean(np.abs(frequencies_apart) <= 1) >= 0.9
    counts = _their_counts(case, found.table.axes)
    assert counts.std() > 0.1 * counts.mean()
    assert agreement(ours.counts, counts) >= 0.97
    # The program weights the axes of radial and tangential maps by the direction to (y, x, z).
    positions = voxel_positions(found.table.indices, mask.shape)
    radius, unit = radii_and_directions(positions[:, [1, 0, 2]], found.prepared.centre)
    values = found.table.resolutions()
    keep = drop_outliers(values, found.table.axes)
    angles = found.table.axes.angles_to(unit)
    off = radius > 0
    for name, weights in (("radial", axes_around), ("tangential", axes_across)):
        mean = weighted_mean(values, weights(angles, 0.0), keep)
        theirs = _theirs(case, f"{name}_xy_confused", mask)
        assert agreement(mean[off], theirs[off]) >= 0.98


@pytest.mark.timeout(3600)  # the slow ones take many minutes
@pytest.mark.parametrize(
    "case",
    ["anisotropic_64"]
    + [pytest.param(name, marks=pytest.mark.slow) for name in ("betagal_100", "toy96")],
)
def test_dense_evaluation_by_the_published_rules_reproduces_the_authors_adr(case):
    map_name, mask_name, sampling, _ = CASES[case]
    mask = _read(mask_name) > 0.5
    axes = AxisSet.icosahedral(81)
    grid = authors_frequency_grid(mask.shape[0], sampling)
    frequencies = np.stack([grid.frequency, grid.low_foot, grid.high_foot], axis=1)
    frequency = dense_published(_read(map_name), mask, axes.vectors, frequencies)
    values = (sampling / frequency).astype(np.float32)
    keep = drop_outliers(values, axes)
    low, high = quantiles(values, keep, (0.05, 0.95), floor_position)
    difference = np.abs((low + high) / 2 - _theirs(case, "adr", mask))
    assert np.mean(difference <= 0.01) >= 0.999
