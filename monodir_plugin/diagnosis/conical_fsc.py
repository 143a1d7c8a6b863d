"""Conical FSC: Fourier shell correlation of half maps in cones about axes.

For every axis, the correlation of the two half maps is computed over the coefficients of every
shell in the double cone about the axis, as in 3DFSC (Tan et al., Nature Methods 14, 793, 2017),
with the opening of the cones of the local-directional resolution.  Its expectation is
``SSNR / (1 + SSNR)``, where ``SSNR`` is the spectral signal-to-noise ratio of a half map.

The half maps are masked, and the transform of the mask smears strong shells into weak ones, which
correlates their noise.  This correlation is measured with random phases (Chen et al.,
Ultramicroscopy 135, 24, 2013) over whole shells, and all curves are corrected for it.

An axis whose cone holds no data, because no view contributed there, has no resolution (NaN).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import uniform_filter1d

from ..numerics.fourier.directional_shell_sums import cone_sums, quotient
from ..numerics.fourier.shells import shell_index
from ..numerics.fourier.spectrum import spectrum_of
from ..numerics.geometry.axes import AxisSet
from ..numerics.geometry.hull import sphericity
from ..numerics.geometry.soft_edges import soft_mask
from ..numerics.noise.data_coverage import ENOUGH_DATA, data_share, first_fine_shell
from .area_ratio import GOOD, THRESHOLD, AreaRatio, area_ratio
from .area_ratio import HALF_ANGLE as AREA_ANGLE
from .atoms import coarsest_axes
from .fsc_curves import correlation, cross_products, crossing, pooled
from .soft_masks import first_sharp_shell, independent_share
from .views.naming import angles

__all__ = ["THRESHOLDS", "ConicalFsc", "conical_fsc"]

#: Correlations at which the resolution is read: the usual one for half maps, and the one at which
#: 3DFSC computes the sphericity.
THRESHOLDS = (0.143, 0.5)
#: Width in voxels of the soft edge that is added outside the mask.
_SOFT_EDGE = 6.0
#: Phases are randomised from the first shell on in which the correlation of the half maps without
#: a mask is below this value.
_RANDOM_FROM = 0.8
#: Number of shells from that one on that are not corrected.
_LEAVE_OUT = 2
#: Largest correlation by the mask that is corrected for.
_MOST_BY_MASK = 0.95
#: Number of shells over which the correlation by the mask is averaged.
_NEIGHBOURS = 5
#: An axis without data in more than this share of the resolved shells has no resolution.
_MOST = 0.5
#: Seed of the random phases.
_SEED = 4347
#: Largest correlation by the mask that the sentences do not mention.
_NEGLIGIBLE = 0.01
#: A cone of 180 degrees about any axis holds whole shells.
_ANY_AXIS = AxisSet(np.eye(3)[2:])


@dataclass(frozen=True)
class ConicalFsc:
    """Correlation of half maps along axes.

    Attributes
    ----------
    axes : AxisSet
    cone : float
        Opening of the cones, degrees.
    frequency : ndarray, shape (shells,)
        Cycles per Å; shell 0 is the mean and has no value.
    fsc : ndarray, shape (axes, shells)
        FSC in the cones.  Neighbouring shells are pooled where cones hold few coefficients.  The
        coarsest shells, in which the mask blurs directions, have the values of whole shells; where
        a cone has no data, it is 0.
    plain : ndarray, shape (shells,)
        FSC over whole shells.
    by_mask : ndarray, shape (shells,)
        Correlation that the mask alone gives; the other curves are corrected for it.
    resolution : ndarray, shape (thresholds, axes)
        Å, at each of ``THRESHOLDS``; NaN for an axis without data.
    plain_resolution : tuple of float
        Å, at each of ``THRESHOLDS``, over whole shells.
    by_chance : tuple of (float, float)
        Å at each threshold: the interval that would hold two thirds of the axes if the resolution
        were the same along all of them, because a cone holds few coefficients.
    sphericity : tuple of float
        Sphericity of the surface of the spatial frequencies that are resolved along the axes, at
        each threshold.  An axis without data has radius 0.
    area_ratio : AreaRatio or None
        Of cones of 20 degrees about the axes (cFAR).
    """

    axes: AxisSet
    cone: float
    frequency: np.ndarray
    fsc: np.ndarray
    plain: np.ndarray
    by_mask: np.ndarray
    resolution: np.ndarray
    plain_resolution: Tuple[float, ...]
    by_chance: Tuple[Tuple[float, float], ...]
    sphericity: Tuple[float, ...]
    area_ratio: Optional[AreaRatio] = None

    @property
    def without_data(self) -> np.ndarray:
        """Axes without data, bool (axes,)."""
        return np.isnan(self.resolution[0])

    def record(self) -> Dict[str, Any]:
        """Numbers for a summary: resolutions in Å and the opening of the cones in degrees.

        The resolution of an axis without data is ``None``; the finest and the coarsest axis are
        those of the other axes.
        """
        found: Dict[str, Any] = {
            "cone": self.cone,
            "correlation_by_mask": round(float(self.by_mask.max()), 3),
            "axes_without_data": int(self.without_data.sum()),
        }
        for i, threshold in enumerate(THRESHOLDS):
            by_axis = self.resolution[i]
            known = by_axis[~self.without_data]
            found[f"at_{threshold:g}"] = {
                "whole_shells": round(self.plain_resolution[i], 3),
                "finest_axis": _rounded(known.min(initial=np.inf)),
                "coarsest_axis": _rounded(known.max(initial=-np.inf)),
                "by_chance": [round(end, 3) for end in self.by_chance[i]],
                "sphericity": round(self.sphericity[i], 3),
                "axes": [_rounded(value) for value in by_axis],
            }
        if self.area_ratio is not None:
            found["area_ratio"] = {
                name: round(value, 3) if isinstance(value, float) else value
                for name, value in asdict(self.area_ratio).items()
            }
            found["area_ratio"].update(half_angle=AREA_ANGLE, usual_line=GOOD, ends_at=THRESHOLD)
        return found

    def sentences(self) -> List[str]:
        """The findings in words."""
        without = self.without_data
        sentences = [
            f"The FSC of the half maps falls to {THRESHOLDS[0]:g} at "
            f"{self.plain_resolution[0]:.1f} Å over whole shells{self._along_axes()}."
        ]
        radius = ""
        if without.any():
            sentences.append(self._of_axes_without_data())
            radius = "; an axis without data has radius 0"
        sentences.append(
            f"The sphericity is {self.sphericity[1]:.2f} at {THRESHOLDS[1]:g} and "
            f"{self.sphericity[0]:.2f} at {THRESHOLDS[0]:g} (1: the same resolution along all "
            f"axes{radius})."
        )
        if self.area_ratio is not None:
            sentences.append(self.area_ratio.sentence())
        if self.by_mask.max() >= _NEGLIGIBLE:
            sentences.append(
                f"The mask alone correlates the half maps by up to {self.by_mask.max():.2f}; the "
                "curves are corrected for this."
            )
        return sentences

    def _along_axes(self) -> str:
        """The range of resolutions over the axes that have data, and the coarsest axis."""
        known = np.flatnonzero(~self.without_data)
        if len(known) == 0:
            return ""
        resolution = self.resolution[0, known]
        finest, coarsest = f"{resolution.min():.1f}", f"{resolution.max():.1f}"
        where = ""
        # Where all axes have the same resolution, none is the coarsest.
        if finest != coarsest:
            having = AxisSet(self.axes.vectors[known])
            middle = int(coarsest_axes(resolution[None], having)[0])
            where = f" (coarsest about {_named(having, middle)})"
        finer, coarser = self.by_chance[0]
        return (
            f", and at {finest} to {coarsest} Å in cones of {self.cone:g} degrees about the "
            f"axes{where}; if the resolution were the same along all axes, two thirds of them "
            f"would lie between {finer:.1f} and {coarser:.1f} Å by chance"
        )

    def _of_axes_without_data(self) -> str:
        """Number of axes without data, and the axis in their middle."""
        without = self.without_data
        count = f"{without.sum()} of {len(self.axes)} axes"
        middle = int(coarsest_axes(without[None].astype(float), self.axes)[0])
        name = _named(self.axes, middle)
        if without.sum() == 1:
            return f"{count} has no data: {name}."
        angle = self.axes.angles_to(self.axes.vectors[middle])[without].max()
        return f"{count} have no data: they lie within {np.ceil(angle):.0f} degrees of {name}."


def conical_fsc(
    half1: np.ndarray,
    half2: np.ndarray,
    mask: np.ndarray,
    sampling: float,
    axes: AxisSet,
    cone: float = 30.0,
    threads: int = 1,
    images: Optional[int] = None,
) -> ConicalFsc:
    """Correlate two half maps in cones about axes.

    Parameters
    ----------
    half1, half2 : ndarray, shape (N, N, N)
        ``[z, y, x]``.
    mask : ndarray of bool, shape (N, N, N)
        The particle; a soft edge is added outside.
    sampling : float
        Voxel size, Å.
    axes : AxisSet
        At least three, not all in a plane.
    cone : float
        Opening of the cones, degrees.
    threads : int
    images : int, optional
        Number of particle images, for what even views would give by chance.

    Returns
    -------
    ConicalFsc

    Raises
    ------
    ValueError
        If the boxes are not cubes.
    """
    halves = (half1, half2)
    soft = soft_mask(mask, _SOFT_EDGE)
    unmasked = [spectrum_of(half, threads=threads) for half in halves]
    has_data = _has_data(unmasked, axes, cone / 2)
    by_mask = _by_mask(unmasked, soft, threads)
    del unmasked
    products = cross_products(*(spectrum_of(half * soft, threads=threads) for half in halves))
    whole, everything = cone_sums(products, _ANY_AXIS, 90.0, threads)
    sums, counts = cone_sums(products, axes, cone / 2, threads)
    wide, held = cone_sums(products, axes, AREA_ANGLE, threads)
    in_wide_cones = _corrected(correlation(wide), by_mask)
    del products, wide
    level = quotient(np.sqrt(whole[1] * whole[2]), everything)
    independent = independent_share(soft) / 2
    plain = _corrected(
        correlation(pooled(quotient(whole, level), everything, independent)[0]), by_mask
    )
    smooth, numbers = pooled(quotient(sums, level), counts, independent)
    fsc = np.where(has_data, _corrected(correlation(smooth), by_mask), 0.0)
    sharp = first_sharp_shell(soft)
    fsc[:, :sharp] = plain[:, :sharp]
    chance = (1 - plain**2) / np.sqrt(2 * independent * numbers.mean(axis=0) + 1)
    in_cones, in_shells = independent * counts, independent * everything
    in_a_cone = in_cones.mean(axis=0, keepdims=True)
    side = half1.shape[0] * sampling
    ends = [
        [side / crossing(plain + s * chance, t, in_a_cone)[0] for t in THRESHOLDS] for s in (1, -1)
    ]
    shells = np.array([crossing(fsc, t, in_cones) for t in THRESHOLDS])
    of_plain = [float(crossing(plain, t, in_shells)[0]) for t in THRESHOLDS]
    shells[:, _without_data(has_data, sharp, of_plain[0], len(soft))] = np.nan
    return ConicalFsc(
        axes=axes,
        cone=cone,
        frequency=np.arange(fsc.shape[1]) / side,
        fsc=fsc,
        plain=plain[0],
        by_mask=by_mask,
        resolution=side / shells,
        plain_resolution=tuple(side / found for found in of_plain),
        by_chance=tuple((float(finer), float(coarser)) for finer, coarser in zip(*ends)),
        sphericity=tuple(sphericity(axes, np.nan_to_num(found)) for found in shells),
        area_ratio=area_ratio(in_wide_cones, plain[0], independent * held, sharp, axes, images),
    )


def _has_data(unmasked: List[np.ndarray], axes: AxisSet, half_angle: float) -> np.ndarray:
    """Whether half maps have data in cones and shells, bool (axes, shells).

    In gaps the masked maps have only power that leaked from neighbouring coefficients, and the
    correlation of those; so this is found in the maps without a mask.
    """
    total, noise = (np.empty(unmasked[0].shape, np.float32) for _ in range(2))
    for plane, (first, second) in enumerate(zip(*unmasked)):
        difference = first - second
        total[plane] = first.real**2 + first.imag**2 + second.real**2 + second.imag**2
        noise[plane] = difference.real**2 + difference.imag**2
    return data_share(total, axes, half_angle, noise) >= ENOUGH_DATA


def _without_data(has_data: np.ndarray, sharp: int, end: float, size: int) -> np.ndarray:
    """Axes without data in most of the shells that are resolved over whole shells, bool (axes,).

    Coarse shells, in which gaps may not be recognised, count only if there are no others.
    """
    stop = int(end) + 1
    fine = max(sharp, first_fine_shell(size))
    first = fine if fine < stop else min(sharp, stop - 1)
    return (~has_data[:, first:stop]).mean(axis=1) > _MOST


def _by_mask(unmasked: List[np.ndarray], soft: np.ndarray, threads: int) -> np.ndarray:
    """Correlation of the masked half maps by shell with random phases in their fine shells.

    The spectra of the unmasked half maps are overwritten.
    """
    common, first, second = cone_sums(cross_products(*unmasked), _ANY_AXIS, 90.0, threads)[0][:, 0]
    low = np.flatnonzero(common[1:] < _RANDOM_FROM * np.sqrt(first * second)[1:]) + 1
    if len(low) == 0:
        return np.zeros(len(common))
    fine = shell_index(soft.shape[0]) >= low[0]
    rng = np.random.default_rng(_SEED)
    masked = []
    for spectrum in unmasked:
        random = scipy.fft.rfftn(rng.normal(size=soft.shape).astype(np.float32), workers=threads)
        spectrum[fine] = np.abs(spectrum[fine]) * (random[fine] / np.abs(random[fine]))
        blurred = scipy.fft.irfftn(spectrum, s=soft.shape, workers=threads, overwrite_x=True)
        masked.append(spectrum_of(blurred * soft, threads=threads))
    sums, counts = cone_sums(cross_products(*masked), _ANY_AXIS, 90.0, threads)
    # Into the first random shells the mask smears coefficients of the coarse ones.
    counts[:, : low[0] + _LEAVE_OUT] = 0.0
    found = counts * correlation(sums)
    # The correlation of random phases is itself random: average neighbouring shells.
    found = quotient(uniform_filter1d(found, _NEIGHBOURS), uniform_filter1d(counts, _NEIGHBOURS))
    return np.where(counts > 0, found, 0.0)[0].clip(0.0, _MOST_BY_MASK)


def _corrected(fsc: np.ndarray, by_mask: np.ndarray) -> np.ndarray:
    """Curves corrected for the correlation by the mask."""
    return (fsc - by_mask) / (1 - by_mask)


def _rounded(value: float) -> Optional[float]:
    """Å to three digits; ``None`` where there is none."""
    return round(float(value), 3) if np.isfinite(value) else None


def _named(axes: AxisSet, index: int) -> str:
    rot, tilt = angles(axes.upper().vectors[index])
    return f"rot {rot:.0f}, tilt {tilt:.0f}"
