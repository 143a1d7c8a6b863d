"""Compiled loops read and write no memory outside their arrays.

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
from monodir_plugin.simulation import blob_particle, noisy_map

found = []
# An even box, an odd one, and one whose mask is off its centre.
for size, shift in ((64, 0), (65, 0), (96, 5)):
    particle, mask = (np.roll(box, shift, 1) for box in blob_particle(size, seed=1))
    volume = noisy_map(particle, noise=0.5, seed=1)
    other = noisy_map(particle, noise=0.5, seed=2)
    single = (volume, mask, None)
    # With half maps, and with a mask that crosses the border of the box.
    pair = (volume + other) / 2, mask, (volume - other) / 2
    pair = [np.roll(box, size // 3, 0) for box in pair]
    for preset, maps in ((DEFAULT, single), (DEFAULT, pair), (PUBLISHED, single)):
        box, inside, noise = maps
        result = analyse(box, inside, 1.5, preset=preset, noise_map=noise, threads=2)
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
        assert with_checks == pytest.approx(without, rel=1e-4)
