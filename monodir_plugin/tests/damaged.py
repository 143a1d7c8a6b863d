"""A particle as files that users have, sound and damaged, for the tests of what is refused."""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

import numpy as np
from scipy.ndimage import gaussian_filter

#: Voxel size of all of them, Å.
VOXEL = 2.0
NOISE = 0.15


def grid(size: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Voxels z, y, x from the centre of a box."""
    line = np.arange(size) - size // 2
    return np.meshgrid(line, line, line, indexing="ij")


def noise(size: int, seed: int, deviation: float = NOISE) -> np.ndarray:
    """White noise."""
    return np.random.default_rng(seed).normal(scale=deviation, size=(size,) * 3)


@lru_cache(maxsize=None)
def ball(size: int = 64, radius: float = 16.0, atoms: int = 600) -> Tuple[np.ndarray, np.ndarray]:
    """Random atoms in a ball, with unit deviation in their mask; and that mask."""
    rng = np.random.default_rng(1)
    places = rng.normal(size=(3 * atoms, 3))
    places = places[np.linalg.norm(places, axis=1) < 1.6][:atoms] / 1.6 * radius
    box = np.zeros((size,) * 3)
    for place in np.rint(places).astype(int) + size // 2:
        box[tuple(np.clip(place, 0, size - 1))] += 1
    blurred = gaussian_filter(box, 3, mode="wrap")
    mask = blurred > 0.06 * blurred.max()
    density = gaussian_filter(box, 1, mode="wrap")
    return (density / density[mask].std()), mask


@lru_cache(maxsize=None)
def halves() -> Tuple[np.ndarray, np.ndarray]:
    """Half maps of the ball."""
    density = ball()[0]
    first, second = (density + noise(64, seed) for seed in (11, 12))
    return first.astype(np.float32), second.astype(np.float32)


@lru_cache(maxsize=None)
def whole() -> np.ndarray:
    """Their mean."""
    first, second = halves()
    return (first + second) / 2


@lru_cache(maxsize=None)
def filament() -> Tuple[np.ndarray, np.ndarray]:
    """A filament through the whole box along z with noise, and its mask."""
    rng = np.random.default_rng(5)
    box = np.zeros((64,) * 3)
    radius, turn = 9 * np.sqrt(rng.random(900)), rng.random(900) * 2 * np.pi
    rows = np.rint([radius * np.sin(turn), radius * np.cos(turn)]).astype(int) + 32
    np.add.at(box, (rng.integers(0, 64, 900), *rows), 1)
    density = gaussian_filter(box, 1, mode="wrap")
    _, y, x = grid(64)
    tube = x * x + y * y <= 144
    density /= density[tube].std()
    return (density + noise(64, 31, NOISE / np.sqrt(2))).astype(np.float32), tube


def with_bead(volume: np.ndarray) -> np.ndarray:
    """A map with a bright bead of gold in its solvent."""
    z, y, x = grid(len(volume))
    square = (x - 20) ** 2 + (y - 18) ** 2 + (z - 3) ** 2
    return (volume + 60 * np.exp(-square / 12.5)).astype(np.float32)


def locally_filtered(volume: np.ndarray, mask: np.ndarray, deviation: float) -> np.ndarray:
    """A map whose solvent was low-passed by a Gaussian and whose particle was not."""
    weight = gaussian_filter(mask.astype(float), 1.5)
    return (weight * volume + (1 - weight) * gaussian_filter(volume, deviation)).astype(np.float32)
