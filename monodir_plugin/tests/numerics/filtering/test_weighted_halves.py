"""The reconstruction of all images is no map that goes beyond the data of its halves."""

import numpy as np
import pytest

from monodir_plugin.numerics.filtering.support_by_mask import support_by_mask
from monodir_plugin.numerics.filtering.weighted_halves import weighted_halves
from monodir_plugin.numerics.filtering.weights import filter_weights
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.simulation import blob_particle
from monodir_plugin.simulation.projection import project
from monodir_plugin.simulation.reconstruction import Reconstructor
from monodir_plugin.simulation.views import Views

SIZE, SAMPLING = 40, 2.0


def reconstructed(images, of_first, concentration):
    """Maps of the first images, of the others, and of all; and the mask."""
    particle, mask = blob_particle(SIZE, seed=3)
    rng = np.random.default_rng(3)
    views = Views(concentration).draw(images, rng)
    pictures = project(particle, views, np.zeros((images, 2)), 1)
    pictures = pictures + rng.normal(scale=0.3 * pictures.std(), size=pictures.shape)
    pictures = pictures.astype(np.float32)
    parts = (slice(0, of_first), slice(of_first, None), slice(None))
    maps = [Reconstructor(SIZE, views[part]).reconstruct(pictures[part]) for part in parts]
    return (*maps, mask >= 0.5)


@pytest.fixture(scope="module", params=[(240, 120), (330, 300)], ids=["even", "uneven"])
def halves(request):
    """Preferred views; as many images in both halves, or ten times as many in one."""
    return reconstructed(*request.param, 5.0)


def measured(first, second, mask):
    mean, noise = (first + second) / 2, (first - second) / 2
    problem = prepare(mean, mask, SAMPLING, noise_map=noise).problem
    return mean, noise, problem, filter_weights(problem)


def test_reconstruction_of_all_images_does_not_go_beyond_the_data(halves):
    first, second, whole, mask = halves
    mean, noise, problem, weights = measured(first, second, mask)
    # Compared with the plain mean of the half maps, it seems to.
    assert support_by_mask(whole, mean, problem, mask, weights=weights).amplified
    found = support_by_mask(whole, mean, problem, mask, weights=weights, noise_map=noise)
    assert found.weighted and not found.amplified and not found.from_elsewhere
    assert found.beyond_data < 1.1 * found.beyond_of_measured


def test_noise_that_was_amplified_is_still_found(halves):
    first, second, whole, mask = halves
    mean, noise, problem, weights = measured(first, second, mask)
    k = np.fft.fftfreq(SIZE)
    square = k[:, None, None] ** 2 + k[None, :, None] ** 2 + np.fft.rfftfreq(SIZE) ** 2
    for volume in (mean, whole):
        sharp = np.fft.irfftn(np.fft.rfftn(volume) * np.exp(8 * square), s=volume.shape)
        found = support_by_mask(
            sharp.astype(np.float32), mean, problem, mask, weights=weights, noise_map=noise
        )
        assert found.amplified and not found.weighted


def test_weights_of_every_coefficient_are_found():
    rng = np.random.default_rng(1)
    first, second = (rng.normal(size=(16,) * 3).astype(np.float32) for _ in range(2))
    weight = rng.random(np.fft.rfftn(first).shape)
    # As those of a real map: the same at opposite coefficients.
    weight = np.fft.rfftn(np.fft.irfftn(weight, s=first.shape)).real
    weight = np.clip(weight, 0, 1)
    mixed = weight * np.fft.rfftn(first) + (1 - weight) * np.fft.rfftn(second)
    volume = np.fft.irfftn(mixed, s=first.shape)
    mean = (first + second) / 2
    # The grey scale is fitted to the plain mean.
    volume *= np.vdot(mean, mean) / np.vdot(mean, volume)
    found = weighted_halves(7 * volume, mean, (first - second) / 2)
    np.testing.assert_allclose(found, volume, atol=0.15 * volume.std())


@pytest.mark.parametrize("change", ["noise", "blur", "negated", "other"])
def test_other_maps_are_no_mean_of_the_half_maps(change):
    rng = np.random.default_rng(2)
    signal, *noises = rng.normal(size=(5, 16, 16, 16))
    first, second = signal + noises[0], signal + noises[1]
    volume = {
        "noise": signal + noises[2],
        "blur": (first + np.roll(first, 1, 0) + second + np.roll(second, 1, 0)) / 4,
        "negated": -first - second,
        "other": noises[3],
    }[change]
    assert weighted_halves(volume, (first + second) / 2, (first - second) / 2) is None
