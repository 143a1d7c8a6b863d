"""FSC of simulated half maps at several levels of noise.

    python -m benchmarks.simulated_fsc

Prints the table of ``docs/howto/measure/simulate.rst``: where the masked half maps of
``monodir simulate --noise S``, with all other options at their defaults, correlate by 0.5 and by
0.143.
"""

from __future__ import annotations

import argparse

import numpy as np

from monodir_plugin.diagnosis.conical_fsc import THRESHOLDS, conical_fsc
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.simulation import Imaging, Particle, simulate

LEVELS = (0.5, 0.7, 1.0, 1.5, 2.0)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--box", type=int, default=Particle().size)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    particle = Particle(size=options.box)
    volume, mask = particle.density()
    # With one seed the images differ only in the scale of their noise, and the reconstruction is
    # linear in the images.
    one, two = (simulate(volume, Imaging(noise=level), options.threads) for level in (1.0, 2.0))
    print("noise  " + "  ".join(f"{f'FSC {threshold:g}':>10}" for threshold in THRESHOLDS))
    for level in LEVELS:
        first, second = (
            a + np.float32(level - 1) * (b - a)
            for a, b in ((one.half1, two.half1), (one.half2, two.half2))
        )
        found = conical_fsc(
            first, second, mask >= 0.5, particle.sampling, AxisSet(np.eye(3)),
            threads=options.threads,
        )  # fmt: skip
        print(f"{level:<5g}  " + "  ".join(f"{r:8.2f} Å" for r in found.plain_resolution))


if __name__ == "__main__":
    main()
