"""The compiled and pruned sums of the angular error against plain transforms of whole boxes."""

from __future__ import annotations

import numpy as np
import pytest

from monodir_plugin.diagnosis.angles.local_orientation import _gain, _over_length, bands_for
from monodir_plugin.diagnosis.angles.riesz_energies import Regions, riesz_energies
from monodir_plugin.diagnosis.angles.shape_correction import Sources, _density, _kernel, shell_of
from monodir_plugin.numerics.fourier.spectrum import spectrum_of
from monodir_plugin.numerics.geometry.grid import distance_map

SHELLS = 5


def _centred(size):
    """Positions of voxels about the centre of the box, x, y, z."""
    return [place - size // 2 for place in np.indices((size,) * 3)[::-1]]


@pytest.mark.parametrize("size", [24, 27])
@pytest.mark.parametrize("centre", [0.15, 0.40])
def test_riesz_energies_are_those_of_whole_fields(size, centre):
    volume = np.random.default_rng(3).normal(size=(size,) * 3).astype(np.float32)
    radius = distance_map(size)
    # No symmetry: neither region is a ball about the centre.
    tilted = radius + 0.3 * np.indices(radius.shape)[0]
    shells = np.where(tilted < 9, np.minimum(radius // 2, SHELLS - 1) + 1, 0).astype(np.int8)
    solvent = (tilted > 11) & (radius < size / 2 - 1)
    k = np.meshgrid(*[np.fft.fftfreq(size)] * 3, indexing="ij")[::-1]
    length = np.sqrt(sum(part**2 for part in k))
    band = np.fft.fftn(volume) * _gain(length, centre, 0.1) / np.maximum(length, 1e-6)
    field = np.array([np.fft.ifftn(-1j * part * band).real for part in k])
    unit = np.array(_centred(size)) / np.maximum(radius, 1e-6)
    whole, along = np.sum(field**2, axis=0), np.sum(field * unit, axis=0)
    found = [
        riesz_energies(
            spectrum_of(volume), _over_length(centre, 0.1, size), Regions(shells, SHELLS, apart), n
        )
        for apart, n in ((solvent, 1), (solvent, 3), (None, 1))
    ]
    for each in found:
        for shell in range(SHELLS):
            here = shells == shell + 1
            v, u = field[:, here], unit[:, here]
            assert each.whole[shell] == pytest.approx(whole[here].sum(), rel=1e-5)
            assert each.radial[shell] == pytest.approx((along[here] ** 2).sum(), rel=1e-5)
            np.testing.assert_allclose(each.turned[shell], (whole[here] * u) @ u.T, atol=1e-5)
            np.testing.assert_allclose(each.moments[shell], v @ v.T, atol=1e-5)
    outside = field[:, solvent]
    np.testing.assert_allclose(found[0].apart, outside @ outside.T / solvent.sum(), rtol=1e-5)
    assert np.isnan(found[2].apart).all()
    for name in ("whole", "radial", "turned", "moments", "apart"):
        np.testing.assert_array_equal(getattr(found[0], name), getattr(found[1], name))


@pytest.mark.parametrize("size", [40, 43])
def test_energies_of_sources_are_those_of_convolutions(size):
    """Every second voxel, and the tensor of the kernels applied to the density of sources."""
    reach, shells = 11.0, 14
    radius = distance_map(size)
    mask = (radius < 14) & (np.indices(radius.shape)[1] < size // 2 + 8)
    volume = np.random.default_rng(0).gamma(2.0, size=radius.shape).astype(np.float32)
    thickness, (centres, width) = reach / 12, bands_for(reach)
    sources = Sources(volume, mask, shells, thickness, centres, width, _gain)
    some = (slice(size // 2 % 2, None, 2),) * 3
    density = _density(volume, mask, (slice(0, size),) * 3)[some]
    sampled, radius = mask[some], radius[some]
    unit = [place[some] / np.maximum(radius, 1e-6) for place in _centred(size)]
    factor = np.random.default_rng(1).gamma(3.0, size=shells)
    factors = np.interp(radius / thickness - 0.5, range(shells), factor)
    k = np.meshgrid(*[np.fft.fftfreq(len(density)) / 2] * 3, indexing="ij")[::-1]
    length = np.sqrt(sum(part**2 for part in k))
    spectrum = np.fft.fftn(density * factors)
    shell = np.where(sampled, shell_of(radius, thickness), -1)
    for row, centre in enumerate(centres):
        distances, *kernel = _kernel(float(centre), width, _gain)
        across, along = (np.interp(length, distances, values, right=0.0) for values in kernel)
        tensor = [
            [
                (across * (a == b) + (along - across) * k[a] * k[b] / np.maximum(length, 1e-9) ** 2)
                for b in range(3)
            ]
            for a in range(3)
        ]
        moments = [[np.fft.ifftn(spectrum * tensor[a][b]).real for b in range(3)] for a in range(3)]
        whole = sum(moments[a][a] for a in range(3))
        radial = sum(unit[a] * unit[b] * moments[a][b] for a in range(3) for b in range(3))
        for energy, matrix in ((whole, sources.whole), (radial, sources.radial)):
            expected = [energy[shell == number].sum() for number in range(shells)]
            np.testing.assert_allclose(
                matrix[row] @ factor, expected, rtol=1e-5, atol=1e-6 * np.max(expected)
            )
