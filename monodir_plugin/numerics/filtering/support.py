"""How much of an enhanced map's power the data behind a run support.

An enhanced map ``e`` (sharpened, density modified, or made by a neural network) is compared with
the measured map ``x`` in every window, cone and band.  A share ``c = C² / (P_e P_x)`` of the power
of ``e`` follows ``x``, with ``C`` their common power, whatever the gain.  Of ``x`` itself a share
``w = SNR / (1 + SNR)`` is signal: if ``e`` were the truth, ``c`` would be ``w``; if ``e`` were
``x``, ``c`` would be one.  So at most the smaller of ``c`` and ``w`` is supported.  Of the rest,
``w - c`` is detail that does not follow the data although they hold signal there, and ``1 - w``
lies where they hold noise.

Where ``w`` is below a quarter the signal of the data is less than a third of their noise: half maps
have an FSC below 0.143 there.  The weight of a filter is small there, and zero where there are no
data.  Power of an enhanced map there was amplified from noise or comes from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional, Tuple

import numpy as np

from ..fourier.soft_cone import SoftCone
from ..fourier.spectrum import spectrum_of
from ..localres.local_power import local_power
from ..localres.signal_to_noise import SnrProblem
from ..parallel.buffers import Scratch
from ..parallel.process_pool import in_workers
from .weights import FilterWeights, filter_weights

__all__ = ["LEAST_WEIGHT", "MOST_BEYOND", "MOST_LOCALLY", "MOST_UNLIKE", "Support", "support_of"]

#: Weight below which data count as noise: a signal-to-noise ratio of 1/3, FSC 0.143 of half maps.
LEAST_WEIGHT = 0.25
#: Share of power that does not follow the data, of the map and of one window, and power beyond the
#: data over that of the measured map, above which a map is not made of the data alone (chosen on
#: tuning cases of ``studies/filter``; its page has the rates on others).
MOST_UNLIKE, MOST_LOCALLY, MOST_BEYOND = 0.01, 0.025, 1.25
#: Share of power beyond the data that is always allowed: windows leak, also into empty cones.
_LEAST_BEYOND = 0.001
#: Sums over voxels that are kept for every axis and band.
_SUMS = 8
_TINY = 1e-20


@dataclass(frozen=True)
class Support:
    """Unsupported power of an enhanced map.

    Attributes
    ----------
    share : float
        Share of the power of the enhanced map inside the mask that is not supported, 0 to 1.
    unlike_data : float
        Its part that does not follow the data although they hold signal there.
    beyond_data : float
        Share of the power of the enhanced map at voxels, axes and frequencies where the data are
        noise (weights below :data:`LEAST_WEIGHT`) or where there are none.
    of_filtered : float
        ``share`` of the map that is filtered with the weights of the run: hardly any map has a
        smaller one.
    beyond_of_measured : float
        ``beyond_data`` of the measured map.
    voxels : ndarray, shape (voxels,), float32
        Unsupported share at every voxel of the mask.
    unlike_voxels : ndarray, shape (voxels,), float32
        At every voxel of the mask, the share of the power of the window about it that does not
        follow the data although they hold signal there.
    frequency : ndarray, shape (bands,), float64
        Cycles per voxel.
    by_band, by_band_of_filtered : ndarray, shape (bands,), float64
        Unsupported power in every band over the power of the whole map: they add up to ``share``.
    by_axis : ndarray, shape (axes,), float64
        Unsupported share along every axis.
    axes : ndarray, shape (axes, 3), float64
        Unit vectors ``x, y, z``.
    unlike_locally : float
        The largest value of ``unlike_voxels``.  Windows with less than the mean power count as if
        they had that.
    place : ndarray, shape (3,), float64
        Where this window is, voxels ``z, y, x``.
    left_out : float
        Share of the voxels of the mask that were left out, as the map was cut there.
    weighted : bool
        Whether the map is a weighted mean of the half maps (:mod:`.weighted_halves`), and the
        measured map with which it was compared is that mean.
    """

    share: float
    unlike_data: float
    beyond_data: float
    of_filtered: float
    beyond_of_measured: float
    voxels: np.ndarray
    unlike_voxels: np.ndarray
    frequency: np.ndarray
    by_band: np.ndarray
    by_band_of_filtered: np.ndarray
    by_axis: np.ndarray
    axes: np.ndarray
    unlike_locally: float
    place: np.ndarray
    left_out: float = 0.0
    weighted: bool = False

    @property
    def from_elsewhere(self) -> bool:
        """Whether detail does not follow the data.

        Such detail has more than :data:`MOST_UNLIKE` of the power of the map, or more than
        :data:`MOST_LOCALLY` of that of a window.  It was invented, or it is right and the data do
        not show it.
        """
        return self.excess > 1

    @property
    def excess(self) -> float:
        """The larger of both shares that do not follow the data, each over its limit."""
        return max(self.unlike_data / MOST_UNLIKE, self.unlike_locally / MOST_LOCALLY)

    @property
    def amplified(self) -> bool:
        """Whether a larger share lies beyond the data than in the measured map.

        Noise was amplified there, or directions without data were filled.
        """
        return self.beyond_data > MOST_BEYOND * self.beyond_of_measured + _LEAST_BEYOND


def support_of(
    enhanced: np.ndarray,
    measured: np.ndarray,
    problem: SnrProblem,
    threads: int = 1,
    weights: Optional[FilterWeights] = None,
    progress: Optional[Callable[[int, int], None]] = None,
    region: Optional[np.ndarray] = None,
) -> Support:
    """Compare an enhanced map with the data of a run.

    Parameters
    ----------
    enhanced, measured : ndarray, shape (N, N, N)
        The map and that of the run, in the box that is worked on, ``[z, y, x]``.
    problem : SnrProblem
        With its spectra, unless ``weights`` are given.
    threads : int
    weights : FilterWeights, optional
        Those of ``filter_weights(problem)``, where they are known already.
    progress : callable, optional
        Called with the number of axes done, and of all.
    region : ndarray of bool, shape (N, N, N), optional
        Part of the mask of the run that counts; by default all of it.

    Returns
    -------
    Support

    Raises
    ------
    ValueError
        If the enhanced map is constant.
    """
    spreads = [float(np.std(volume, dtype=np.float64)) for volume in (enhanced, measured)]
    if not spreads[0] > 0:
        raise ValueError("the enhanced map is constant")
    weights = weights or filter_weights(problem, threads=threads)
    axes, bands, nodes = weights.axes, problem.bands, problem.nodes
    # Not the spectrum of the problem, which is whitened: shares of power would not be comparable.
    spectrum, known = (
        spectrum_of(volume, 1 / spread, threads)
        for volume, spread in zip((enhanced, measured), spreads)
    )
    scratch = Scratch()
    every = np.arange(len(nodes), dtype=np.int32)

    def power(cone: SoftCone, values: np.ndarray, band: int) -> np.ndarray:
        lines = local_power(cone, values, bands, band, scratch, nodes)
        if lines is None:
            return np.zeros(len(nodes))
        return nodes.values(lines, every, scratch).astype(np.float64)

    def along(which: int) -> Tuple[np.ndarray, np.ndarray]:
        """Power of the map by node, its unsupported part, and that unlike the data; all by band."""
        cone = problem.shape.half_cone(bands.size, axes.vectors[which], problem.opening)
        given, changed = cone.values(known), cone.values(spectrum)
        by_node = np.zeros((3, len(nodes)))
        by_band = np.zeros((_SUMS, len(bands)))
        for band in range(len(bands)):
            of_data, of_map = (power(cone, values, band) for values in (given, changed))
            # Both of about the same power, so that the difference below keeps its digits.
            scale = np.sqrt(max(of_data.mean(), _TINY) / max(of_map.mean(), _TINY))
            both = power(cone, given + np.float32(scale) * changed, band)
            common = (both - of_data - scale**2 * of_map) / (2 * scale)
            weight = weights.values[:, which, band].astype(np.float64)
            follows = np.maximum(common, 0.0) ** 2 / np.maximum(of_data * of_map, _TINY)
            unlike = of_map * np.maximum(weight - follows, 0.0)
            unsupported = of_map * (1 - weight) + unlike
            # Neighbouring bands overlap; each stands for the shells about its own frequency.
            share = spacing[band]
            by_node += [share * values for values in (of_map, unsupported, unlike)]
            filtered, noisy = weight**2 * of_data, weight < LEAST_WEIGHT
            sums = (
                *(of_map, unsupported, unlike, noisy * of_map),
                *(filtered, (1 - weight) * filtered, of_data, noisy * of_data),
            )
            by_band[:, band] = [share * float(values[inside].sum()) for values in sums]
        return by_node, by_band

    widths = np.gradient(bands.frequency) if len(bands) > 1 else np.ones(1)
    spacing = widths / bands.half_width
    inside = _inside(problem, region)
    by_node = np.zeros((3, len(nodes)))
    by_band = np.zeros((len(axes), _SUMS, len(bands)))
    rows = in_workers(along, len(axes), threads)
    for done, (which, (values, sums)) in enumerate(rows, 1):
        by_node += values
        by_band[which] = sums
        if progress is not None:
            progress(done, len(axes))
    sums = by_band.sum(axis=0)
    of_map, unsupported, unlike, beyond, filtered, noise, of_data, faint = sums
    along_axes = by_band.sum(axis=2)
    total, missing, differing = by_node
    # A window with little density counts as if it had that of the mean.
    of_window = np.maximum(total, total[inside].mean())
    locally = differing / np.maximum(of_window, _TINY)
    # If all of the map follows the data, the window with most density.
    most = int(np.argmax(np.where(inside, locally if locally[inside].any() else total, -1.0)))
    share = (missing / np.maximum(total, _TINY)).astype(np.float32)
    return Support(
        share=float(unsupported.sum() / of_map.sum()),
        unlike_data=float(unlike.sum() / of_map.sum()),
        beyond_data=float(beyond.sum() / of_map.sum()),
        of_filtered=float(noise.sum() / filtered.sum()),
        beyond_of_measured=float(faint.sum() / of_data.sum()),
        # Zero would be a node without a value.
        voxels=nodes.to_voxels(np.maximum(share, np.float32(1e-6))),
        unlike_voxels=nodes.to_voxels(np.maximum(locally, 1e-6).astype(np.float32)),
        frequency=bands.frequency,
        by_band=unsupported / of_map.sum(),
        by_band_of_filtered=noise / filtered.sum(),
        by_axis=along_axes[:, 1] / np.maximum(along_axes[:, 0], _TINY),
        axes=axes.vectors,
        unlike_locally=float(locally[most]),
        place=nodes.positions[:, most],
    )


def _inside(problem: SnrProblem, region: Optional[np.ndarray] = None) -> np.ndarray:
    """Which nodes lie in the mask, and in a region of it if one of them does."""
    nodes = problem.nodes
    z, y, x = np.rint(nodes.positions).astype(int) % nodes.size
    inside = nodes.mask[z, y, x]
    counted = inside & region[z, y, x] if region is not None else inside
    return counted if counted.any() else inside
