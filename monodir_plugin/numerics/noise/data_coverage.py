"""Which axes and shells of a map hold data.

A reconstruction has a gap where no view contributed.  There, both the signal and the noise are
small, but not zero, because masks and interpolation leak.  A low noise power alone is not a gap:
along an axis to which many views contribute, the noise may be 13 times lower than along the
median axis.
The power of the signal is nearly the same in all directions of a shell, so that the *total* power
along such an axis is not low.

The power is averaged over small bins of directions and neighbouring shells.  A bin is empty if its
total power, and that of the noise where it is given, are a few per cent of the median over
directions in the same shells.
"""

from __future__ import annotations

from typing import Callable, Optional, Tuple, Union

import numpy as np

from ..geometry.axes import AxisSet
from ..geometry.direction_bins import face_slopes, slope_table
from .direction_power import power_by_direction

__all__ = ["ENOUGH_DATA", "data_share", "first_fine_shell"]

#: An axis has data at a shell where at least this share of its cone has data.
ENOUGH_DATA = 0.5
#: Bins along an edge of a face of the cube, 6.9 degrees each; odd, so that x, y and z lie in the
#: middle of a bin.
_BINS = 13
_DIRECTIONS = 3 * _BINS**2
#: Points along an edge of a bin at which the weight of a cone is taken.
_POINTS = 4
#: A bin is empty below this share of the reference, which is the median over directions.
_EMPTY = 0.05
#: The reference is at least this share of that quantile: in some shells most directions are empty.
_QUANTILE, _OF_QUANTILE = 0.95, 0.25
#: Mean number of coefficients, one of each conjugate pair, that bins should hold ...
_ENOUGH = 8.0
#: ... and the least number of coefficients of a bin or cone that may be called empty.
_FEWEST = 4.0
#: Neighbouring shells are pooled up to this part of a shell's radius to either side.
_POOLED = 4
#: A cone is empty as a whole if its power is below the first share of the reference and its noise
#: below the second, which is larger because windows smear noise into a gap.
_WEAK_CONE, _WEAK_NOISE = 0.07, 0.2
#: The share for both in coarser shells.
_NEGLIGIBLE = 0.01
#: Shells with less than this part of the mean power of all coefficients hold rounding errors.
_ROUNDING = 1e-11


def data_share(
    total: np.ndarray,
    axes: AxisSet,
    cone: Union[float, Callable[[np.ndarray], np.ndarray]],
    noise: Optional[np.ndarray] = None,
) -> np.ndarray:
    """Share of the cone about each axis that holds data, by Fourier shell.

    Parameters
    ----------
    total : ndarray, shape (N, N, N // 2 + 1), float32 or float64
        Power ``|F|²``, signal and noise, of the map without a mask, on the lattice of the half
        spectrum (:func:`monodir_plugin.numerics.fourier.spectrum.spectrum_of`).
    axes : AxisSet
    cone : float or callable
        Half the opening of a cone with a hard edge, degrees; or a function that gives the weight,
        0 or more, at angles from the axis (ndarray, degrees, 0 to 90).
    noise : ndarray, shape (N, N, N // 2 + 1), optional
        Power of the noise, on any scale: from the difference of half maps, or of the solvent.

    Returns
    -------
    ndarray, shape (axes, N // 2 + 1), float64
        0 to 1; compare with ``ENOUGH_DATA``.  Shell ``s`` holds the spatial frequencies nearest
        ``s / N`` cycles per voxel.  The share is 1 in shells where no direction has power, such as
        those beyond a low-pass filter, because that is not a gap in directions, and in shell 0.
        Below :func:`first_fine_shell`, bins hold too few coefficients: the share there is 0 if the
        cone as a whole is empty, else 1.

    Raises
    ------
    ValueError
        If the arrays are not half spectra of a cube.
    """
    size = total.shape[0]
    arrays = [total] if noise is None else [total, noise]
    if any(array.shape != (size, size, size // 2 + 1) for array in arrays):
        raise ValueError(
            f"half spectra of a cube are needed, not {', '.join(str(a.shape) for a in arrays)}"
        )
    sums, counts = power_by_direction(arrays, slope_table(_BINS))
    weights, areas = _cone_weights(axes, cone)
    weighted = weights * areas
    relative, held = _pooled(sums[0], counts)
    fine = np.arange(size // 2 + 1) >= first_fine_shell(size)
    levels = np.where(fine, _WEAK_CONE, _NEGLIGIBLE)
    empty, gone = _empty_bins(relative, held), _empty_cones(relative, held, weights, levels)
    if noise is not None:
        quiet, of_noise = _pooled(sums[1], counts)
        # In shells without any noise, as of identical half maps, the total power alone decides.
        without = of_noise.sum(axis=0) == 0
        empty &= without | _empty_bins(quiet, of_noise)
        levels = np.where(fine, _WEAK_NOISE, _NEGLIGIBLE)
        gone &= without | _empty_cones(quiet, of_noise, weights, levels)
    share = np.where(gone, 0.0, 1.0)
    known = held >= _FEWEST
    with_data, of = weighted @ (known & ~empty), weighted @ known
    np.divide(with_data, of, out=share, where=fine & (of > 0) & ~gone)
    return share


def first_fine_shell(size: int) -> int:
    """First Fourier shell whose small bins of directions hold enough coefficients."""
    shells = np.arange(size // 2 + 1)
    width = shells // _POOLED
    coefficients = 2 * np.pi * (2 * width + 1) * (shells**2 + width * (width + 1) / 3)
    enough = coefficients >= _ENOUGH * _DIRECTIONS
    return int(np.argmax(enough)) if enough.any() else size // 2 + 1


def _pooled(power: np.ndarray, counts: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Power relative to the mean of each shell, and numbers of coefficients, in wider shells.

    Every shell is pooled with the least number of neighbours for which bins hold ``_ENOUGH``
    coefficients.

    Returns
    -------
    relative : ndarray, shape (directions, shells)
        Sums of relative power over coefficients.
    held : ndarray, shape (directions, shells)
        Number of coefficients, one of each conjugate pair; 0 in shells without any power.
    """
    in_shell = counts.sum(axis=0)
    level = np.divide(power.sum(axis=0), in_shell, out=np.zeros(len(in_shell)), where=in_shell > 0)
    something = level > _ROUNDING * power.sum() / in_shell.sum()
    gain = np.divide(1.0, level, out=np.zeros(len(level)), where=something)
    total, relative, held = (
        np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
        for values in (in_shell[None] / 2, power * gain / 2, counts * something / 2)
    )
    shells = np.arange(len(in_shell))
    start, stop = shells.copy(), shells + 1
    for width in range(1, len(shells) // _POOLED + 1):
        few = (total[0, stop] - total[0, start] < _ENOUGH * _DIRECTIONS) & (
            width <= shells // _POOLED
        )
        start, stop = start - few, np.minimum(stop + few, len(shells))
    return (relative[:, stop] - relative[:, start]) * something, (
        held[:, stop] - held[:, start]
    ) * something


def _empty_bins(relative: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Bins that are empty, bool (directions, shells)."""
    known = held >= _FEWEST
    values = np.divide(relative, held, out=np.full(held.shape, np.nan), where=known)
    reference = _reference(values, known)
    return known & (relative < _EMPTY * reference * held)


def _reference(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Power of directions with data by shell: the median, or more if most directions are empty."""
    reference = np.zeros(known.shape[1])
    for shell in np.flatnonzero(known.any(axis=0)):
        middle, high = np.quantile(values[known[:, shell], shell], (0.5, _QUANTILE))
        reference[shell] = max(middle, _OF_QUANTILE * high)
    return reference


def _empty_cones(
    relative: np.ndarray, held: np.ndarray, weights: np.ndarray, levels: np.ndarray
) -> np.ndarray:
    """Cones that hold less than a level of the reference as a whole, bool (axes, shells)."""
    number = weights @ held
    known = held >= _FEWEST
    values = np.divide(relative, held, out=np.full(held.shape, np.nan), where=known)
    reference = np.maximum(_reference(values, known), 0.0)
    reference[reference == 0] = 1.0
    return (number >= _FEWEST) & (weights @ relative < levels * reference * number)


def _cone_weights(
    axes: AxisSet, cone: Union[float, Callable[[np.ndarray], np.ndarray]]
) -> Tuple[np.ndarray, np.ndarray]:
    """Mean weight of each bin in the cone about each axis, scaled to 1 at most; areas of bins."""
    first, second = face_slopes(_BINS * _POINTS)
    length2 = 1 + first**2 + second**2
    area = (1 + first**2) * (1 + second**2) / length2**1.5
    by_bin = (_BINS, _POINTS, _BINS, _POINTS)
    areas = area.reshape(by_bin).sum(axis=(1, 3))
    weights = []
    for face in range(3):
        vectors = (
            np.stack([np.ones_like(first), first, second], axis=-1) / np.sqrt(length2)[..., None]
        )
        degrees = axes.angles_to(np.roll(vectors, face, axis=-1))
        weight = cone(degrees) if callable(cone) else degrees <= cone
        parts = (weight * area[..., None]).reshape(*by_bin, len(axes)).sum(axis=(1, 3))
        weights.append((parts / areas[..., None]).reshape(-1, len(axes)))
    found = np.concatenate(weights).T
    most = found.max(axis=1, keepdims=True)
    return np.ascontiguousarray(found / np.where(most > 0, most, 1.0)), np.tile(areas.ravel(), 3)
