"""Parts of the box that are neither particle nor noise: what is excluded changes no result."""

from functools import lru_cache

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, gaussian_filter

from monodir_plugin.diagnosis.angles.angular_error import damping_in
from monodir_plugin.diagnosis.views.available_noise import noise_of_half_maps, noise_of_solvent
from monodir_plugin.diagnosis.views.noise_and_signal import measure
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.mask import make_mask
from monodir_plugin.numerics.half_maps.checks import compare_half_maps
from monodir_plugin.numerics.half_maps.independence import check_noise_of_halves
from monodir_plugin.numerics.measurement.analysis import analyse, measure_monores
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.measurement.presets import PUBLISHED
from monodir_plugin.numerics.problem.settings import Settings
from monodir_plugin.numerics.solvent.region import NoNoiseError, off_the_particle
from monodir_plugin.tests.fixtures.damaged import VOXEL, ball, grid, halves, whole, with_bead

AXES = AxisSet.icosahedral(46)


def mask():
    """The particle: a ball of 16 voxels radius about the centre, with its surroundings."""
    return ball()[1]


def about_the_bead():
    z, y, x = grid(64)
    return (x - 20) ** 2 + (y - 18) ** 2 + (z - 3) ** 2 < 9**2


def beyond():
    """The slab at the end of the box that holds the membrane."""
    return grid(64)[0] >= 22


@lru_cache(maxsize=None)
def membrane(strength):
    """A membrane across the box, in units of the deviation of the particle."""
    rough = 3 * gaussian_filter(np.random.default_rng(3).normal(size=(64,) * 3), 0.8)
    return np.where(np.abs(grid(64)[0] - 26) <= 4, strength * (rough + 0.8), 0)


def with_membrane(strength):
    return (whole() + membrane(strength)).astype(np.float32)


ODD = {
    "gold": lambda: (with_bead(whole()), about_the_bead()),
    "a faint membrane": lambda: (with_membrane(0.3), beyond()),
}


@lru_cache(maxsize=None)
def adr(kind, excluded):
    """Median of the average directional resolution, Å."""
    volume, exclude = (whole(), None) if kind is None else ODD[kind]()
    exclude = exclude if excluded else None
    found = analyse(volume, mask(), VOXEL, Settings(directions=46), threads=2, exclude=exclude)
    return float(np.median(found.maps()["adr"]))


@pytest.mark.parametrize("kind", ODD)
def test_median_resolution_is_that_of_the_map_without_the_excluded_part(kind):
    """Within 0.5 %; the solvent differs by the voxels that are left out."""
    assert adr(kind, True) == pytest.approx(adr(None, False), rel=0.005)


def test_a_faint_membrane_that_is_not_excluded_is_taken_for_noise():
    assert adr("a faint membrane", False) > 1.015 * adr(None, False)


def test_what_is_excluded_stays_in_the_map():
    """Within ten voxels of a strong membrane the particle comes out finer, and not beyond."""
    settings, z = Settings(directions=46), grid(64)[0]

    def medians(volume):
        found = analyse(volume, mask(), VOXEL, settings, threads=2, exclude=beyond())
        return [float(np.median(found.volume("adr")[mask() & part])) for part in (z >= 12, z < 4)]

    plain, odd = medians(whole()), medians(with_membrane(1.0))
    assert odd[0] < 0.97 * plain[0]
    assert odd[1] == pytest.approx(plain[1], rel=0.005)


def test_published_preset_takes_no_noise_from_the_excluded_part():
    def median(volume, exclude=None):
        settings = Settings(directions=46)
        prepared = prepare(volume, mask(), VOXEL, settings, PUBLISHED, None, 2, exclude)
        return float(np.median(measure_monores(prepared, 2)))

    bead = with_bead(whole())
    plain = median(whole())
    assert median(bead) > 1.3 * plain
    assert median(bead, about_the_bead()) == pytest.approx(plain, rel=0.005)


def test_the_warning_on_structure_names_the_option_and_ends_when_it_is_used():
    volume, exclude = ODD["gold"]()
    (stated,) = prepare(volume, mask(), VOXEL).warnings
    assert "structure lies outside the mask" in stated and "--exclude" in stated
    prepared = prepare(volume, mask(), VOXEL, exclude=exclude)
    assert prepared.warnings == []
    count = int(exclude.sum())
    assert prepared.facts["excluded_voxels"] == count
    share = 100 * count / 64**3
    assert f"excluded: {count} voxels ({share:.1f} % of the box)" in "\n".join(prepared.notes)


def test_the_solvent_keeps_clear_of_the_excluded_part():
    exclude = about_the_bead()
    plain = off_the_particle(whole(), mask(), None)
    found = off_the_particle(whole(), mask(), None, exclude)
    near = binary_dilation(exclude, iterations=3)
    np.testing.assert_array_equal(found.region, plain.region & ~near)
    assert found.excluded == int((plain.region & near).sum())


def test_voxels_of_the_mask_that_are_excluded_are_not_measured():
    exclude = grid(64)[2] >= 12
    prepared = prepare(whole(), mask(), VOXEL, exclude=exclude)
    np.testing.assert_array_equal(prepared.indices, np.flatnonzero(mask() & ~exclude))
    shared = int((mask() & exclude).sum())
    (stated,) = [text for text in prepared.warnings if "exclusion mask" in text]
    assert stated.startswith(f"{shared} of the {int(mask().sum())} voxels of the mask")
    assert "if they belong to the particle" in stated


@pytest.mark.parametrize(
    ("exclude", "stated"),
    [
        (lambda: mask(), r"covers \d+ of the \d+ voxels of the particle's mask: give a mask of"),
        (lambda: np.zeros((64,) * 3, bool), "the exclusion mask is empty: it has no voxel"),
        (lambda: np.zeros((32,) * 3, bool), "on the same grid"),
        (lambda: about_the_bead().astype(np.float32), "give bool"),
    ],
)
def test_exclusions_that_cannot_be_meant_are_refused(exclude, stated):
    with pytest.raises(ValueError, match=stated):
        prepare(whole(), mask(), VOXEL, exclude=exclude())


def test_a_box_that_is_excluded_as_a_whole_leaves_no_solvent():
    with pytest.raises(NoNoiseError, match="together with the exclusion mask leaves hardly any"):
        prepare(whole(), mask(), VOXEL, exclude=~mask())


def test_a_made_mask_is_that_of_the_particle_alone():
    """Overlap over union with the mask of the map without the membrane."""
    plain = make_mask(whole(), VOXEL).values >= 0.5

    def overlap(exclude=None):
        made = make_mask(with_membrane(1.0), VOXEL, exclude).values >= 0.5
        return (made & plain).sum() / (made | plain).sum()

    assert overlap() < 0.8
    assert overlap(beyond()) > 0.99
    values = make_mask(with_membrane(1.0), VOXEL, beyond()).values
    assert not values[beyond()].any()


def test_views_and_angles_of_a_map_are_those_of_the_map_without_the_membrane():
    """Noise along axes within 5 %, damping within half of its error."""
    volume, exclude = ODD["a faint membrane"]()
    with pytest.raises(NoNoiseError, match="--exclude"):
        noise_of_solvent(volume, mask())
    plain = measure(whole(), mask(), AXES, 15.0, exclude=exclude)
    found = measure(volume, mask(), AXES, 15.0, exclude=exclude)
    np.testing.assert_allclose(found.noise.values, plain.noise.values, rtol=0.05)
    solvent = noise_of_solvent(volume, mask(), exclude)
    damping = damping_in(volume, mask(), VOXEL, solvent=solvent)
    expected = damping_in(whole(), mask(), VOXEL, solvent=solvent)
    assert damping.squared == pytest.approx(expected.squared, abs=0.5 * expected.error)


def test_half_maps_are_compared_without_the_excluded_part():
    first, second = (half + membrane(12.0).astype(np.float32) for half in halves())
    fsc = compare_half_maps(first, second, VOXEL, 1).fsc

    def kinds(exclude):
        return [f.kind for f in check_noise_of_halves(first, second, mask(), fsc, exclude)[1]]

    assert kinds(None) == ["beside"]
    assert kinds(beyond()) == []
    region = noise_of_half_maps(first - second, beyond())
    np.testing.assert_array_equal(region, noise_of_half_maps(first - second) & ~beyond())
