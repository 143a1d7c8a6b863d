"""Whether half maps hold independent noise: outside the particle, and in all of the mask.

The independence of the noise is found from the correlation of the halves in small blocks off the
particle, of which a low quantile is not moved by structure that a mask leaves out.
"""

from __future__ import annotations

from typing import List, Optional, Tuple

import numba
import numpy as np
from scipy.ndimage import binary_dilation

from ..geometry.grid import distance_map
from ..solvent.constant_parts import constant_parts
from ..solvent.faded_solvent import distance_of_blocks
from ..solvent.noise_values import changed_noise, solvent_parts
from .checks import Finding
from .differences import find_difference

__all__ = ["check_noise_of_halves"]

#: This quantile (second value) of the correlations of blocks is below the first value if the noise
#: is independent; some blocks may hold the edge of the particle.  Above the third value the half
#: maps are the same map.  The opposite quantile is above the first value, negated.
_INDEPENDENT, _BLOCKS_BELOW, _THE_SAME = 0.15, 0.1, 0.98
#: Side of the blocks in voxels, voxels of a block that must count, and blocks that must be there.
_BLOCK, _IN_BLOCK, _BLOCKS = 8, 200, 8
#: Voxels about the mask that may hold some of the particle.
_CLEARANCE = 4
#: Without solvent: an FSC that stays above this in all of the last shells does not fall.
_STAYS, _LAST_SHELLS = 0.7, 0.06
#: Outside the mask the halves have this many times as much in common as inside, if the mask is not
#: of the particle, and more than this many deviations of chance.
_BESIDE, _CHANCE = 4.0, 6.0
#: Every so many voxels along x, y and z are looked at for the level of the solvent.
_STEP = 3
#: Share of the mask, and voxels of it, that may be empty.
_EMPTY, _EMPTY_VOXELS = 0.002, 27


def check_noise_of_halves(
    first: np.ndarray,
    second: np.ndarray,
    mask: np.ndarray,
    fsc: np.ndarray,
    exclude: Optional[np.ndarray] = None,
) -> Tuple[np.ndarray, List[Finding]]:
    """Check that the half maps hold independent noise, outside the particle and in all of the mask.

    Parameters
    ----------
    first, second : ndarray, shape (N, N, N)
        On one grey scale.
    mask : ndarray of bool, shape (N, N, N)
    fsc : ndarray, shape (N // 2 + 1,)
        As :func:`compare_half_maps` found it.
    exclude : ndarray of bool, shape (N, N, N), optional
        Voxels off the particle that hold structure: they are not looked at.

    Returns
    -------
    mask : ndarray of bool, shape (N, N, N)
        Without the voxels that are empty in a half map.
    findings : list of Finding
    """
    findings: List[Finding] = []
    empty = constant_parts(first) | constant_parts(second)
    left_out = empty & mask
    count = int(left_out.sum())
    if count > max(_EMPTY * mask.sum(), _EMPTY_VOXELS):
        mask = mask & ~left_out
        findings.append(
            Finding(
                "empty",
                f"{count} voxels of the mask are empty in them (they were masked): these hold "
                "neither signal nor noise and were left out of the mask; give half maps as they "
                "were before masking, or a mask within theirs",
                fatal=not mask.any(),
            )
        )
    taken = mask if exclude is None else mask | exclude
    inside, outside = _common_power(first, second, mask, ~binary_dilation(taken))
    if outside > _BESIDE * max(inside, 0.0):
        findings.append(
            Finding(
                "beside",
                "what they have in common lies outside the mask (mean products of "
                f"{inside:.2g} inside and {outside:.2g} outside): the mask seems to be inverted, "
                "or to lie beside the particle; give a mask of the particle",
                fatal=False,
            )
        )
        return mask, findings
    off = ~binary_dilation(taken, iterations=_CLEARANCE)
    correlation, highest = _noise_correlations(first, second, off & ~empty)
    if correlation is not None and correlation > _THE_SAME:
        findings.append(
            Finding(
                "one",
                f"they are nearly identical (they correlate by {correlation:.4f} in the "
                "solvent): give the two independent halves",
                fatal=True,
            )
        )
    elif correlation is not None and correlation > _INDEPENDENT:
        findings.append(
            Finding(
                "correlated",
                f"they correlate by {correlation:.2f} in the solvent at high spatial frequencies: "
                "their noise is not independent, so that it is underestimated and resolutions come "
                "out too fine; give halves of disjoint particles that were refined independently",
                fatal=False,
            )
        )
    elif highest is not None and highest < -_INDEPENDENT:
        findings.append(
            Finding(
                "opposed",
                f"they correlate by {highest:.2f} in the solvent at high spatial frequencies: what "
                "one of them adds, the other lacks, so that noise is overestimated and resolutions "
                "come out too coarse; give the two halves as one refinement wrote them",
                fatal=False,
            )
        )
    changed = _changed_values(first, second, mask, off, empty)
    if changed is not None:
        findings.append(changed)
    difference = find_difference(first, second, mask)
    if difference is not None:
        findings.append(difference)
    last = fsc[int(len(fsc) * (1 - _LAST_SHELLS)) :]
    if correlation is None and last.min() > _STAYS:
        findings.append(
            Finding(
                "no fall",
                f"their FSC is still {last.mean():.2f} at Nyquist, and no solvent is left that "
                "shows whether their noise is independent: if it is not, resolutions come out too "
                "fine; give half maps of smaller voxels, or with more solvent",
                fatal=False,
            )
        )
    return mask, findings


def _changed_values(
    first: np.ndarray, second: np.ndarray, mask: np.ndarray, off: np.ndarray, empty: np.ndarray
) -> Optional[Finding]:
    """The finding on half maps whose noise in the solvent no reconstruction has."""
    size = len(first)
    # Beside empty voxels a soft mask makes the noise weaker.
    if empty.any():
        off = off & ~binary_dilation(empty, iterations=_CLEARANCE)
    parts = solvent_parts(distance_of_blocks(mask), off & (distance_map(size) < size / 2 - 1))
    of_first, of_second = (changed_noise(half, parts) for half in (first, second))
    sentence = of_first or of_second
    if sentence is None:
        return None
    where = "in the first" if of_second is None else "in the second"
    where = "in both" if of_first and of_second else where
    return Finding("changed", f"{where} {sentence}", fatal=False)


def _common_power(
    first: np.ndarray, second: np.ndarray, mask: np.ndarray, off: np.ndarray
) -> Tuple[float, float]:
    """Mean product of the halves inside the mask, and off it; 0 off it where that is chance."""
    # Most of a box is solvent, and a part of it gives its mean.
    some = (slice(None, None, _STEP),) * 3
    levels = float(np.median(first[some])), float(np.median(second[some]))
    inside, _, _ = _products(first, second, mask, *levels)
    outside, square, count = _products(first, second, off, *levels)
    if outside < _CHANCE * np.sqrt(max(square - outside**2, 0.0) / max(count, 1)):
        outside = 0.0
    return inside, outside


@numba.njit(nogil=True, cache=True)
def _products(first, second, region, level, other):  # type: ignore[no-untyped-def]
    """Mean of the product of two maps in a region, mean of its square, and number of blocks.

    Of the means of whole blocks of 2³ voxels: the finest frequencies of sharpened maps hold so much
    power in so few coefficients that products of voxels are far from independent.
    """
    total = square = 0.0
    count = 0
    for z in range(0, region.shape[0] - 1, 2):
        for y in range(0, region.shape[1] - 1, 2):
            for x in range(0, region.shape[2] - 1, 2):
                held = 0
                a = b = 0.0
                for place in range(8):
                    at = z + place // 4, y + place // 2 % 2, x + place % 2
                    if region[at]:
                        held += 1
                        a += first[at] - level
                        b += second[at] - other
                if held == 8:
                    product = a * b / 64
                    total += product
                    square += product * product
                    count += 1
    return total / max(count, 1), square / max(count, 1), count


def _noise_correlations(
    first: np.ndarray, second: np.ndarray, counted: np.ndarray
) -> Tuple[Optional[float], Optional[float]]:
    """Low and high quantile of the correlations of blocks off the particle.

    Both are ``None`` where too few blocks are left.
    """
    size = len(first)
    counted = counted & (distance_map(size) < size / 2 - 1)
    found = _block_correlations(first, second, counted, _BLOCK, _IN_BLOCK)
    if len(found) < _BLOCKS:
        return None, None
    low, high = np.quantile(found, (_BLOCKS_BELOW, 1 - _BLOCKS_BELOW))
    return float(low), float(high)


@numba.njit(nogil=True, cache=True)
def _block_correlations(first, second, counted, side, fewest):  # type: ignore[no-untyped-def]
    """Correlation of the Laplacians of two maps in blocks; it weighs fine detail the most."""
    size = first.shape[0]
    found = []
    for z0 in range(1, size - side, side):
        for y0 in range(1, size - side, side):
            for x0 in range(1, size - side, side):
                n = 0
                a_sum = b_sum = aa = bb = ab = 0.0
                for z in range(z0, z0 + side):
                    for y in range(y0, y0 + side):
                        for x in range(x0, x0 + side):
                            if not counted[z, y, x]:
                                continue
                            a, b = _laplacian(first, z, y, x), _laplacian(second, z, y, x)
                            n += 1
                            a_sum += a
                            b_sum += b
                            aa += a * a
                            bb += b * b
                            ab += a * b
                if n < fewest:
                    continue
                across = ab - a_sum * b_sum / n
                spread = (aa - a_sum * a_sum / n) * (bb - b_sum * b_sum / n)
                if spread > 0:
                    found.append(across / np.sqrt(spread))
    return np.array(found)


@numba.njit(nogil=True, cache=True)
def _laplacian(values, z, y, x):  # type: ignore[no-untyped-def]
    # Double precision: single precision leaves rounding errors in maps with a large mean.
    beside = np.float64(values[z - 1, y, x]) + np.float64(values[z + 1, y, x])
    beside += np.float64(values[z, y - 1, x]) + np.float64(values[z, y + 1, x])
    beside += np.float64(values[z, y, x - 1]) + np.float64(values[z, y, x + 1])
    return beside - 6 * np.float64(values[z, y, x])
