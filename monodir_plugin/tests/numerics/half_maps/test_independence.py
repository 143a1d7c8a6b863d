"""Noise of half maps that is shared, or opposed, in the solvent."""

import numpy as np
import pytest

from monodir_plugin.numerics.half_maps.checks import compare_half_maps
from monodir_plugin.numerics.half_maps.independence import check_noise_of_halves

from ...fixtures.damaged import VOXEL, ball, noise


@pytest.mark.parametrize(("share", "kind"), [(0.5, "correlated"), (-0.5, "opposed"), (0.0, None)])
def test_noise_that_is_not_independent_is_named_with_its_correlation(share, kind):
    density, mask = ball()
    common = np.sqrt(abs(share)) * noise(64, 21)
    own = [np.sqrt(1 - abs(share)) * noise(64, seed) for seed in (22, 23)]
    first = (density + own[0] + common).astype(np.float32)
    second = (density + own[1] + np.sign(share) * common).astype(np.float32)
    fsc = compare_half_maps(first, second, VOXEL).fsc
    findings = check_noise_of_halves(first, second, mask, fsc)[1]
    assert [found.kind for found in findings] == ([] if kind is None else [kind])
    for found in findings:
        stated = float(found.sentence.split("correlate by ")[1].split()[0])
        assert stated == pytest.approx(share, abs=0.1) and not found.fatal
