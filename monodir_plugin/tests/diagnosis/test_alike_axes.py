"""Maps of a table whose voxels scatter as they do, but about spheres."""

from dataclasses import replace

import numpy as np
import pytest

from monodir_plugin.diagnosis.alike_axes import maps_of_alike_axes
from monodir_plugin.numerics.measurement.presets import DEFAULT
from monodir_plugin.numerics.reduction.reductions import reduce_table

from ..fixtures.results import AXES, CENTRE, mask, table_of

#: Squared principal resolutions, Å², of ellipsoids along x, y, z.
_SQUARES = np.array([30.0, 45.0, 80.0])


def ellipsoids() -> np.ndarray:
    """R of each axis, Å, alike at all voxels, (axes, voxels)."""
    along = np.sqrt(AXES.vectors**2 @ _SQUARES)
    return np.repeat(along[:, None], np.count_nonzero(mask()), axis=1)


def scatter(deviation: float) -> np.ndarray:
    """Factors whose logarithm has a standard deviation, (axes, voxels)."""
    drawn = np.random.default_rng(7).normal(size=ellipsoids().shape)
    return np.exp(deviation * drawn)


def test_ellipsoids_without_scatter_become_spheres_of_the_same_mean():
    sphere = np.mean(1 / ellipsoids()[:, 0] ** 2) ** -0.5
    maps = maps_of_alike_axes(table_of(ellipsoids()), DEFAULT.rules, CENTRE)
    for name in ("highest", "lowest", "adr", "radial", "tangential"):
        # Resolutions are coded in steps of about 0.001 Å here.
        np.testing.assert_allclose(maps[name], sphere, atol=0.005)
    np.testing.assert_allclose(maps["anisotropy"], 0.0, atol=0.005)


@pytest.mark.parametrize("shape", ["spheres", "ellipsoids"])
def test_scatter_stays_whatever_it_was_about(shape):
    factors, sphere = scatter(0.1), np.mean(1 / ellipsoids()[:, 0] ** 2) ** -0.5
    about = ellipsoids() if shape == "ellipsoids" else np.full(factors.shape, sphere)
    maps = maps_of_alike_axes(table_of(about * factors), DEFAULT.rules, CENTRE)
    expected = reduce_table(table_of(sphere * factors), DEFAULT.rules, CENTRE).maps()
    for name in ("highest", "lowest", "adr"):
        assert np.median(maps[name]) == pytest.approx(np.median(expected[name]), rel=0.01)
    found, wanted = (np.median(m["anisotropy"]) for m in (maps, expected))
    assert found == pytest.approx(wanted, rel=0.05)


def test_axes_without_data_do_not_count_and_unresolved_pairs_stay():
    without = AXES.angles_to(np.array([0.0, 0.0, 1.0])) < 20
    values = ellipsoids()
    values[without] = np.inf
    table = table_of(values, ~without)
    maps = maps_of_alike_axes(table, DEFAULT.rules, CENTRE)
    assert maps["lowest"].max() < 9.0
    poor = AXES.angles_to(np.array([1.0, 0.0, 0.0])) < 40
    assert np.count_nonzero(poor) > 4, "more than a twentieth of the axes"
    values[poor] = np.inf
    lost = maps_of_alike_axes(table_of(values, ~without), DEFAULT.rules, CENTRE)
    np.testing.assert_allclose(lost["lowest"], table.coarsest, rtol=1e-4)


def test_few_axes_determine_no_ellipsoid():
    table = table_of(ellipsoids())
    few = np.arange(len(AXES)) < 5
    with pytest.raises(ValueError, match="5 axes do not determine"):
        maps_of_alike_axes(replace(table, with_data=few), DEFAULT.rules, CENTRE)
