"""Noise that is stronger in the solvent than beside the particle is named with its factor."""

import re

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, distance_transform_edt

from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.numerics.solvent.faded_solvent import stronger_than_beside

from ...fixtures.damaged import VOXEL, ball, noise, whole

STATED = r"the noise of the solvent is ([\d.]+) times as strong as beside the particle"


def outside(mask):
    """0 in the mask and two voxels about it, 1 from six voxels on."""
    return np.clip((distance_transform_edt(~mask) - 2) / 4, 0, 1)


@pytest.mark.parametrize("factor", [1.5, 2.0, 4.0])
def test_factor_is_that_of_the_variance(factor):
    mask = ball()[1]
    volume = noise(64, 3) * (1 + (factor - 1) * outside(mask))
    layer = binary_dilation(mask, iterations=2) & ~mask
    far = ~binary_dilation(mask, iterations=8)
    assert stronger_than_beside(volume, layer, far) == pytest.approx(factor**2, rel=0.15)
    assert stronger_than_beside(noise(64, 3), layer, far) == 0
    # Density beside the particle adds to the noise there.
    assert stronger_than_beside(noise(64, 3) * (3 - 2 * outside(mask)), layer, far) == 0


def test_few_voxels_beside_the_particle_show_nothing():
    layer, far = np.zeros((64,) * 3, bool), np.zeros((64,) * 3, bool)
    layer[30:34, 30:34, 30:34] = far[:10] = True
    assert stronger_than_beside(np.where(far, 2, 1) * noise(64, 3), layer, far) == 0


@pytest.mark.parametrize("kind", ["sound", "amplified", "replaced"])
def test_solvent_that_was_amplified_or_replaced_is_named(kind):
    mask = ball()[1]
    volume, away = whole().astype(float), outside(mask)
    volume = {
        "sound": volume,
        "amplified": volume * (1 + away),
        "replaced": volume * (1 - away) + 2 / np.sqrt(2) * noise(64, 5) * away,
    }[kind]
    texts = [re.search(STATED, text) for text in prepare(volume, mask, VOXEL).warnings]
    found = [float(text[1]) for text in texts if text is not None]
    assert len(found) == (kind != "sound")
    # Density beside the particle adds to its noise.
    assert all(2 < factor < 4.4 for factor in found)
