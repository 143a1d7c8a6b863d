"""Weights of a filter by voxel, axis and spatial frequency, from signal-to-noise ratios.

The weight is that of Wiener, ``SNR / (1 + SNR)``.  Three ratios are known in every band: that of
the whole map, that of every voxel without a cone, and that of every axis over the whole mask; and a
fourth is measured in every window and cone.  The more local a ratio is, the fewer values it is
averaged over.  Every one is therefore drawn towards the less local one, as far as its scatter over
voxels or axes is no more than what noise alone makes of it (:func:`true_share`).  Where views and
sharpness are even this leaves the filter of the whole map.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Tuple

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from ..geometry.axes import AxisSet
from ..localres.cone_shape import SQUARED_COSINE, ConeShape
from ..localres.local_power import independent_of, local_power
from ..localres.signal_to_noise import SnrProblem
from ..parallel.buffers import Scratch
from ..parallel.process_pool import in_workers

__all__ = ["KINDS", "FilterWeights", "filter_weights", "true_share"]

#: What weights may depend on.
KINDS = ("directional", "isotropic", "global")
#: Axes of the cones that the weights are measured in.
_AXES = 46
#: An opening for which every coefficient has the full weight.
_NO_CONE = 1e9
#: Largest standard deviation of the logarithm of true ratios about what is expected of them.
_LARGEST_SPREAD = 1.0
#: A window counts as if at least this share of it lay in the mask.
_LEAST_HELD = 0.5
_TINY = 1e-6


@dataclass(frozen=True)
class FilterWeights:
    """Weights of a filter.

    Attributes
    ----------
    axes : AxisSet
        Axes of the cones; one axis where weights do not depend on it.
    opening : float
        Full opening of the cones, degrees.
    frequency : ndarray, shape (bands,), float64
        Spatial frequencies, cycles per voxel, ascending.
    values : ndarray, shape (nodes, axes, bands), float32 or float16
        Weights, 0 to 1.
    shape : ConeShape
        Shape of the cones.
    """

    axes: AxisSet
    opening: float
    frequency: np.ndarray
    values: np.ndarray
    shape: ConeShape = SQUARED_COSINE


def filter_weights(
    problem: SnrProblem,
    kind: str = "directional",
    threads: int = 1,
    progress: Optional[Callable[[int, int], None]] = None,
) -> FilterWeights:
    """Weights at the nodes of a run.

    Parameters
    ----------
    problem : SnrProblem
        With its spectra.
    kind : str
        One of :data:`KINDS`: by voxel, axis and frequency; by voxel and frequency; by frequency.
    threads : int
    progress : callable, optional
        Called with the number of axes done, and of all.

    Returns
    -------
    FilterWeights

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    if kind not in KINDS:
        raise ValueError(f"kind {kind}: give one of {', '.join(KINDS)}")
    bands = problem.bands
    one = AxisSet(np.array([[0.0, 0.0, 1.0]]))
    of_map = np.maximum(problem.snr_of_map(), 0.0)
    if kind == "global":
        values = (of_map / (1 + of_map)).astype(np.float32)
        shape = (len(problem.nodes), 1, len(bands))
        return FilterWeights(one, 180.0, bands.frequency, np.broadcast_to(values, shape).copy())
    excess = _excess(problem, of_map)
    of_voxel = _of_voxels(problem, of_map, excess)
    if kind == "isotropic":
        values = (of_voxel / (1 + of_voxel)).astype(np.float32)
        return FilterWeights(one, 180.0, bands.frequency, values[:, None])
    return _directional(problem, of_map, of_voxel, excess, threads, progress)


def true_share(observed: float, noise: float) -> float:
    """Share of a variance that noise does not explain, 0 to 1.

    Parameters
    ----------
    observed : float
        Variance of estimates over voxels or axes.
    noise : float
        Mean variance that noise gives each of them.
    """
    return float(np.clip(1 - noise / observed, 0.0, 1.0)) if observed > 0 else 0.0


def _excess(problem: SnrProblem, of_map: np.ndarray) -> np.ndarray:
    """Mean over the mask of the local ``1 + SNR``, over that of the map, at least 1, (bands,).

    The ratio of the map is that of two windowed maps.  Windows smear power of the last shells
    beyond Nyquist.  Local power is that of the map itself and therefore seems too strong there.
    """
    held = _held_by_mask(problem)
    inside = _inside(held)
    local = 1 + problem.without_cone.snr()[:, inside].mean(axis=1, dtype=np.float64)
    expected = 1 + of_map * float(held[inside].mean())
    return np.maximum(local / expected, 1.0)


def _inside(held: np.ndarray) -> np.ndarray:
    """Nodes more than half of whose windows lie in the mask, if there are any."""
    return held > _LEAST_HELD if (held > _LEAST_HELD).any() else held > 0


def _of_voxels(problem: SnrProblem, of_map: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Ratio without a cone, drawn towards that of the map, (nodes, bands)."""
    independent = independent_of(problem.bands, _NO_CONE, problem.shape)
    held = _held_by_mask(problem)
    seen = (1 + problem.without_cone.snr().T.astype(np.float64)) / excess - 1
    found = np.empty_like(seen)
    inside = _inside(held)
    for band, (one, count) in enumerate(zip(1 + of_map, independent)):
        share = (1 + seen[:, band] / held) / one
        noise = (2 * seen[:, band] + 1) / (count * (held * one) ** 2)
        kept = true_share(float(np.mean((share[inside] - 1) ** 2)), float(np.mean(noise[inside])))
        found[:, band] = one * (1 + kept * (share - 1))
    return np.maximum(found - 1, 0.0)


def _directional(
    problem: SnrProblem,
    of_map: np.ndarray,
    of_voxel: np.ndarray,
    excess: np.ndarray,
    threads: int,
    progress: Optional[Callable[[int, int], None]],
) -> FilterWeights:
    axes = AxisSet.icosahedral(_AXES)
    bands, nodes = problem.bands, problem.nodes
    with_data = problem.with_data(axes)
    scratch = Scratch()
    every = np.arange(len(nodes), dtype=np.int32)

    def along(which: int) -> Tuple[np.ndarray, np.ndarray]:
        cone = problem.shape.half_cone(bands.size, axes.vectors[which], problem.opening)
        coefficients = cone.values(problem.spectrum)
        ratio, noise = problem.snr_in(cone)
        found = np.zeros((len(bands), len(nodes)), np.float16)
        for band in np.flatnonzero(with_data[which] & (noise > 0)):
            lines = local_power(cone, coefficients, bands, band, scratch, nodes)
            if lines is not None:
                power = nodes.values(lines, every, scratch) / np.float32(noise[band])
                found[band] = np.minimum(power, np.finfo(np.float16).max)
        return ratio, found

    measured = np.zeros((len(axes), len(bands), len(nodes)), np.float16)
    of_axis = np.zeros((len(axes), len(bands)))
    rows = in_workers(along, len(axes), threads)
    for done, (which, (ratio, found)) in enumerate(rows, 1):
        of_axis[which], measured[which] = ratio, found
        if progress is not None:
            progress(done, len(axes))
    windows, held = _windows(problem), _held_by_mask(problem).astype(np.float32)[:, None]
    for band, count in enumerate(problem.independent):
        has = np.flatnonzero(with_data[:, band])
        # Weights overwrite the measured ratios: the two together would need too much memory.
        seen = measured[has, band].T.astype(np.float32) / np.float32(excess[band])
        seen = 1 + (seen - 1) / held
        measured[:, band] = 0
        if not len(has):
            continue
        level = 1 + of_axis[has, band]
        one = 1 + of_map[band]
        share = level / one
        noise = _variance(level, count * windows) * share**2
        kept = true_share(float(np.mean((share - 1) ** 2)), float(np.mean(noise)))
        drawn = np.maximum(one * (1 + kept * (share - 1)) - 1, 0.0)
        # Where the whole map has next to no signal, the axis alone says what to expect.
        relative = drawn / max(of_map[band], _TINY)
        of_voxels = of_voxel[:, band, None].astype(np.float32)
        expected = 1 + of_voxels * np.minimum(relative, drawn + 1).astype(np.float32)
        random = (2 * (expected - 1) * held + 1) / (np.float32(count) * (held * expected) ** 2)
        unexplained = float(np.mean((seen / expected - 1) ** 2 - random, dtype=np.float64))
        true = ((expected - 1) / expected) ** 2
        signal = max(float(np.mean(true, dtype=np.float64)), _TINY)
        true *= np.float32(np.clip(unexplained / signal, 0.0, _LARGEST_SPREAD**2))
        true /= true + random + np.float32(_TINY)
        ratio = np.maximum(expected + true * (seen - expected) - 1, 0)
        measured[has, band] = (ratio / (1 + ratio)).T
    values = measured.transpose(2, 0, 1)
    return FilterWeights(axes, problem.opening, bands.frequency, values, problem.shape)


def _variance(level: np.ndarray, independent: float) -> np.ndarray:
    """Variance of the logarithm of ``1 + SNR`` of a mean of independent values."""
    return (2 * level - 1) / (independent * level**2)


def _held_by_mask(problem: SnrProblem) -> np.ndarray:
    """Share of the window about every node that lies in the mask, at least a half, (nodes,).

    Solvent in a window has the noise's power alone: without this, ratios would be too small
    at the surface of the particle.
    """
    nodes = problem.nodes
    share = gaussian_filter(nodes.mask.astype(np.float32), problem.bands.window, mode="wrap")
    return np.maximum(
        map_coordinates(share, nodes.positions, order=1, mode="grid-wrap"), _LEAST_HELD
    )


def _windows(problem: SnrProblem) -> float:
    """How many windows the mask holds."""
    volume = (4 * np.pi) ** 1.5 * problem.bands.window**3
    return max(len(problem.nodes.flat) / volume, 1.0)
