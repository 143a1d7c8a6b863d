"""The part of the box that is worked on."""

from dataclasses import replace

import numpy as np
import pytest

from monodir_plugin.numerics import DEFAULT, Settings, analyse
from monodir_plugin.numerics.geometry.crop import cropped, particle_and_solvent, whole_box
from monodir_plugin.numerics.geometry.grid import distance_map, largest_distance
from monodir_plugin.simulation import noisy_map
from monodir_plugin.tests.fixtures.maps import particle


@pytest.mark.parametrize("size", [160, 161])
@pytest.mark.parametrize("side", [128, 129])
def test_the_centre_stays_the_centre(size, side):
    box = np.zeros((size,) * 3, np.uint8)
    box[size // 2, size // 2, size // 2] = 1
    box[size // 2 - 3, size // 2 + 4, size // 2 + 5] = 2
    part = cropped(box, side)
    assert part.shape == (side,) * 3
    assert part[side // 2, side // 2, side // 2] == 1
    assert part[side // 2 - 3, side // 2 + 4, side // 2 + 5] == 2


@pytest.mark.parametrize("size", [7, 12])
def test_the_farthest_voxel_is_that_of_all_distances(size):
    """Among single voxels, whole boxes, shapes with empty rows, and voxels at random."""
    rng = np.random.default_rng(4)
    distance = distance_map(size)
    regions = [np.ones((size,) * 3, bool), distance < 3, (distance > 2) & (distance < 3.5)]
    regions += [rng.random((size,) * 3) < share for share in (0.001, 0.01, 0.1, 0.5) * 10]
    for place in [(0, 0, 0), (size - 1, 0, 2), (size // 2,) * 3, (1, size - 1, size - 1)]:
        regions.append(np.zeros((size,) * 3, bool))
        regions[-1][place] = True
    for region in regions:
        if region.any():
            assert largest_distance(region) == distance[region].max()


def test_boxes_are_cut_down_only_where_much_is_left_around_the_particle():
    radius = distance_map(200)
    # 1.4 radii and the fading on either side, rounded up to a size of fast transforms.
    assert 2 * (1.4 * 50 + 7) <= particle_and_solvent(radius < 50) <= 2 * (1.4 * 50 + 7) + 8
    assert particle_and_solvent(radius < 70) == 200
    assert particle_and_solvent(radius < 10) == 96
    assert particle_and_solvent(distance_map(100) < 10) == 100


def test_the_part_gives_what_the_whole_gives():
    small, mask = particle(160, inner=64)
    volume = noisy_map(small, 0.5, seed=3)
    settings = Settings(directions=46)
    part = analyse(volume, mask, 1.5, settings, threads=2)
    whole = analyse(volume, mask, 1.5, settings, replace(DEFAULT, working_box=whole_box), threads=2)
    assert part.prepared.problem.bands.size == part.prepared.facts["working_box_px"] == 96
    assert part.table.shape == whole.table.shape == volume.shape
    np.testing.assert_array_equal(part.table.indices, whole.table.indices)
    # Means over the coefficients of another lattice.
    np.testing.assert_allclose(part.table.frequencies, whole.table.frequencies, rtol=2e-3)
    # Levels of the noise from independent samples differ by a few per cent.
    found, expected = part.reduced.adr, whole.reduced.adr
    assert np.mean(found) == pytest.approx(np.mean(expected), rel=0.02)
    assert np.corrcoef(found, expected)[0, 1] > 0.9
    assert np.mean(part.monores) == pytest.approx(np.mean(whole.monores), rel=0.02)
