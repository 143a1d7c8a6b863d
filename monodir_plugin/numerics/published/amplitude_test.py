"""The test of the authors' program: local amplitudes against a quantile of those of the noise.

Along an axis and at a frequency, a voxel passes if the low-passed amplitude of the map exceeds
the quantile of the amplitude over solvent near the axis (Vilas et al. 2020, Methods).  The
preset ``published`` uses it.  It finds where there is signal, not how much of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Iterator, Optional, Tuple

import numpy as np

from ..geometry.axes import AxisSet
from ..parallel.buffers import Scratch
from ..parallel.process_pool import in_workers
from ..problem.decisions import Decisions
from ..problem.sequential_test import SequentialTest
from ..reduction.table import encode
from .coned_amplitude import coned_amplitude
from .edge_taper import Fade
from .filters import Filters
from .hard_cone import half_cone
from .monogenic_amplitude import monogenic_amplitude
from .sampled_noise import NoiseSample, SampledNoise
from .voxel_interpolation import VoxelRows, at_voxels, planes_about

__all__ = ["AmplitudeTest", "SIGNIFICANCE", "codes_along"]

#: Quantile of the noise that an amplitude must exceed, unless the user names another.
SIGNIFICANCE = 0.95
#: Failures in a row after which the resolution of a voxel is decided.
_FAILURES = 2
#: The test along an axis ends when a smaller share of the voxels is undecided.
LEAST_LEFT = 0.025


@dataclass(frozen=True)
class AmplitudeTest:
    """A map that is ready to be tested by its amplitude.

    It is a :class:`.directional_problem.DirectionalProblem`.

    Attributes
    ----------
    spectrum : ndarray, shape (N, N, N // 2 + 1), complex64
        Half spectrum of the map, with the coefficients beyond the sphere of radius Nyquist.
    noise_spectrum : ndarray or None
        Half spectrum of a map of noise alone (half of the difference of the
        half maps); ``None`` if the noise is that of the map itself.
    region : ndarray of bool, shape (N, N, N)
        Where the noise is.
    noise : SampledNoise
        Samples of its amplitude along axes.
    voxels : VoxelRows
        Voxels of the mask.
    filters : Filters
        Filters of every frequency.
    fade : Fade
        Taper of the amplitude at the inscribed sphere.
    cone : float
        Full opening of the cone, degrees.
    significance : float
        Quantile of the noise.
    least_amplitude : float
        The test along an axis ends when the mean amplitude of the undecided voxels is smaller.
    """

    spectrum: np.ndarray
    noise_spectrum: Optional[np.ndarray]
    region: np.ndarray
    noise: SampledNoise
    voxels: VoxelRows
    filters: Filters
    fade: Fade
    cone: float
    significance: float
    least_amplitude: float

    @property
    def frequencies(self) -> np.ndarray:
        """Spatial frequencies that are tested, cycles per voxel."""
        return self.filters.grid.frequency

    def axes_with_data(self, axes: AxisSet) -> np.ndarray:
        """All axes count as having data, as in the authors' program; bool (axes,)."""
        return np.ones(len(axes), bool)

    def rows(self, axes: AxisSet, threads: int) -> Iterator[Tuple[int, np.ndarray]]:
        """Test along axes, several at once; yield the number and the row of each finished axis."""
        scratch = Scratch()
        return in_workers(
            lambda row: codes_along(self, axes.vectors[row], scratch), len(axes), threads
        )

    def monores(self, threads: int, progress: Optional[Callable[[int], None]] = None) -> np.ndarray:
        """Spatial frequency up to which voxels are resolved without a cone; 0: not resolved.

        Vilas et al. 2018, Structure 26; the noise is sampled in the whole region.
        """
        voxels, scratch = self.voxels, Scratch()
        test = SequentialTest(len(voxels), _FAILURES, False)

        def amplitude(spectrum: np.ndarray, which: int) -> np.ndarray:
            return monogenic_amplitude(
                spectrum, self.filters, which, self.fade, True, threads, scratch
            )

        for which, frequency in enumerate(self.frequencies):
            if len(test.running) < max(LEAST_LEFT * len(voxels), 1):
                break
            box = amplitude(self.spectrum, which)
            values = box.ravel()[voxels.flat[test.running]]
            if self.noise_spectrum is not None:
                box = amplitude(self.noise_spectrum, which)
            level = NoiseSample(box[self.region]).quantile(self.significance)
            test.step(values, level, float(frequency))
            if progress is not None:
                progress(1)
        return test.frequency

    def decisions(self, sampling: float) -> Decisions:
        """Nothing is decided while the problem is made."""
        return Decisions()

    def without_spectra(self) -> AmplitudeTest:
        """What is needed after the measurement: it takes less memory."""
        none = np.zeros((0, 0, 0), np.complex64)
        region = np.zeros((0, 0, 0), bool)
        return replace(
            self,
            spectrum=none,
            noise_spectrum=None if self.noise_spectrum is None else none,
            region=region,
            noise=replace(self.noise, spectrum=None, region=region),
            voxels=VoxelRows(np.ones((1, 1, 1), bool)),
        )


def codes_along(problem: AmplitudeTest, axis: np.ndarray, scratch: Scratch) -> np.ndarray:
    """Test all voxels along one axis.

    Parameters
    ----------
    problem : AmplitudeTest
    axis : ndarray, shape (3,)
        Unit vector, ``x, y, z``.
    scratch : Scratch
        Buffers, which the next axis uses again.

    Returns
    -------
    ndarray, shape (voxels,), uint16
        Row of the table.

    Raises
    ------
    TooLittleNoiseError
        If the region holds too few points near the axis.
    """
    voxels = len(problem.voxels)
    cone = half_cone(problem.spectrum, axis, problem.cone / 2, True)
    noise = problem.noise.for_axis(axis)
    test = SequentialTest(voxels, _FAILURES, False)

    def wanted(depth: int) -> np.ndarray:
        return np.union1d(planes_about(problem.voxels, test.running, depth), noise.planes(depth))

    for which, frequency in enumerate(problem.frequencies):
        if len(test.running) < max(LEAST_LEFT * voxels, 1):
            break
        lines = None  # Frees buffers that may have to grow.
        lines = coned_amplitude(cone, problem.filters, which, problem.fade, scratch, wanted)
        if lines is None:
            break
        amplitude = at_voxels(lines, problem.voxels, test.running, scratch)
        if problem.least_amplitude > 0 and amplitude.mean() < problem.least_amplitude:
            break
        level = noise.sample(which, lines, scratch).quantile(problem.significance)
        test.step(amplitude, level, float(frequency))
    return encode(test.frequency)
