"""The maps, lists and table of a run, recomputed from the table and from the maps."""

import re

import mrcfile
import numpy as np
import pytest
from matplotlib.image import imread

from ...fixtures.maps import ORIGIN, SAMPLING, START, call
from ...fixtures.runs import BOX, DIGITS, MAPS, values


def radii(done):
    """Distance of the mask's voxels from voxel 22, 22, 22, in voxels."""
    return np.linalg.norm(np.argwhere(done.inside) - BOX // 2, axis=1)


@pytest.mark.parametrize("name", [*MAPS, "along_0_0_1", "along_-0.5_0_1"])
def test_maps_have_the_grid_of_the_input(done, name):
    with mrcfile.open(done.folder / f"{name}.mrc") as file:
        assert file.data.dtype == np.float32 and file.data.shape == (BOX,) * 3
        assert file.voxel_size.tolist() == (SAMPLING,) * 3
        assert tuple(file.header.origin.tolist()) == ORIGIN
        assert tuple(file.nstart.tolist()) == START
        assert (file.data[~done.inside] == 0).all()
        if name != "anisotropy":
            assert file.data[done.inside].min() >= 2 * SAMPLING
            assert file.data[done.inside].max() <= done.table.coarsest * (1 + 1e-6)


def test_table_has_the_voxels_of_the_mask_and_the_axes(done):
    table = done.table
    assert np.array_equal(table.indices, np.flatnonzero(done.inside))
    assert table.codes.shape == (46, done.inside.sum()) and table.codes.dtype == np.uint16
    assert (table.shape, table.sampling) == ((BOX,) * 3, SAMPLING)
    assert np.abs(np.linalg.norm(table.axes.vectors, axis=1) - 1).max() < 1e-12


def test_maps_are_quantiles_of_the_table(done):
    low, q1, q3, high = np.percentile(done.resolution, (5, 17, 83, 95), axis=1)
    assert np.allclose(values(done, "highest"), low, rtol=1e-5)
    assert np.allclose(values(done, "lowest"), high, rtol=1e-5)
    assert np.allclose(values(done, "anisotropy"), (q3 - q1) / 2, rtol=1e-4, atol=1e-5)
    assert (low < high).mean() > 0.99


def test_adr_is_the_mean_of_highest_and_lowest(done):
    mean = (values(done, "highest").astype(float) + values(done, "lowest")) / 2
    assert np.allclose(values(done, "adr"), mean, rtol=1e-6)


def test_radial_resolution_follows_the_closest_axis(done):
    """The weighted mean over axes near the radial direction follows the column of the closest."""
    place = np.argwhere(done.inside)[:, ::-1] - BOX // 2
    far = np.linalg.norm(place, axis=1) > 3
    closest = np.argmax(np.abs(place @ done.table.axes.vectors.T), axis=1)
    column = done.resolution[np.arange(len(place)), closest]
    mean = done.resolution.mean(axis=1)

    def alike(name):
        """Correlation after subtracting the mean over all axes, which all columns share."""
        return np.corrcoef((values(done, name) - mean)[far], (column - mean)[far])[0, 1]

    assert alike("radial") > 0.8 and alike("tangential") < 0


def test_directions_agree_with_the_table(done):
    listed, vectors = done.directions, done.table.axes.vectors
    names = ["index", "x", "y", "z", "rot_deg", "tilt_deg", "count", "median_resolution_A", "data"]
    assert list(listed) == [*names, "coverage"] and np.array_equal(listed["index"], np.arange(46))
    assert np.allclose(np.stack([listed[k] for k in "xyz"], axis=1), vectors, atol=DIGITS)
    rot, tilt = np.deg2rad(listed["rot_deg"]), np.deg2rad(listed["tilt_deg"])
    turned = [np.cos(rot) * np.sin(tilt), np.sin(rot) * np.sin(tilt), np.cos(tilt)]
    assert np.allclose(np.stack(turned, axis=1), vectors, atol=DIGITS)
    # The median of an even number of voxels is the coarser one of the two middle values.
    resolution = np.where(done.table.codes.T > 0, done.resolution, np.inf)
    middle = np.sort(resolution, axis=0)[len(resolution) // 2]
    expected = np.where(np.isfinite(middle), middle, np.nan)
    assert np.isfinite(middle).mean() > 0.8
    assert np.allclose(listed["median_resolution_A"], expected, rtol=DIGITS, equal_nan=True)
    assert (listed["data"] == 1).all()


def test_counts_add_up_to_the_resolved_voxels(done):
    """A resolved voxel counts as one, shared by the axes that reach its highest resolution."""
    highest = values(done, "highest")
    resolved = highest < np.float32(done.table.coarsest)
    assert resolved.mean() > 0.5
    assert done.directions["count"].sum() == pytest.approx(resolved.sum(), rel=46 * DIGITS)
    reached = done.table.resolutions() <= highest[:, None]
    counts = (reached / reached.sum(axis=1, keepdims=True))[resolved].sum(axis=0)
    assert np.allclose(done.directions["count"], counts, rtol=DIGITS)


def test_profile_has_the_means_over_shells(done):
    shell = np.rint(radii(done)).astype(int)
    shells = np.unique(shell)
    assert np.allclose(done.profile["radius_A"], shells * SAMPLING, rtol=DIGITS)
    assert np.array_equal(done.profile["voxels"], np.bincount(shell)[shells])
    for name in MAPS:
        rows = [values(done, name)[shell == k].astype(float) for k in shells]
        assert np.allclose(done.profile[f"{name}_mean_A"], [row.mean() for row in rows], rtol=1e-4)
        spread = [row.std() for row in rows]
        assert np.allclose(done.profile[f"{name}_std_A"], spread, rtol=1e-4, atol=1e-4)


def test_slopes_are_those_of_the_profile(done):
    """Lines are fitted to the shells between the stated radii, weighted by their voxels.

    Six digits of about 10 Å have an error of at most 5e-5 Å: over a fit of 3 Å this is
    5e-5 Å/Å, and over the 10 Å from there to the centre 5e-4 Å.
    """
    start, stop = done.summary["slope_radii_A"]
    radius, count = done.profile["radius_A"], done.profile["voxels"]
    fitted = (radius >= start - 1e-9) & (radius <= stop)
    assert fitted.sum() >= 3
    for name in MAPS:
        mean = done.profile[f"{name}_mean_A"]
        moments = np.cov(radius[fitted], mean[fitted], fweights=count[fitted].astype(int))
        slope = moments[0, 1] / moments[0, 0]
        assert done.summary["slopes_A_per_A"][name] == pytest.approx(slope, abs=5e-5)
        middle = np.average(mean[fitted] - slope * radius[fitted], weights=count[fitted])
        assert done.summary["intercepts_A"][name] == pytest.approx(middle, abs=5e-4)


def test_slopes_are_fitted_inside_the_particle(done):
    """The radii are from five voxels to the largest sphere inside the convex hull of the mask.

    The radius of the sphere is the smallest extent of the mask over all directions; the smallest
    of 4000 random directions is less than 2 % larger.
    """
    start, stop = done.summary["slope_radii_A"]
    assert start == pytest.approx(5 * SAMPLING)
    ways = np.random.default_rng(0).normal(size=(4000, 3))
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    reach = (ways @ (np.argwhere(done.inside)[:, ::-1] - BOX // 2).T).max(axis=1).min()
    assert stop <= reach * SAMPLING * (1 + 1e-9) < 1.02 * stop


def test_map_along_an_axis_is_its_column_of_the_table(done):
    """They are equal: 0,0,1 is an axis of the set, and both are decoded from two bytes."""
    column = np.flatnonzero(np.abs(done.table.axes.vectors[:, 2]) > 1 - 1e-12)
    assert len(column) == 1
    assert np.array_equal(values(done, "along_0_0_1"), done.resolution[:, column[0]])
    assert (values(done, "along_0_0_1") != values(done, "along_-0.5_0_1")).mean() > 0.3


def test_table_stores_frequencies_in_two_bytes(done):
    """Codes are cycles per voxel times 131070, and 0 if not resolved, as documented."""
    with np.load(done.folder / "table.npz") as file:
        frequency = file["codes"] / 131070
        resolved = frequency.T > 0
        assert np.allclose(done.resolution[resolved], SAMPLING / frequency.T[resolved], rtol=1e-6)
        assert np.allclose(done.resolution[~resolved], SAMPLING / file["frequencies"][0], rtol=1e-6)


def test_figure_is_drawn_in_all_panels(done):
    """The page has slices above, and a polar plot and curves below.

    An empty panel has less than 1 % coloured pixels.  Frames and labels alone have a few dozen
    colours, maps with a colour scale have hundreds.
    """
    page = imread(done.folder / "figure.png")[..., :3]
    height, width = page.shape[:2]
    assert height >= 900 and width >= 1400 and (page[:2] == 1).all()
    upper, lower = page[height // 15 : height * 4 // 9], page[height // 2 :]
    for third in (upper, lower[:, : width * 2 // 5], lower[:, width // 2 :]):
        inked = (third < 0.98).any(axis=-1).mean()
        assert 0.02 < inked < 0.7
    shades = np.unique((upper.reshape(-1, 3) * 255).astype(int), axis=0)
    assert len(shades) > 300


def test_help_of_run_lists_the_files_that_it_writes(done, capsys):
    listed = set(re.findall(r"\b\w+\.(?:mrc|csv|npz|json|png)\b", call(capsys, "run", "-h").out))
    examples = {"map.mrc", "half1.mrc", "half2.mrc", "a.mrc", "b.mrc", "c.mrc"}
    of_several_maps = {"monodir_maps.csv", "monodir_maps.png"}
    of_half_maps = {"conical_fsc.npz", "conical_fsc.csv"}
    others = of_half_maps | of_several_maps | {"particles.npz"}
    expected = listed - examples - others - {"along_X_Y_Z.mrc", "mask.mrc"}
    expected |= {"along_0_0_1.mrc", "along_-0.5_0_1.mrc"}
    assert others < listed
    assert {path.name for path in done.folder.iterdir()} == expected
    assert len(expected) == 7 + 2 + 5 + 3
