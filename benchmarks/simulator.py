"""Time and accuracy of the simulator, against a yardstick measured in the same minute.

    python -m benchmarks.simulator 64 128 --images 500

The yardstick is one single-threaded double-precision ``rfftn`` of the box.  Accuracies are root
mean squares of differences from sums written out in double precision, over those of the values.
The table also has linear and cubic splines of a twice oversampled transform, an alternative to the
non-uniform transform.
"""

from __future__ import annotations

import argparse
import time
from typing import Callable, Tuple, TypeVar

import numpy as np
import scipy.fft
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation

from benchmarks.setting import yardstick
from monodir_plugin.simulation import (
    CentralSlices,
    Imaging,
    Reconstructor,
    blob_particle,
    project,
    simulate,
)

T = TypeVar("T")
_CHECKED = 200


def timed(work: Callable[[], T]) -> Tuple[T, float]:
    """The result of a function, and its seconds."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def slice_points(size: int, orientation: Rotation) -> np.ndarray:
    """Samples of one slice in cycles per voxel, ``z, y, x``, in the order of CentralSlices."""
    along_y, along_x = np.meshgrid(np.fft.fftfreq(size), np.fft.rfftfreq(size), indexing="ij")
    disc = np.hypot(along_x, along_y) < 0.5
    lattice = np.stack([along_x[disc], along_y[disc]], axis=1)
    return (lattice @ orientation.as_matrix()[:, :2].T)[:, ::-1]


def written_out(volume: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The transform of a volume at some points, as sums over all voxels."""
    g = np.arange(len(volume)) - len(volume) // 2
    phases = np.exp(-2j * np.pi * points.T[:, :, None] * g)
    return np.einsum("zyx,nz,ny,nx->n", volume, *phases, optimize=True)


def by_splines(volume: np.ndarray, points: np.ndarray, order: int) -> np.ndarray:
    """The transform at some points from that of the volume in a box twice as wide."""
    size = len(volume)
    padded = np.pad(volume, (size // 2, size - size // 2))
    spectrum = scipy.fft.fftshift(scipy.fft.fftn(scipy.fft.ifftshift(padded))).astype(np.complex64)
    places = (2 * size * points + size).T
    real, imaginary = (
        map_coordinates(part, places, order=order, mode="grid-wrap")
        for part in (spectrum.real, spectrum.imag)
    )
    return real + 1j * imaginary


def accuracies(volume: np.ndarray) -> Tuple[float, float, float]:
    """Relative errors of slices, of linear and of cubic splines, on one slice."""
    orientation = Rotation.random(random_state=1)
    points = slice_points(len(volume), orientation)
    chosen = np.random.default_rng(0).choice(len(points), _CHECKED, replace=False)
    expected = written_out(volume, points[chosen])

    def error(found: np.ndarray) -> float:
        return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))

    sampled = CentralSlices(len(volume), orientation).sample(volume)[0, chosen]
    return (
        error(sampled),
        error(by_splines(volume, points[chosen], 1)),
        error(by_splines(volume, points[chosen], 3)),
    )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", type=int, nargs="+", help="box sides in voxels")
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    print(
        "size images  project  weights  reconstruct  together  yardsticks  simulate    "
        "slices    linear     cubic"
    )
    for size in options.sizes:
        _line(size, options.images, options.threads)


def _line(size: int, images: int, threads: int) -> None:
    particle, _ = blob_particle(size, seed=1)
    orientations = Rotation.random(images, random_state=0)
    unit = yardstick(size)
    made, projecting = timed(lambda: project(particle, orientations, threads=threads))
    tool, weighing = timed(lambda: Reconstructor(size, orientations, threads))
    _, reconstructing = timed(lambda: tool.reconstruct(made))
    _, everything = timed(lambda: simulate(particle, Imaging(images=images), threads))
    together = projecting + weighing + reconstructing
    errors = "".join(f"{error:10.1e}" for error in accuracies(particle.astype(float)))
    print(
        f"{size:4d} {images:6d} {projecting:7.2f}s {weighing:7.2f}s {reconstructing:11.2f}s "
        f"{together:8.2f}s {together / unit:11.0f} {everything:8.2f}s{errors}",
        flush=True,
    )


if __name__ == "__main__":
    main()
