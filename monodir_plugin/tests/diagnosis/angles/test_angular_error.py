"""Angular errors: densities averaged over known rotations, closed forms, and refusals."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation
from scipy.special import dawsn

from monodir_plugin.diagnosis.angles.angular_damping import (
    Damping,
    fit_damping,
    log_ratio_of_damping,
)
from monodir_plugin.diagnosis.angles.angular_error import (
    AngularError,
    angular_error,
    error_of_fit,
    interval_of,
)
from monodir_plugin.diagnosis.angles.local_orientation import (
    _gain,
    bands_for,
    orientation_in_shells,
)
from monodir_plugin.diagnosis.angles.shape_correction import Sources
from monodir_plugin.numerics.geometry.grid import distance_map

SIZE, SAMPLING = 64, 2.0
RADIUS = 20.0
NOISE = 0.01


def _smeared(sigma=0.0, flexible=0.0, copies=100, atoms=12_000, seed=3, turns=None):
    """A ball of atoms averaged over ``copies`` of it, each turned by a random small rotation.

    With ``flexible`` every atom moves at random in every copy, along all directions alike, by
    that fraction of its distance from the centre.
    """
    rng = np.random.default_rng(seed)
    lines = rng.normal(size=(atoms, 3))
    lines /= np.linalg.norm(lines, axis=1)[:, None]
    places = RADIUS * lines * rng.uniform(size=(atoms, 1)) ** (1 / 3)
    # A border as soft as that of real particles: that of a sharp sphere is strongly radial.
    places += rng.normal(scale=2.0, size=places.shape)
    volume = np.zeros(SIZE**3)
    if turns is not None:
        # The same particle, and other rotations.
        rng = np.random.default_rng(turns)
    vectors = rng.normal(size=(copies, 3))
    vectors *= np.deg2rad(sigma) / vectors.std()
    for turn in Rotation.from_rotvec(vectors):
        moved = turn.apply(places)
        moved += flexible * np.linalg.norm(places, axis=1)[:, None] * rng.normal(size=places.shape)
        x, y, z = np.rint(moved).astype(int).T + SIZE // 2
        volume += np.bincount((z * SIZE + y) * SIZE + x, minlength=SIZE**3)
    volume = gaussian_filter(volume.reshape((SIZE,) * 3), 0.8).astype(np.float32)
    mask = distance_map(SIZE) <= RADIUS + 1
    return volume / volume[mask].std(), mask


def _measured(volume, mask, **more):
    """Angular error of a map with a little noise that is given."""
    noise = np.random.default_rng(0).normal(scale=NOISE, size=volume.shape).astype(np.float32)
    return angular_error(volume + noise, mask, SAMPLING, noise, **more)


@pytest.mark.parametrize("sigma", [1.5, 3.0])
def test_known_rotations_are_found(sigma):
    """The interval holds the standard deviation of the rotations, and not zero."""
    found = _measured(*_smeared(sigma))
    assert found.significant
    assert found.low < sigma < found.high
    assert found.high - found.low < sigma


def test_no_rotations_are_not_reported():
    found = _measured(*_smeared(0.0))
    assert not found.significant and found.low == 0 < found.high < 1.5


def test_flexibility_that_grows_outwards_is_no_angular_error():
    """A blur as large as that of 2 degrees, but along all directions alike."""
    found = _measured(*_smeared(flexible=np.sin(np.deg2rad(2.0))))
    assert found.low == 0


def test_filters_of_the_whole_map_change_nothing():
    """A B-factor, and a missing wedge's worth of power along one axis."""
    volume, mask = _smeared(2.0)
    plain = _measured(volume, mask)
    frequency = np.fft.fftfreq(SIZE)
    square = (
        frequency[:, None, None] ** 2 + frequency[None, :, None] ** 2 + np.fft.rfftfreq(SIZE) ** 2
    )
    uneven = 1 - 0.8 * frequency[:, None, None] ** 2 / np.maximum(square, 1e-9)
    for gain in (np.exp(-10 * square), uneven):
        filtered = np.fft.irfftn(np.fft.rfftn(volume) * gain, s=volume.shape).astype(np.float32)
        found = _measured(filtered / filtered[mask].std(), mask)
        assert abs(found.squared - plain.squared) < plain.squared_error


def test_noise_of_the_solvent_will_do():
    volume, mask = _smeared(2.0)
    noisy = volume + np.random.default_rng(1).normal(scale=0.2, size=volume.shape)
    found = angular_error(noisy.astype(np.float32), mask, SAMPLING)
    assert 0 < found.low < 2.0 and found.high is None and not found.half_maps


def test_few_images_leave_signal_that_only_half_maps_show():
    """The mean of few copies keeps signal beside the blurred one: the estimate is too small."""
    (first, mask), (second, _) = (_smeared(4.0, copies=6, turns=seed) for seed in (5, 6))
    white = np.random.default_rng(1).normal(scale=0.1, size=(2, *first.shape))
    halves = [h + w.astype(np.float32) for h, w in zip((first, second), white)]
    volume, noise = (halves[0] + halves[1]) / 2, (halves[0] - halves[1]) / 2
    single, both = (angular_error(volume, mask, SAMPLING, given) for given in (None, noise))
    assert single.sigma < 0.95 * both.sigma
    assert both.low < 4.0 < both.high
    assert single.low < 4.0 and single.high is None


def test_damping_has_its_closed_form():
    """Integrals of exp(x cos²) over the sphere are Dawson's."""
    load = np.array([0.01, 0.5, 1.0, 4.0])
    whole = dawsn(np.sqrt(load)) / np.sqrt(load)
    radial = (1 - whole) / (2 * load)
    assert np.allclose(log_ratio_of_damping(load), np.log((whole - radial) / 2 / radial), rtol=1e-9)
    assert log_ratio_of_damping(np.zeros(1)) == pytest.approx(0.0, abs=1e-12)


def test_shape_of_a_ball_is_what_white_noise_in_it_shows():
    """The expected ratio against the mean over random densities."""
    size, reach = 40, 13.0
    radius = distance_map(size)
    mask = radius <= reach + 1.5
    density = gaussian_filter((radius <= reach).astype(np.float32), 1.5)
    seen = []
    for seed in range(12):
        white = np.random.default_rng(seed).normal(size=density.shape) * np.sqrt(density)
        white = white.astype(np.float32)
        shells = orientation_in_shells(white, mask, reach, noise_map=1e-3 * white)
        seen.append((shells.energy, shells.radial))
    energy, along = np.mean(seen, axis=0)
    centres, width = bands_for(reach)
    sources = Sources(density, mask, len(shells.count), reach / 12, centres, width, _gain)
    for _ in range(8):
        expected = sources.log_ratio(along)
    thick = np.flatnonzero(shells.count[: shells.inside] > 300)
    ratio = np.log((energy - along)[:, thick] / (2 * along[:, thick]))
    components = 2 * np.pi * shells.count[thick] * (shells.frequency2 * width)[:, None]
    root = np.sqrt(components * len(seen)) / 0.7
    assert np.mean(((ratio - expected[:, thick]) * root) ** 2) < 1.5
    assert np.mean((ratio * root) ** 2) > 3


class _NoShape:
    """Sources whose shape does nothing."""

    def log_ratio(self, along):
        return np.zeros_like(along)


def test_a_fit_of_exact_energies_is_exact():
    """Energies that follow the formula give back sigma, to the accuracy of the fit."""
    volume, mask = _smeared(0.0)
    noise = 1e-3 * np.random.default_rng(0).normal(size=volume.shape).astype(np.float32)
    shells = orientation_in_shells(volume, mask, RADIUS, noise_map=noise)
    full = (slice(None), shells.count > 0)
    squared = np.deg2rad(2.0) ** 2
    load = (2 * np.pi) ** 2 * shells.frequency2[:, None] * shells.radius2 * squared
    energy, expected, along = shells.energy[full], shells.expected[full], shells.radial.copy()
    along[full] = energy / (1 + (energy / expected - 1) * np.exp(log_ratio_of_damping(load)[full]))
    found = fit_damping(replace(shells, radial=along, sources=_NoShape()))
    assert isinstance(found, Damping)
    assert found.squared == pytest.approx(squared, rel=1e-3)


def test_too_small_a_particle_is_refused():
    volume, _ = _smeared(0.0, copies=1)
    thin = (distance_map(SIZE) <= RADIUS) & (np.abs(np.arange(SIZE) - 32) < 5)[:, None, None]
    found = _measured(volume, thin)
    assert found.sigma is None and "no sphere of 16 Å radius" in found.reason


def test_a_map_without_noise_in_its_solvent_is_refused():
    volume, mask = _smeared(0.0, copies=1)
    found = angular_error(volume * mask, mask, SAMPLING)
    assert "half maps" in found.reason


def test_noise_alone_is_refused():
    noise = np.random.default_rng(5).normal(size=(SIZE,) * 3).astype(np.float32)
    found = angular_error(noise, distance_map(SIZE) <= RADIUS, SAMPLING)
    reason = "too few bands and shells of the map have enough signal"
    assert found.reason == reason
    assert found.sentences() == [f"The angular error cannot be measured: {reason}."]


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="mask has shape"):
        angular_error(np.zeros((4, 4, 4)), np.ones((5, 5, 5), bool), 1.0)


FIT = Damping(np.deg2rad(2.0) ** 2, np.deg2rad(0.1) ** 2, 0.0, 20.0, 1.0, 30, 40.0, 0.1, 0.4)


def test_sentences_hold_the_numbers():
    found = error_of_fit(FIT, 1.5, True)
    first, second, third = found.sentences()
    assert first.startswith("The angular error is 2 degrees (90 % interval ")
    assert f"{found.low:.2g} to {found.high:.2g} degrees" in first
    assert second == "At 60 Å from the centre this is a tangential displacement of 2.1 Å."
    assert third.startswith("This was measured at 15 to 3.75 Å within 60 Å of the centre")


def test_an_estimate_below_zero_limits_as_one_of_zero():
    below = error_of_fit(replace(FIT, squared=-1e-4, error=5e-4), 1.5, True)
    zero = error_of_fit(replace(FIT, squared=0.0, error=5e-4), 1.5, True)
    assert (below.sigma, below.low) == (0.0, 0.0)
    assert below.high >= zero.high > 0
    limit = f"Angular errors below {zero.high:.2g} degrees cannot be detected."
    assert zero.sentences()[0] == limit


def test_an_interval_holds_the_values_from_which_the_estimate_is_no_further_than_chance():
    """Ends of the interval, against a search over true values."""
    fit = Damping(4.0, 0.3, 5.0, 6.0, 1.0, 30, 40.0, 0.1, 0.4)
    low, high = interval_of(fit, 0.08, 0.15)
    true = np.linspace(0, 20, 200_001)
    known = 0.3**2 + (0.08 * 5.0) ** 2
    margin = scipy.stats.t.ppf(0.95, 6.0 * (known / 0.3**2) ** 2)
    inside = true[np.abs(4.0 - true) <= margin * np.sqrt(known + (0.15 * true) ** 2)]
    assert (low, high) == pytest.approx((inside[0], inside[-1]), abs=2e-4)
    assert high - 4.0 > 4.0 - low


def test_chance_of_the_interval_is_its_confidence():
    """Estimates drawn as the errors say; without calibrated errors Student's t is exact."""
    rng = np.random.default_rng(2)
    freedom, true = 5, 4.0
    held = 0
    for _ in range(4000):
        error = 0.5 * np.sqrt(rng.chisquare(freedom) / freedom)
        fit = Damping(rng.normal(true, 0.5), error, 1.0, freedom, 1.0, 30, 40.0, 0.1, 0.4)
        low, high = interval_of(fit, 0.0, 0.0)
        held += low <= true <= high
    assert abs(held / 4000 - 0.9) < 4 * np.sqrt(0.09 / 4000)


def test_an_interval_without_an_upper_end_is_a_lower_bound():
    """A relative error as large as this allows any true value; the same of a single map."""
    fit = Damping(4.0, 0.3, 5.0, 6.0, 1.0, 30, 40.0, 0.1, 0.4)
    assert interval_of(fit, 0.0, 0.6) == (0.0, np.inf)
    single = error_of_fit(FIT, 1.5, False)
    assert single.high is None and single.low == error_of_fit(FIT, 1.5, True).low
    first, second, _ = single.sentences()
    assert first == (
        f"The angular error is at least {single.low:.2g} degrees (95 % confidence; standard "
        "deviation about each axis); an upper limit needs half maps."
    )
    shift = 60 * np.sin(np.deg2rad(single.low))
    assert f"a tangential displacement of at least {shift:.2g} Å." in second


def test_a_single_map_without_detected_errors_has_no_upper_limit():
    first = error_of_fit(replace(FIT, squared=0.0, error=5e-4), 1.5, False).sentences()[0]
    assert first == "No angular error was detected; an upper limit needs half maps."


def test_the_record_survives_json():
    found = error_of_fit(FIT, 1.5, False)
    again = json.loads(json.dumps(found.record()))
    assert (again.pop("confidence"), again.pop("significant")) == (0.9, True)
    assert AngularError(**again) == found
