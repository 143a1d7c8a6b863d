"""Conical correlation of half maps whose signal-to-noise ratio is known."""

from __future__ import annotations

from functools import lru_cache
from typing import List

import numpy as np
import scipy.fft

from monodir_plugin.diagnosis.conical_fsc import THRESHOLDS, conical_fsc
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.grid import distance_map
from studies.harness import Record

__all__ = ["OPENINGS", "SIZES", "cone_records"]

OPENINGS = (0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0)
SIZES = (48, 64, 96, 128)
#: Where the known correlation falls to 0.143, as a part of Nyquist, and how fast.
_EDGE, _STEEP = 0.6, 0.08
_SAMPLING = 1.5


@lru_cache(maxsize=None)
def cone_records() -> List[Record]:
    """Half maps with a missing cone about z, and isotropic ones in boxes of several sizes."""
    cases = [(96, opening) for opening in OPENINGS] + [(size, 0.0) for size in SIZES if size != 96]
    return [_measured(size, opening) for size, opening in cases]


def _measured(size: int, opening: float) -> Record:
    """White noise and Gaussian signal, the particle a ball of a radius of 0.3 boxes."""
    rng = np.random.default_rng(int(size + opening) + 1)
    k = np.fft.fftfreq(size)
    kz = np.abs(k)[:, None, None]
    length = np.sqrt(kz**2 + k[None, :, None] ** 2 + np.fft.rfftfreq(size) ** 2)
    present = kz <= np.cos(np.deg2rad(opening)) * length if opening else np.ones_like(length)
    at_edge = THRESHOLDS[0] / (1 - THRESHOLDS[0])
    ratio = at_edge * np.exp((_EDGE / 2 - length) / (_STEEP / 2))
    white = [scipy.fft.rfftn(rng.normal(size=(size,) * 3)) for _ in range(3)]
    half1, half2 = (
        scipy.fft.irfftn(present * (white[0] * np.sqrt(ratio) + noise), s=(size,) * 3)
        for noise in white[1:]
    )
    found = conical_fsc(
        half1, half2, distance_map(size) < 0.3 * size, _SAMPLING, AxisSet.icosahedral(81)
    )
    inside = found.axes.tilt < opening - 15
    away = found.axes.tilt > opening + 20
    return {
        "size": size,
        "opening": opening,
        "known": 2 * _SAMPLING / _EDGE,
        "plain": found.plain_resolution[0],
        # Axes without data have no resolution (NaN).
        "inside": _median(found.resolution[0][inside]),
        "away": _median(found.resolution[0][away]),
        "low": float(np.nanpercentile(found.resolution[0], 17)),
        "high": float(np.nanpercentile(found.resolution[0], 83)),
        "without_data": int(found.without_data.sum()),
        "by_chance": found.by_chance[0],
        "sphericity": found.sphericity,
    }


def _median(values: np.ndarray) -> float:
    """Median of the values that are finite; NaN if none is."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")
