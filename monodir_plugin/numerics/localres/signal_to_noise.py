"""Local-directional resolution from the signal-to-noise ratio of bands of frequency.

At a voxel ``r``, along an axis ``d`` and in a band about ``f``, the ratio is ``SNR = P / N - 1``.
``P`` is the power of the map in cone and band, averaged over a window about the voxel, and ``N``
is the power of the noise.  ``R(r, d)`` is the finest frequency up to which the ratio stays above a
criterion, which is given as an FSC value (:mod:`.criterion`).

One window holds few independent values, so that ``P / N`` alone is noisy.  The expected ratio is
that of the voxel without a cone, times that of the axis over the whole mask, divided by that of
the map.  The logarithm of ``1 + SNR`` is taken as the mean of the measured and the expected one,
weighted by their inverse variances.  With ``L`` the expected ``1 + SNR`` and ``K`` the number of
independent values, the measured one has a variance of ``(2 L - 1) / (K L²)``.  The expected one
has ``(s (L - 1) / L)²``, because true ratios differ from the expected ratio by a factor of about
``exp(s)`` (:data:`SPREAD`, chosen by study).  Where no signal is expected, none is found.  Where
the signal is strong, the measured ratio alone decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Callable, Dict, Iterator, List, Optional, Tuple

import numpy as np

from ..fourier.soft_cone import PARTS, SoftCone, half_space
from ..geometry.axes import AxisSet
from ..noise.data_coverage import ENOUGH_DATA, data_share, first_fine_shell
from ..noise.noise_power import NoisePower
from ..parallel.buffers import Scratch
from ..parallel.process_pool import in_workers
from ..problem.criterion import fsc_of_snr
from ..problem.decisions import Decisions
from ..problem.sequential_test import SequentialTest
from ..reduction.table import encode
from .bands import Bands
from .cone_shape import SQUARED_COSINE, ConeShape
from .local_power import local_power, local_power_without_cone
from .nodes import Nodes
from .uncertainty import frequency_intervals

__all__ = ["SnrProblem", "WithoutCone", "measured_without_cone"]

#: Failures in a row after which the resolution of a voxel along an axis is decided.
FAILURES = 2
#: Standard deviation of the logarithm of the true ratio about that of the expected one.
SPREAD = 1.0
#: No smaller ratio is expected: the expected ratio has errors of its own.
_LEAST_EXPECTED = 0.1
#: The ratio of an axis is taken to be at most this many times that of the map.
_MOST_OF_MAP = 30.0
#: Ratios without a cone are kept as logarithms of 1 + SNR in one byte, in these steps.
_LOWEST, _STEP = -2.0, 0.05
_CODES = 256
#: Logarithm of a ratio that no voxel has.
_MOST_LOG = 30.0
#: Two axes are the same if their cosine is larger.
_SAME_AXIS = 1 - 1e-9


@dataclass(frozen=True)
class WithoutCone:
    """Ratio and resolution without a cone.

    Attributes
    ----------
    codes : ndarray, shape (bands, nodes), uint8
        Code ``c`` stands for ``log(1 + SNR) = -2 + 0.05 c``.
    frequency : ndarray, shape (voxels,), float32
        Resolution of every voxel as spatial frequency, cycles per voxel; 0: not resolved.
    """

    codes: np.ndarray
    frequency: np.ndarray

    def snr(self) -> np.ndarray:
        """Signal-to-noise ratio of every node in every band, (bands, nodes), float32."""
        return (np.exp(_LOWEST + _STEP * np.arange(_CODES)) - 1).astype(np.float32)[self.codes]


@dataclass(frozen=True)
class SnrProblem:
    """A map that is ready to be measured by its signal-to-noise ratio.

    It is a :class:`.directional_problem.DirectionalProblem`.

    Attributes
    ----------
    spectrum : ndarray, shape (N, N, N // 2 + 1), complex64
        Half spectrum of the map, whitened (:mod:`monodir_plugin.numerics.fourier.whitening`).
    noise, particle : NoisePower
        Power of the noise, and of the map inside the mask, both whitened.
    nodes : Nodes
        Points about the voxels of the mask, at which ratios are measured.
    bands : Bands
    opening : float
        Full opening of the cone, degrees.
    criterion : float
        Signal-to-noise ratio at which the resolution ends.
    counted_from : float
        Failures at coarser spatial frequencies (cycles per voxel) do not count.  These frequencies
        only measure how coarse a voxel is that fails there, so that the coarse limit does not
        change the resolution of other voxels.
    resolution : float
        Spatial frequency at which the ratio of the whole map falls to the criterion, cycles per
        voxel.
    without_cone : WithoutCone
    independent : ndarray, shape (bands,)
        Number of independent values that the average over a window is worth, in a cone.
    shape : ConeShape
        Shape of the cone.
    known : tuple of ndarray
        Unit vectors of axes, and whether the map holds data along them in every band, bool (axes,
        bands), so that these are computed once.
    warnings : list of str
        Sentences on noise that cannot be that of the particle.
    by_chance : tuple of float or None
        Between which resolutions, over that of the median axis, two thirds of the axes would lie if
        all were alike (:mod:`.equal_axes`); ``None``: not known.
    """

    spectrum: np.ndarray
    noise: NoisePower
    particle: NoisePower
    nodes: Nodes
    bands: Bands
    opening: float
    criterion: float
    counted_from: float
    resolution: float
    without_cone: WithoutCone
    independent: np.ndarray
    shape: ConeShape = SQUARED_COSINE
    known: Tuple[np.ndarray, np.ndarray] = (np.empty((0, 3)), np.empty((0, 0), bool))
    warnings: List[str] = field(default_factory=list)
    by_chance: Optional[Tuple[float, float]] = None

    @property
    def frequencies(self) -> np.ndarray:
        """Spatial frequencies at which the ratio is measured, cycles per voxel."""
        return self.bands.frequency

    def with_data(self, axes: AxisSet) -> np.ndarray:
        """Whether the map holds data along axes and in bands, bool (axes, bands)."""
        vectors, known = self.known
        same = np.abs(np.einsum("ai,ki->ak", axes.vectors, vectors)) > _SAME_AXIS
        if same.any(axis=1).all():
            return known[same.argmax(axis=1)]
        power = self.spectrum.real**2
        power += self.spectrum.imag**2

        def weight(angle: np.ndarray) -> np.ndarray:
            return self.shape.weight(angle, self.opening) ** 2

        # A direction has data if either power has: the signal is strong where coverage is thin,
        # the noise is strong where a particle has little power.  The window of the noise smears it
        # into a gap at coarse shells; there a gap of the finer shells decides.
        quiet = data_share(self.noise.power, axes, weight)
        quiet = np.minimum.accumulate(quiet[:, ::-1], axis=1)[:, ::-1]
        share = np.maximum(data_share(power, axes, weight), quiet)
        # Coarse shells hold too few coefficients to find a gap; it continues to the origin.
        fine = first_fine_shell(self.bands.size)
        if fine < share.shape[1]:
            share[:, :fine] = np.minimum(share[:, :fine], share[:, fine, None])
        passed = self.bands.passed(np.arange(share.shape[1]) ** 2)
        # Every shell has the weight of the number of its coefficients.
        passed *= np.arange(share.shape[1]) ** 2
        return share @ (passed / passed.sum(axis=1, keepdims=True)).T >= ENOUGH_DATA

    def axes_with_data(self, axes: AxisSet) -> np.ndarray:
        """Whether axes have data in most bands up to the resolution of the map, bool (axes,)."""
        return self._in_most_bands(self.with_data(axes))

    def _in_most_bands(self, with_data: np.ndarray) -> np.ndarray:
        """Whether most bands up to the resolution of the map have data, bool (axes,)."""
        some = self.bands.centre <= max(self.resolution, self.bands.centre[0])
        return with_data[:, some].mean(axis=1) >= ENOUGH_DATA

    def intervals(self) -> Tuple[np.ndarray, np.ndarray]:
        """Coarser and finer end of the interval of a resolution at each frequency.

        Cycles per voxel, shape (bands,) each (:mod:`.uncertainty`).
        """
        return frequency_intervals(
            self.frequencies, self.snr_of_map(), self.independent, self.criterion, SPREAD
        )

    def rows(self, axes: AxisSet, threads: int) -> Iterator[Tuple[int, np.ndarray]]:
        """Measure along axes, several at once; yield number and row of every finished axis."""
        scratch = Scratch()
        with_data = self.with_data(axes)
        with_data &= self._in_most_bands(with_data)[:, None]
        snr = self.snr_of_map()

        def along(row: int) -> np.ndarray:
            return _codes_along(self, axes.vectors[row], with_data[row], snr, scratch)

        return in_workers(along, len(axes), threads)

    def monores(self, threads: int, progress: Optional[Callable[[int], None]] = None) -> np.ndarray:
        """Spatial frequency up to which voxels are resolved without a cone; 0: not resolved."""
        return self.without_cone.frequency

    def decisions(self, sampling: float) -> Decisions:
        """Resolution of the whole map, window, intervals, and the chance scatter of axes."""
        facts: Dict[str, object] = {
            "map_resolution_A": sampling / self.resolution,
            "window_A": sampling * self.bands.window,
            "interval": [
                {
                    "frequency_A": sampling / f,
                    "finer_A": sampling / high,
                    "coarser_A": sampling / low,
                }
                for f, low, high in zip(self.frequencies, *self.intervals())
            ],
            "axes_by_chance_over_median": None if self.by_chance is None else [*self.by_chance],
        }
        fsc = fsc_of_snr(self.criterion)
        note = f"the whole map reaches FSC {fsc:g} at {sampling / self.resolution:.2f} Å"
        return Decisions(facts, [note], self.warnings)

    def without_spectra(self) -> SnrProblem:
        """What is needed after the measurement: it takes less memory."""
        none = np.zeros((0, 0, 0), np.float32)
        return replace(
            self,
            spectrum=none,
            noise=replace(self.noise, power=none),
            particle=replace(self.particle, power=none),
            without_cone=replace(self.without_cone, codes=none),
        )

    def snr_of_map(self) -> np.ndarray:
        """Signal-to-noise ratio of the map in every band, over all directions."""
        return self.snr_in(half_space(self.bands.size))[0]

    def snr_in(self, cone: SoftCone) -> Tuple[np.ndarray, np.ndarray]:
        """Signal-to-noise ratio of the whole mask in a cone, and the noise's power there.

        Both of shape (bands,); the power is the mean of what :func:`.local_power` finds.
        """
        return _band_ratio(cone, self.particle.power, self.noise.power, self.bands)


def measured_without_cone(
    spectrum: np.ndarray,
    noise: NoisePower,
    nodes: Nodes,
    bands: Bands,
    criterion: float,
    counted_from: float,
    threads: int = 1,
) -> WithoutCone:
    """Signal-to-noise ratio of every voxel in every band, and its resolution, without a cone.

    Parameters
    ----------
    spectrum, noise, nodes, bands, criterion, counted_from
        As of :class:`SnrProblem`.
    threads : int

    Returns
    -------
    WithoutCone
    """
    space = half_space(bands.size)
    values = space.values(spectrum)
    # The real transform counts the plane kx = 0 once and all others twice.
    values[space.x == 0] *= 2
    levels = 2 * _band_power(space.power(noise.power), bands)
    every = np.arange(len(nodes), dtype=np.int32)
    scratch = Scratch()

    def in_band(which: int) -> np.ndarray:
        # The finest bands take longest and come first.
        band = len(bands) - 1 - which
        lines = local_power_without_cone(space, values, bands, band, scratch, nodes)
        if lines is None or not levels[band] > 0:
            return np.zeros(len(nodes), np.uint8)
        ratio = nodes.values(lines, every, scratch) / np.float32(levels[band])
        steps = (np.log(np.maximum(ratio, np.exp(_LOWEST))) - _LOWEST) / _STEP
        return np.minimum(np.rint(steps), _CODES - 1).astype(np.uint8)

    codes = np.empty((len(bands), len(nodes)), np.uint8)
    for which, found in in_workers(in_band, len(bands), threads):
        codes[len(bands) - 1 - which] = found
    decoded = np.exp(_LOWEST + _STEP * np.arange(_CODES)) - 1
    test = SequentialTest(len(nodes), FAILURES, True)
    for band, frequency in enumerate(bands.frequency):
        if not len(test.running):
            break
        ratio = (decoded / criterion).astype(np.float32)[codes[band, test.running]]
        test.step(ratio, 1.0, frequency, counts=bands.centre[band] >= counted_from)
    return WithoutCone(codes, nodes.to_voxels(test.frequency))


def _codes_along(
    problem: SnrProblem,
    axis: np.ndarray,
    with_data: np.ndarray,
    snr_of_map: np.ndarray,
    scratch: Scratch,
) -> np.ndarray:
    """Coded resolution of every voxel along an axis, uint16."""
    nodes, bands = problem.nodes, problem.bands
    test = SequentialTest(len(nodes), FAILURES, True)
    if not with_data.any():
        return np.zeros(len(nodes.flat), np.uint16)
    cone = problem.shape.half_cone(bands.size, axis, problem.opening)
    values = cone.values(problem.spectrum)
    snr_of_axis, levels = _band_ratio(cone, problem.particle.power, problem.noise.power, bands)
    relative = np.clip(snr_of_axis / np.maximum(snr_of_map, 1e-3), 0.0, _MOST_OF_MAP)

    limits = levels[:, None] * needed_ratio(problem.criterion, relative, problem.independent)
    scales = np.divide(1.0, limits, out=np.zeros_like(limits), where=limits > 0).astype(np.float32)
    for band, frequency in enumerate(bands.frequency):
        if not len(test.running):
            break
        counts = bands.centre[band] >= problem.counted_from
        lines = None  # Frees buffers that may have to grow.
        if with_data[band] and levels[band] > 0:
            lines = local_power(cone, values, bands, band, scratch, nodes)
        if lines is None:
            test.step(np.zeros(len(test.running), np.float32), 1.0, frequency, counts)
            continue
        power = nodes.values(lines, test.running, scratch)
        power *= scales[band, problem.without_cone.codes[band, test.running]]
        test.step(power, 1.0, frequency, counts)
    return encode(nodes.to_voxels(test.frequency))


def needed_ratio(criterion: float, relative: np.ndarray, independent: np.ndarray) -> np.ndarray:
    """``P / N`` at which ``SNR`` reaches the criterion, for every code of ratios without a cone.

    Parameters
    ----------
    criterion : float
        Signal-to-noise ratio.
    relative : ndarray, shape (bands,)
        Ratio of the axis over that of the map.
    independent : ndarray, shape (bands,)
        Number of independent values in a window.

    Returns
    -------
    ndarray, shape (bands, 256), float64
    """
    found = np.exp(_LOWEST + _STEP * np.arange(_CODES))
    level = 1 + np.maximum((found - 1) * relative[:, None], _LEAST_EXPECTED)
    measured = (2 * level - 1) / (independent[:, None] * level**2)
    expected = (SPREAD * (level - 1) / level) ** 2
    weight = expected / (expected + measured)
    log_ratio = (np.log(1 + criterion) - (1 - weight) * np.log(level)) / weight
    return np.exp(np.minimum(log_ratio, _MOST_LOG))


@lru_cache(maxsize=4)
def _passed(bands: Bands, parts: int) -> np.ndarray:
    """Share of the power in every part of a Fourier shell that each band passes."""
    return bands.passed((np.arange(parts) / PARTS) ** 2)


def _band_power(parts: np.ndarray, bands: Bands) -> np.ndarray:
    """Mean of the local power in every band, from sums by parts of a Fourier shell."""
    passed = _passed(bands, len(parts))
    # No matrix product: the threads of the linear algebra library would busy-wait afterwards.
    return 4 / float(bands.size) ** 6 * (passed * parts).sum(axis=1)


def _band_ratio(
    cone: SoftCone, particle: np.ndarray, noise: np.ndarray, bands: Bands
) -> Tuple[np.ndarray, np.ndarray]:
    """Signal-to-noise ratio of the whole mask and power of the noise, in every band."""
    signal, level = (_band_power(cone.power(power), bands) for power in (particle, noise))
    ratio = np.divide(signal, level, out=np.ones(len(level)), where=level > 0)
    return np.maximum(ratio - 1, 0.0), level
