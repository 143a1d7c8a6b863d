"""The solvent and powers that are measured once: what they are, and that they change no result."""

from dataclasses import fields

import numpy as np
import pytest

from monodir_plugin.diagnosis.angles.angular_error import angular_error
from monodir_plugin.diagnosis.views.isotropy import isotropy
from monodir_plugin.diagnosis.views.missing_views import missing_views
from monodir_plugin.numerics import AxisSet
from monodir_plugin.numerics.fourier.spectrum import unit_gain
from monodir_plugin.numerics.measurement.analysis import measure_table
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.noise.solvent_noise import solvent_noise
from monodir_plugin.simulation import blob_particle, noisy_map

SIZE, SAMPLING, NOISE = 56, 1.5, 0.8
AXES = AxisSet.icosahedral(46)


@pytest.fixture(scope="module")
def particle():
    return blob_particle(SIZE, seed=1)


@pytest.fixture(scope="module")
def volume(particle):
    return noisy_map(particle[0], noise=NOISE, seed=2)


@pytest.fixture(scope="module")
def known(volume, particle):
    return solvent_noise(volume, particle[1])


def test_powers_are_those_of_the_solvent_and_of_the_particle(volume, particle, known):
    """White noise of a variance has N³ times this in every shell, and signal adds to it."""
    expected = SIZE**3 * (NOISE * unit_gain(volume)) ** 2
    shells = np.arange(4, SIZE // 2 + 1)
    # Chance: 0.01, of the independent values of all shells; 0.1 in the coarsest one.
    found = np.average(known.noise.radial[shells], weights=shells**2)
    assert found == pytest.approx(expected, rel=0.03)
    assert (known.particle.radial[2:8] > 5 * expected).all()


def test_threads_change_nothing(volume, particle, known):
    found = solvent_noise(volume, particle[1], threads=2)
    np.testing.assert_array_equal(found.noise.power, known.noise.power)
    np.testing.assert_array_equal(found.particle.power, known.particle.power)
    for field in fields(known.solvent):
        np.testing.assert_array_equal(
            getattr(found.solvent, field.name), getattr(known.solvent, field.name)
        )


def test_a_measurement_is_the_same_with_what_is_known(volume, particle):
    tables = [
        measure_table(prepare(volume, particle[1], SAMPLING, known=given), AXES).codes
        for given in (None, solvent_noise(volume, particle[1]))
    ]
    np.testing.assert_array_equal(*tables)


def test_findings_are_the_same_with_what_is_known(volume, particle, known):
    region, mask = known.solvent.region, particle[1]
    radial, both = known.noise.radial, known.particle.radial
    assert isotropy(volume, region).record() == isotropy(volume, region, radial=radial).record()
    views = [
        missing_views(volume, mask, SAMPLING, AXES, solvent=region, power=power)
        for power in (None, radial)
    ]
    np.testing.assert_array_equal(views[0].coverage, views[1].coverage)
    errors = [
        angular_error(volume, mask, SAMPLING, solvent=region, powers=powers)
        for powers in (None, (both, radial))
    ]
    assert errors[1].squared == pytest.approx(errors[0].squared, rel=1e-5)
    swapped = angular_error(volume, mask, SAMPLING, solvent=region, powers=(radial, both))
    assert swapped.squared != pytest.approx(errors[0].squared, rel=1e-2)
