"""Small maps for tests, files of them, and a call of the command line."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Callable, NamedTuple, Tuple

import mrcfile
import numpy as np
import scipy.fft

import monodir_plugin
from monodir_plugin.cli import main
from monodir_plugin.files.results import load_table
from monodir_plugin.simulation import blob_particle, noisy_map
from monodir_plugin.tests.dense_oracle import lattice

#: Folder that holds the package, for programs started by tests.
ROOT = str(Path(monodir_plugin.__file__).parents[1])
SAMPLING = 1.5
#: Of a header that is not all zeros.
ORIGIN, START = (-12.5, 3.0, 40.0), (-5, 2, 7)
#: What keeps a run of the command line short.
SHORT = ("--directions", "46", "--threads", "2")


class Outcome(NamedTuple):
    """How a call of the command line ended."""

    status: int
    out: str
    err: str


@lru_cache(maxsize=None)
def particle(box: int, inner: int = 16) -> Tuple[np.ndarray, np.ndarray]:
    """A particle of the size that a box of ``inner`` would hold, in the middle, and its mask.

    With an inner box of 16 in one of 32 there is solvent enough for the noise.
    """
    small, inside = blob_particle(inner, seed=1, atoms=inner**3 // 40)
    first = box // 2 - inner // 2
    window = (slice(first, first + inner),) * 3
    volume, mask = np.zeros((box,) * 3, np.float32), np.zeros((box,) * 3, bool)
    volume[window], mask[window] = small, inside
    return volume, mask


@lru_cache(maxsize=None)
def sample(box: int = 32, inner: int = 16, noise: float = 0.3, seed: int = 2) -> np.ndarray:
    """A map of the particle with noise."""
    return noisy_map(particle(box, inner)[0], noise, seed=seed)


def filtered(volume: np.ndarray, gain: Callable[..., np.ndarray]) -> np.ndarray:
    """A map times a gain of its frequencies kz, ky, kx, cycles per voxel."""
    half = scipy.fft.rfftn(volume) * gain(*lattice(volume.shape[0]))
    return scipy.fft.irfftn(half, s=volume.shape)


def random_field(size: int, power: Callable[..., np.ndarray], seed: int) -> np.ndarray:
    """Gaussian random density with a power at frequencies kz, ky, kx; that of white noise is 1."""
    noise = np.random.default_rng(seed).normal(size=(size,) * 3)
    return filtered(noise, lambda *k: np.sqrt(power(*k)))


def snr_of_a_map(
    resolution: float, steepness: float = 8.0, criterion: float = 2.0
) -> Callable[..., np.ndarray]:
    """Signal-to-noise ratio that falls as a Gaussian, to a criterion at the map's resolution.

    ``steepness``: power of the frequency as which it falls there.
    """
    return lambda z, y, x: (
        criterion * np.exp(-steepness / 2 * ((z**2 + y**2 + x**2) / resolution**2 - 1))
    )


def half_maps(
    signal: np.ndarray, seed: int, deviation: float = 1.0
) -> Tuple[np.ndarray, np.ndarray]:
    """Mean and half of the difference of half maps: the noise of the mean is white."""
    shape = (2, *signal.shape)
    first, second = np.random.default_rng(seed).normal(scale=deviation * np.sqrt(2), size=shape)
    return signal + (first + second) / 2, (first - second) / 2


def write(path: Path, values: np.ndarray, sampling: float = SAMPLING, **header: object) -> str:
    """Write an array as a map whose header holds what is asked for; returns the name."""
    with mrcfile.new(path, overwrite=True) as file:
        file.set_data(values if values.dtype != bool else values.astype(np.float32))
        if values.ndim == 3:
            file.set_volume()
        file.voxel_size = sampling
        for name, value in header.items():
            file.header[name] = value
    return str(path)


def read(path: Path) -> np.ndarray:
    """The values of a map, without any of the package's code."""
    with mrcfile.open(path) as file:
        return np.array(file.data)


def write_pair(folder: Path, box: int = 32) -> Tuple[str, str, str]:
    """The sample and its mask as files: MAP, --mask, MASK."""
    header = {"origin": ORIGIN, **dict(zip(("nxstart", "nystart", "nzstart"), START))}
    mask = write(folder / "particle.mrc", particle(box)[1])
    return write(folder / "map.mrc", sample(box), **header), "--mask", mask


def call(capsys, *arguments: object) -> Outcome:
    """Run the command line in this process."""
    capsys.readouterr()
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as error:
        status = int(error.code or 0)
    return Outcome(status, *capsys.readouterr())


def measured(capsys, folder: Path, *arguments: object, axes: str = "0:8"):
    """A few rows of the table, or (axes "") the map without directions; and what was told."""
    rows = ("--axes", axes) if axes else ()
    outcome = call(capsys, "part", *arguments, *rows, "-v", "-o", folder / "part.npz", *SHORT)
    assert outcome.status == 0
    with np.load(folder / "part.npz") as file:
        return dict(file), outcome.err


def codes(folder: Path) -> np.ndarray:
    """The table of a run."""
    return load_table(folder / "table.npz").codes
