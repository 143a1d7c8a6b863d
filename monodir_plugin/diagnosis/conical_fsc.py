"""Fourier shell correlation of half maps in cones about axes: resolution along each axis.

For every axis, shells are cut by the double cone about it and the correlation of the two half
maps is taken over what is inside, as in 3DFSC (Tan et al., Nature Methods 14, 793, 2017), with
the cones of the local-directional resolution.  With a signal-to-noise ratio ``SSNR`` of the half
maps it is ``SSNR / (1 + SSNR)``.

The half maps are masked, which correlates their noise where the mask's transform smears strong
shells into weak ones.  As is usual, how much is measured with random phases (Chen et al.,
Ultramicroscopy 135, 24, 2013), over whole shells, and taken out of all curves.

An axis whose cone holds no data, because no view contributed there, has no resolution (NaN).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import uniform_filter1d
from scipy.spatial import ConvexHull

from ..numerics.axes import AxisSet
from ..numerics.cone_sums import cone_sums, quotient
from ..numerics.coverage import ENOUGH_DATA, data_share, first_fine_shell
from ..numerics.masking import softened
from ..numerics.spectrum import shell_index, spectrum_of
from .area_ratio import HALF_ANGLE as AREA_ANGLE
from .area_ratio import AreaRatio, area_ratio
from .atoms import coarsest_axes
from .windows import first_sharp_shell, independent_share

__all__ = ["THRESHOLDS", "ConicalFsc", "conical_fsc", "cross_products", "crossing", "sphericity"]

#: Correlations at which resolution is read: the usual one for half maps, and a stricter one, at
#: which 3DFSC takes the sphericity.
THRESHOLDS = (0.143, 0.5)
#: Width in voxels of the mask's soft edge, about the mask as given.
_SOFT_EDGE = 6.0
#: Phases are randomised from the shell on where the half maps without a mask correlate less.
_RANDOM_FROM = 0.8
#: Shells after that one where nothing is taken out.
_LEAVE_OUT = 2
#: Where the mask correlates noise by more, nothing is left to correct.
_MOST_BY_MASK = 0.95
#: Shells over which what the mask does is averaged.
_NEIGHBOURS = 5
#: Independent coefficients that a curve's value should rest on, and the least width of the
#: Gaussian that pools shells.
_ENOUGH, _NARROW = 50.0, 0.5
#: Independent coefficients with which a shell counts fully towards the end of a curve, and how
#: many such shells below the threshold end it.
_COUNTS_FULLY, _END = 10.0, 3.0
#: An axis without data in more than this part of the shells that are resolved has no resolution.
_MOST = 0.5
#: Of the random phases.
_SEED = 4347
_WORTH_SAYING = 0.01
#: With a cone of 180 degrees any axis gives the whole shell.
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
        Cycles per Å; shell 0 is the mean and holds nothing.
    fsc : ndarray, shape (axes, shells)
        By axis; neighbouring shells are pooled where cones hold few coefficients.  The coarsest
        shells, which have no direction seen through the mask, have the values of whole shells;
        where a cone has no data, it is 0.
    plain : ndarray, shape (shells,)
        Over whole shells.
    by_mask : ndarray, shape (shells,)
        Correlation that the mask alone would give; already taken out of the other curves.
    resolution : ndarray, shape (thresholds, axes)
        Å, at each of ``THRESHOLDS``; NaN for an axis without data.
    plain_resolution : tuple of float
        The same over whole shells.
    by_chance : tuple of (float, float)
        Å at each threshold: where two thirds of the axes of a map that is the same along all of
        them would lie, for the few coefficients in a cone.
    sphericity : tuple of float
        Of the surface of spatial frequencies resolved along the axes, at each threshold.  An axis
        without data has radius 0.
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
        """Numbers for a summary: Å, but for ``cone`` (degrees), sphericity and correlation.

        ``None`` stands for the resolution of an axis without data; the finest and the coarsest
        axis are among the others.
        """
        found: Dict[str, Any] = {
            "cone": self.cone,
            "correlation_by_mask": round(float(self.by_mask.max()), 3),
            "axes_without_data": int(self.without_data.sum()),
        }
        for i, threshold in enumerate(THRESHOLDS):
            along = self.resolution[i]
            there = along[~self.without_data]
            found[f"at_{threshold:g}"] = {
                "whole_shells": round(self.plain_resolution[i], 3),
                "finest_axis": _rounded(there.min(initial=np.inf)),
                "coarsest_axis": _rounded(there.max(initial=-np.inf)),
                "by_chance": [round(end, 3) for end in self.by_chance[i]],
                "sphericity": round(self.sphericity[i], 3),
                "axes": [_rounded(value) for value in along],
            }
        if self.area_ratio is not None:
            found["area_ratio"] = {
                name: round(value, 3) if isinstance(value, float) else value
                for name, value in asdict(self.area_ratio).items()
            }
        return found

    def sentences(self) -> List[str]:
        """The findings in words."""
        without = self.without_data
        said = [
            f"The half maps correlate ({THRESHOLDS[0]:g}) up to {self.plain_resolution[0]:.1f} Å "
            f"over whole shells{self._along_axes()}."
        ]
        radius = ""
        if without.any():
            said.append(self._of_axes_without_data())
            radius = "; an axis without data has radius 0"
        said.append(
            f"The sphericity is {self.sphericity[1]:.2f} at {THRESHOLDS[1]:g} and "
            f"{self.sphericity[0]:.2f} at {THRESHOLDS[0]:g} (1: all axes are alike{radius})."
        )
        if self.area_ratio is not None:
            said.append(self.area_ratio.sentence())
        if self.by_mask.max() >= _WORTH_SAYING:
            said.append(
                f"The mask alone would correlate the half maps by up to {self.by_mask.max():.2f}; "
                "that was taken out."
            )
        return said

    def _along_axes(self) -> str:
        """The range over the axes that have data, and the coarsest of them."""
        there = np.flatnonzero(~self.without_data)
        if len(there) == 0:
            return ""
        along = self.resolution[0, there]
        finest, coarsest = f"{along.min():.1f}", f"{along.max():.1f}"
        where = ""
        # Axes that are alike have no coarsest one.
        if finest != coarsest:
            having = AxisSet(self.axes.vectors[there])
            middle = int(coarsest_axes(along[None], having)[0])
            where = f", coarsest about {_named(having, middle)}"
        finer, coarser = self.by_chance[0]
        return (
            f", and up to {finest} to {coarsest} Å in cones of {self.cone:g} degrees about the "
            f"axes{where}; were all axes alike, chance would put two thirds of them between "
            f"{finer:.1f} and {coarser:.1f} Å"
        )

    def _of_axes_without_data(self) -> str:
        """How many, and where: about the axis in their middle."""
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
    """Correlate two half maps along axes.

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
        If the boxes are no cubes.
    """
    halves = (half1, half2)
    soft = softened(mask, _SOFT_EDGE)
    unmasked = [spectrum_of(half, threads=threads) for half in halves]
    has_data = _has_data(unmasked, axes, cone / 2)
    by_mask = _by_mask(unmasked, soft, threads)
    del unmasked
    products = cross_products(*(spectrum_of(half * soft, threads=threads) for half in halves))
    whole, everything = cone_sums(products, _ANY_AXIS, 90.0, threads)
    sums, counts = cone_sums(products, axes, cone / 2, threads)
    wide, held = cone_sums(products, axes, AREA_ANGLE, threads)
    in_wide_cones = _without(_correlation(wide), by_mask)
    del products, wide
    level = quotient(np.sqrt(whole[1] * whole[2]), everything)
    independent = independent_share(soft) / 2
    plain = _without(
        _correlation(pooled(quotient(whole, level), everything, independent)[0]), by_mask
    )
    smooth, numbers = pooled(quotient(sums, level), counts, independent)
    fsc = np.where(has_data, _without(_correlation(smooth), by_mask), 0.0)
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


def pooled(
    sums: np.ndarray, counts: np.ndarray, independent: float
) -> Tuple[np.ndarray, np.ndarray]:
    """Sums of neighbouring shells together where cones hold few independent coefficients.

    A Gaussian over shells, just so wide that it holds fifty of them, but no wider than a
    sixth of the shell's radius.

    Parameters
    ----------
    sums : ndarray, shape (k, axes, shells)
        In cones; on such a scale that shells are alike.
    counts : ndarray, shape (axes, shells)
    independent : float
        Independent complex coefficients over all coefficients.

    Returns
    -------
    sums : ndarray
        Of the same shape.
    numbers : ndarray, shape (axes, shells)
        How many coefficients the sums are worth.
    """
    number = np.arange(counts.shape[1])
    held = np.maximum(independent * counts.mean(axis=0), 1e-3)
    width = np.clip(_ENOUGH / held / np.sqrt(2 * np.pi), _NARROW, np.maximum(number / 6, _NARROW))
    weight = np.exp(-0.5 * ((number[:, None] - number) / width[:, None]) ** 2)
    return sums @ weight.T, quotient((counts @ weight.T) ** 2, counts @ (weight**2).T)


def cross_products(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """What a correlation of two spectra is made of, shape (3, N, N, N // 2 + 1), float32.

    The real part of ``F conj(G)``, ``|F|²`` and ``|G|²``.
    """
    return np.stack(
        [
            first.real * second.real + first.imag * second.imag,
            first.real**2 + first.imag**2,
            second.real**2 + second.imag**2,
        ]
    )


def crossing(fsc: np.ndarray, threshold: float, numbers: Optional[np.ndarray] = None) -> np.ndarray:
    """Where curves fall below a threshold and stay there.

    Every shell has a score, from 1 well above the threshold over 0 at it to -1 well below it; a
    shell of few coefficients has a smaller one.  A curve ends when the sum of scores has fallen
    from its highest value by that of three shells, and the crossing is where the sum was highest.
    So one bad shell before others that are above the threshold ends no curve, and what follows the
    end extends none.  (Without an end, it is the crossing of the decreasing curve that fits the
    scores best.)

    In simulations of known signal-to-noise ratio the mean of the crossing is right within 0.8
    shells if cones hold at least six independent coefficients in its shell, where the first
    crossing is up to 13 shells too early; with fewer of them it is right within 1.5 shells.

    Parameters
    ----------
    fsc : ndarray, shape (n, shells)
        From shell 0, which is not looked at.
    threshold : float
    numbers : ndarray, shape (n, shells), optional
        Independent coefficients in every shell; default: enough.

    Returns
    -------
    ndarray, shape (n,)
        Shell, interpolated; 1 where a curve begins below, the last one where it never falls.
    """
    above = np.clip((fsc - threshold) / min(threshold, 1 - threshold), -1.0, 1.0)
    if numbers is not None:
        above *= np.minimum(numbers / _COUNTS_FULLY, 1.0)
    above[:, 0] = 0.0
    total = np.cumsum(above, axis=1)
    ended = np.maximum.accumulate(total, axis=1) - total >= _END
    last = np.where(np.logical_or.accumulate(ended, axis=1), -np.inf, total).argmax(axis=1)
    rows = np.arange(len(fsc))
    ahead, behind = fsc[rows, last], fsc[rows, np.minimum(last + 1, fsc.shape[1] - 1)]
    fallen = (last > 0) & (last < fsc.shape[1] - 1)
    share = np.divide(ahead - threshold, ahead - behind, out=np.zeros(len(fsc)), where=fallen)
    return np.maximum(last + share, 1.0)


def sphericity(axes: AxisSet, radii: np.ndarray) -> float:
    """Surface of a sphere of the same volume over that of a body.

    ``pi^(1/3) (6 V)^(2/3) / A``, as Tan et al. 2017 take it of the thresholded FSC.  The body is
    the polyhedron whose corners lie on both ends of the axes; as a polyhedron of equal radii is no
    sphere, its value is divided out.

    Parameters
    ----------
    axes : AxisSet
        At least three, not all in a plane.
    radii : ndarray, shape (axes,)
        Of the body's surface along each axis, any unit; 0 along an axis without data.

    Returns
    -------
    float
        1 for equal radii; 0 for a body without any volume.
    """
    ends = np.concatenate([axes.vectors, -axes.vectors])
    corners = ConvexHull(ends).simplices
    return _roundness(ends * np.tile(radii, 2)[:, None], corners) / _roundness(ends, corners)


def _roundness(points: np.ndarray, corners: np.ndarray) -> float:
    first, second, third = (points[corners[:, i]] for i in range(3))
    volume = np.abs(np.einsum("ij,ij->i", first, np.cross(second, third))).sum() / 6
    surface = np.linalg.norm(np.cross(second - first, third - first), axis=1).sum() / 2
    return float(np.pi ** (1 / 3) * (6 * volume) ** (2 / 3) / surface) if volume > 0 else 0.0


def _correlation(sums: np.ndarray) -> np.ndarray:
    """Correlation of sums of :func:`cross_products`; 0 where a map holds nothing."""
    return quotient(sums[0], np.sqrt(sums[1] * sums[2]))


def _has_data(unmasked: List[np.ndarray], axes: AxisSet, half_angle: float) -> np.ndarray:
    """Cones and shells in which half maps hold data, bool (axes, shells).

    What masked maps hold elsewhere leaked in from beside, and correlates as that does.
    """
    total, noise = (np.empty(unmasked[0].shape, np.float32) for _ in range(2))
    for plane, (first, second) in enumerate(zip(*unmasked)):
        difference = first - second
        total[plane] = first.real**2 + first.imag**2 + second.real**2 + second.imag**2
        noise[plane] = difference.real**2 + difference.imag**2
    return data_share(total, axes, half_angle, noise) >= ENOUGH_DATA


def _without_data(has_data: np.ndarray, sharp: int, end: float, size: int) -> np.ndarray:
    """Axes without data, bool (axes,): in most shells up to that where whole shells end.

    Coarse shells, in which a gap may not be seen, count only if there are no others.
    """
    stop = int(end) + 1
    fine = max(sharp, first_fine_shell(size))
    first = fine if fine < stop else min(sharp, stop - 1)
    return (~has_data[:, first:stop]).mean(axis=1) > _MOST


def _by_mask(unmasked: List[np.ndarray], soft: np.ndarray, threads: int) -> np.ndarray:
    """Correlation of the masked half maps by shell when their fine shells share no phases.

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
        grains = scipy.fft.rfftn(rng.normal(size=soft.shape).astype(np.float32), workers=threads)
        spectrum[fine] = np.abs(spectrum[fine]) * (grains[fine] / np.abs(grains[fine]))
        blurred = scipy.fft.irfftn(spectrum, s=soft.shape, workers=threads, overwrite_x=True)
        masked.append(spectrum_of(blurred * soft, threads=threads))
    sums, counts = cone_sums(cross_products(*masked), _ANY_AXIS, 90.0, threads)
    # Next to the first random shell the mask smears what is left of the coarse ones.
    counts[:, : low[0] + _LEAVE_OUT] = 0.0
    found = counts * quotient(sums[0], np.sqrt(sums[1] * sums[2]))
    # The correlation of random phases is itself a random number: take the mean of neighbours.
    found = quotient(uniform_filter1d(found, _NEIGHBOURS), uniform_filter1d(counts, _NEIGHBOURS))
    return np.where(counts > 0, found, 0.0)[0].clip(0.0, _MOST_BY_MASK)


def _without(fsc: np.ndarray, by_mask: np.ndarray) -> np.ndarray:
    return (fsc - by_mask) / (1 - by_mask)


def _rounded(value: float) -> Optional[float]:
    """Å to three digits; ``None`` where there is none."""
    return round(float(value), 3) if np.isfinite(value) else None


def _named(axes: AxisSet, index: int) -> str:
    upper = axes.upper()
    return f"rot {upper.rot[index]:.0f}, tilt {upper.tilt[index]:.0f}"
