"""Compiled loops touch no memory outside their arrays.

They do not check their bounds, for speed; what lies beyond may be anything, or nothing.  Here they
are compiled with checks, in a process of their own.
"""

import json
import os
import subprocess
import sys

import pytest

_RUN = """
import json
import numpy as np
from monodir_plugin.numerics import DEFAULT, PUBLISHED, analyse
from monodir_plugin.simulation import noisy_map

found = []
# A mask in the middle, one near the border of an odd box, and one that two threads share.
for size, radius, shift in ((48, 15, 0), (57, 20, 6), (96, 20, 0)):
    z, y, x = np.indices((size,) * 3) - size // 2
    mask = z**2 + (y - shift) ** 2 + x**2 < radius**2
    grain = np.random.default_rng(0).normal(size=mask.shape)
    volume = noisy_map(np.where(mask, grain, 0.0), noise=0.5, seed=1)
    for preset in (DEFAULT, PUBLISHED):
        result = analyse(volume, mask, 1.5, preset=preset, threads=2)
        found.append([float(v.astype(float).mean()) for v in (result.reduced.adr, result.monores)])
print(json.dumps(found))
"""


def _means(**variables):
    done = subprocess.run(
        [sys.executable, "-c", _RUN],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_results_are_the_same_with_bounds_checked(tmp_path):
    checked = _means(NUMBA_BOUNDSCHECK="1", NUMBA_CACHE_DIR=str(tmp_path))
    for with_checks, without in zip(checked, _means()):
        assert with_checks == pytest.approx(without, rel=1e-3)
