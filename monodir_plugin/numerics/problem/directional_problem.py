"""A map that is ready to be measured, and what it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterator, Optional, Protocol, Tuple

import numpy as np

from ..geometry.axes import AxisSet
from ..noise.noise_model import NoiseModel
from .decisions import Decisions
from .settings import Settings

__all__ = ["DirectionalProblem", "MakeProblem", "ProblemInput", "WorkingBox"]


class DirectionalProblem(Protocol):
    """A map that can be measured along axes."""

    @property
    def frequencies(self) -> np.ndarray:
        """Spatial frequencies that are tested, cycles per voxel, shape (n,), ascending."""

    def axes_with_data(self, axes: AxisSet) -> np.ndarray:
        """Whether the map holds data along axes, bool (axes,)."""

    def rows(self, axes: AxisSet, threads: int) -> Iterator[Tuple[int, np.ndarray]]:
        """Measure along axes, several at once.

        Yields
        ------
        row : int
            Number of the axis, in the order in which the axes are finished.
        codes : ndarray, shape (voxels,), uint16
            Its row of the table (:func:`monodir_plugin.numerics.reduction.table.encode`).
        """

    def monores(self, threads: int, progress: Optional[Callable[[int], None]] = None) -> np.ndarray:
        """Measure without a cone.

        Parameters
        ----------
        threads : int
        progress : callable, optional
            Called with the number of steps just finished.

        Returns
        -------
        ndarray, shape (voxels,), float32
            Spatial frequency up to which each voxel is resolved, cycles per voxel; 0: not resolved.
        """

    def decisions(self, sampling: float) -> Decisions:
        """What was found while it was made; voxel size in Å."""

    def without_spectra(self) -> DirectionalProblem:
        """What is needed after the measurement: it takes less memory."""


@dataclass(frozen=True)
class WorkingBox:
    """The middle of the box, which is worked on.

    Attributes
    ----------
    volume : ndarray, shape (n, n, n)
        Map, ``[z, y, x]``.
    noise_map : ndarray, shape (n, n, n), or None
        Half of the difference of the half maps.
    mask : ndarray of bool, shape (n, n, n)
        Voxels to measure.
    inside : ndarray of bool, shape (n, n, n)
        Voxels of the mask that lie off the border of the box, or all if none does.
    gain : float
        Factor that is applied to the map before it is transformed.
    whole_size : int
        Side of the whole box, voxels.
    sampling : float
        Voxel size, Å.
    """

    volume: np.ndarray
    noise_map: Optional[np.ndarray]
    mask: np.ndarray
    inside: np.ndarray
    gain: float
    whole_size: int
    sampling: float

    @property
    def size(self) -> int:
        """Side of the working box, voxels."""
        return len(self.volume)


@dataclass(frozen=True)
class ProblemInput:
    """What a preset makes its problem from.

    Attributes
    ----------
    box : WorkingBox
    region : ndarray of bool, shape (n, n, n)
        Where the noise is: solvent, or (half maps) the inside of the mask.
    noise : NoiseModel
    noise_scatter : ndarray, shape (n // 2 + 1,)
        Variance of its power along an axis, by Fourier shell, over that of a noise that is measured
        in as many voxels as the mask has.
    grid : ndarray, shape (frequencies,), float64
        Spatial frequencies to test, cycles per voxel, ascending.
    end : float or None
        Spatial frequency at which a low-passed map ends, cycles per voxel; ``None``: Nyquist.
    settings : Settings
        With the preset's values where the user named none.
    threads : int
    particle : NoiseModel or None
        Power of the map inside the mask, where it is known.
    around : ndarray, shape (n // 2 + 1,), or None
        Power of half of the difference of half maps around the mask, by Fourier shell.
    """

    box: WorkingBox
    region: np.ndarray
    noise: NoiseModel
    noise_scatter: np.ndarray
    grid: np.ndarray
    end: Optional[float]
    settings: Settings
    threads: int
    particle: Optional[NoiseModel] = None
    around: Optional[np.ndarray] = None


MakeProblem = Callable[[ProblemInput], DirectionalProblem]
