"""Whether two half maps belong together, before the noise is taken from their difference.

Half of the difference of half maps is noise only if the two show one particle in one place, on one
grey scale, with independent noise, unfiltered.  Signs, hands and shifts are compared by their
cross-correlation with every Fourier shell brought to unit power, so that no strong shell decides;
grey scales by the power of shells in which the halves correlate; the independence of the noise by
the correlation of the halves in small blocks off the particle, of which the median is not moved by
structure that a mask leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Tuple

import numba
import numpy as np
import scipy.fft
from scipy.ndimage import binary_dilation

from .constant_parts import constant_parts
from .geometry import distance_map
from .spectrum import unit_gain

__all__ = ["Finding", "HalfMapComparison", "check_noise_of_halves", "compare_half_maps"]

#: Correlations are taken over the coefficients of a box of at most this side.
_COMPARED = 96
#: A correlation is real from so many of its standard deviations on.
_CERTAIN = 8.0
_NOT_THERE = 4.0
#: A mirrored half correlates better than the unmirrored one by this factor.
_BETTER = 1.5
#: Shifts from here on, voxels, are told.
_SHIFT = 0.3
#: Grey scales are one within this share; otherwise the second half map is divided.
_SAME_SCALE = 0.03
#: Shells whose FSC lies above the first value that is reached by some tell the grey scale.
_SCALE_SHELLS = (0.9, 0.7, 0.5)
#: Amplitudes of one half map over those of the other vary by less than this over the shells.
_SAME_FILTER = 2.0
#: Shells with fewer coefficients, or with less of the strongest one's power, tell nothing.
_FEWEST, _NOTHING = 150, 1e-9
#: Correlation of independent noise in the median block stays below this.
_INDEPENDENT = 0.15
#: Side of the blocks in voxels, voxels of a block that must count, and blocks that must be there.
_BLOCK, _IN_BLOCK, _BLOCKS = 8, 200, 8
#: Voxels about the mask that may hold some of the particle.
_CLEARANCE = 4
#: Without solvent: an FSC that stays above this in all of the last shells does not fall.
_STAYS, _LAST_SHELLS = 0.7, 0.06
#: Share of the mask, and voxels of it, that may be empty.
_EMPTY, _EMPTY_VOXELS = 0.002, 27


class Finding(NamedTuple):
    """Something that is wrong with a pair of half maps.

    Attributes
    ----------
    kind : str
        One word.
    sentence : str
        What it is, what was decided, and the mend; begins after the names of the files.
    fatal : bool
        Whether their difference is no noise at all.
    """

    kind: str
    sentence: str
    fatal: bool


@dataclass(frozen=True)
class HalfMapComparison:
    """What two half maps have in common.

    Attributes
    ----------
    fsc : ndarray, shape (N // 2 + 1,), float64
        Fourier shell correlation of the whole boxes.
    correlation : float
        Mean of the correlation over all compared coefficients of unit power.
    shift : tuple of float
        By which the second lies beside the first, voxels ``x, y, z``.
    scale : float
        Grey scale of the second over that of the first; 1 where they are the same.
    findings : list of Finding
    """

    fsc: np.ndarray
    correlation: float
    shift: Tuple[float, float, float]
    scale: float
    findings: List[Finding]


def compare_half_maps(
    first: np.ndarray, second: np.ndarray, sampling: float, threads: int = 1
) -> HalfMapComparison:
    """Compare sign, hand, place, grey scale and filters of two half maps.

    Parameters
    ----------
    first, second : ndarray, shape (N, N, N)
        ``[z, y, x]``.
    sampling : float
        Voxel size, Å.
    threads : int

    Returns
    -------
    HalfMapComparison

    Raises
    ------
    ValueError
        If a half map is constant.
    """
    size = len(first)
    gains = [unit_gain(half) for half in (first, second)]
    spectra = [_spectrum(half, gain, threads) for half, gain in zip((first, second), gains)]
    cross, one, two, counts = _shells(*spectra)
    fsc = cross / np.sqrt(np.maximum(one * two, np.finfo(float).tiny))
    side = min(size, _COMPARED)
    white = [_white(spectrum, power, side) for spectrum, power in zip(spectra, (one, two))]
    del spectra
    certain = 1 / np.sqrt(max(float(counts[1 : side // 2 + 1].sum()) / 2, 1.0))
    known = _aligned(white, size, certain, threads)
    findings = list(known.findings)
    scale = 1.0
    if not findings:
        scale, found = _scale(fsc, one, two, counts, gains[0] / gains[1])
        findings += found
        findings += _filtered(fsc, one, two, counts, size * sampling)
    return HalfMapComparison(fsc, known.correlation, known.shift, scale, findings)


def check_noise_of_halves(
    first: np.ndarray, second: np.ndarray, mask: np.ndarray, fsc: np.ndarray
) -> Tuple[np.ndarray, List[Finding]]:
    """Check that the halves hold noise of their own, off the particle and in all of the mask.

    Parameters
    ----------
    first, second : ndarray, shape (N, N, N)
        On one grey scale.
    mask : ndarray of bool, shape (N, N, N)
    fsc : ndarray, shape (N // 2 + 1,)
        As :func:`compare_half_maps` found it.

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
    correlation = _noise_correlation(first, second, mask, empty)
    if correlation is not None and correlation > _INDEPENDENT:
        findings.append(
            Finding(
                "correlated",
                f"they correlate by {correlation:.2f} in the solvent at high spatial frequencies: "
                "their noise is not independent, it is taken for too weak, and resolutions come "
                "out too fine; give halves of disjoint particles that were refined apart",
                fatal=False,
            )
        )
    last = fsc[int(len(fsc) * (1 - _LAST_SHELLS)) :]
    if correlation is None and last.min() > _STAYS:
        findings.append(
            Finding(
                "no fall",
                f"their FSC is still {last.mean():.2f} at Nyquist, and no solvent is left to tell "
                "whether their noise is independent: if it is not, resolutions come out too fine; "
                "give half maps of smaller voxels, or with more solvent",
                fatal=False,
            )
        )
    return mask, findings


class _Alignment(NamedTuple):
    correlation: float
    shift: Tuple[float, float, float]
    findings: List[Finding]


def _spectrum(half: np.ndarray, gain: float, threads: int) -> np.ndarray:
    scaled = np.subtract(half, np.mean(half, dtype=np.float64), dtype=np.float32)
    scaled *= np.float32(gain)
    return scipy.fft.rfftn(scaled, workers=threads, overwrite_x=True)


@numba.njit(nogil=True, cache=True)
def _shells(first, second):  # type: ignore[no-untyped-def]
    """Cross power, both powers, and numbers of coefficients by Fourier shell."""
    size = first.shape[0]
    last = size // 2
    cross, one, two, counts = (
        np.zeros(last + 1),
        np.zeros(last + 1),
        np.zeros(last + 1),
        np.zeros(last + 1),
    )
    for z in range(size):
        kz = z if 2 * z <= size else z - size
        for y in range(size):
            ky = y if 2 * y <= size else y - size
            for x in range(first.shape[2]):
                shell = int(np.sqrt(kz * kz + ky * ky + x * x) + 0.5)
                if shell > last:
                    continue
                weight = 1.0 if x == 0 or 2 * x == size else 2.0
                a, b = first[z, y, x], second[z, y, x]
                cross[shell] += weight * (a.real * b.real + a.imag * b.imag)
                one[shell] += weight * (a.real**2 + a.imag**2)
                two[shell] += weight * (b.real**2 + b.imag**2)
                counts[shell] += weight
    return cross, one, two, counts


def _white(spectrum: np.ndarray, power: np.ndarray, side: int) -> np.ndarray:
    """The coarse coefficients, of unit power in every shell; none beyond the last whole shell."""
    size, half = len(spectrum), (side - 1) // 2
    k = np.rint(np.fft.fftfreq(side) * side).astype(int)
    index = k % size
    part = spectrum[np.ix_(index, index, np.arange(side // 2 + 1))].astype(np.complex64)
    square = (k**2)[:, None, None] + (k**2)[None, :, None] + np.arange(side // 2 + 1) ** 2
    shell = np.rint(np.sqrt(square)).astype(int)
    held = (power > _NOTHING * power.max()) & (np.arange(len(power)) > 0)
    gains = np.sqrt(np.divide(1.0, power, out=np.zeros(len(power)), where=held))
    gains = np.append(gains[: half + 1], 0.0).astype(np.float32)
    # Unit power: shells hold more coefficients the farther out they lie.
    counts = np.bincount(shell.ravel(), minlength=half + 2)[: half + 1]
    gains[: half + 1] *= np.sqrt(np.maximum(2 * counts, 1))
    return part * gains[np.minimum(shell, half + 1)]


def _aligned(white: List[np.ndarray], size: int, deviation: float, threads: int) -> _Alignment:
    """Compare sign, place and hand of half maps of unit power in every shell."""
    side = len(white[0])
    total = np.sqrt(np.prod([np.sum(np.abs(w.astype(np.complex128)) ** 2) for w in white]) + 1e-300)
    first, second = white

    def correlations(other: np.ndarray) -> np.ndarray:
        found = scipy.fft.irfftn(other * first.conj(), s=(side,) * 3, workers=threads)
        # A half spectrum holds nearly half of the coefficients.
        return found * (side**3 / (2 * total))

    plain = correlations(second)
    here, peak = float(plain[0, 0, 0]), float(plain.max())
    shift = _peak_place(plain) * (size / side)
    shown = tuple(float(s) for s in shift[::-1])
    if here < -_CERTAIN * deviation and -here > _BETTER * peak:
        return _Alignment(here, (0.0, 0.0, 0.0), [_NEGATED])
    space = scipy.fft.irfftn(second, s=(side,) * 3, workers=threads)
    for axes, word in (((2,), "x"), ((1,), "y"), ((0,), "z"), ((0, 1, 2), "all three axes")):
        flipped = np.roll(np.flip(space, axes), 1, axes)
        best = float(correlations(scipy.fft.rfftn(flipped, workers=threads)).max())
        if best > _CERTAIN * deviation and best > _BETTER * peak:
            return _Alignment(here, (0.0, 0.0, 0.0), [_mirrored(word)])
    if peak > _CERTAIN * deviation and np.linalg.norm(shift) > _SHIFT:
        return _Alignment(here, shown, [_shifted(shown)])
    if peak < _CERTAIN * deviation and here < _NOT_THERE * deviation:
        return _Alignment(here, (0.0, 0.0, 0.0), [_APART])
    return _Alignment(here, shown, [])


def _peak_place(correlation: np.ndarray) -> np.ndarray:
    """Where a cyclic correlation is largest, between its points by parabolas; ``z, y, x``."""
    side = len(correlation)
    peak = np.array(np.unravel_index(int(correlation.argmax()), correlation.shape))
    place = np.where(peak > side // 2, peak - side, peak).astype(float)
    for axis in range(3):
        around = []
        for step in (-1, 0, 1):
            at = peak.copy()
            at[axis] = (at[axis] + step) % side
            around.append(float(correlation[tuple(at)]))
        below, top, above = around
        curve = below - 2 * top + above
        if curve < 0:
            place[axis] += 0.5 * (below - above) / curve
    return place


def _scale(
    fsc: np.ndarray, one: np.ndarray, two: np.ndarray, counts: np.ndarray, gains: float
) -> Tuple[float, List[Finding]]:
    """Grey scale of the second half map over the first, from shells in which they correlate."""
    for least in _SCALE_SHELLS:
        shells = (fsc > least) & (np.arange(len(fsc)) > 0)
        if counts[shells].sum() >= _FEWEST:
            break
    else:
        return 1.0, []
    logarithms = 0.5 * np.log(two[shells] / one[shells])
    scale = gains * float(np.exp(np.average(logarithms, weights=counts[shells])))
    if abs(np.log(scale)) < _SAME_SCALE / least**4:
        return 1.0, []
    return scale, [
        Finding(
            "scale",
            f"the grey values of the second are {scale:.4g} times those of the first where the two "
            "correlate: the second was divided by that; give both as one program wrote them",
            fatal=False,
        )
    ]


def _filtered(
    fsc: np.ndarray, one: np.ndarray, two: np.ndarray, counts: np.ndarray, box: float
) -> List[Finding]:
    """Whether one half map was filtered, sharpened or denoised and the other was not."""
    held = (counts >= _FEWEST) & (np.maximum(one / one.max(), two / two.max()) > _NOTHING)
    shells = np.flatnonzero(held)
    if len(shells) < 2:
        return []
    tiny = np.finfo(float).tiny
    ratio = 0.5 * np.log(np.maximum(two[shells], tiny) / np.maximum(one[shells], tiny))
    centre = float(np.median(ratio[: max(len(ratio) // 3, 1)]))
    far = int(np.argmax(np.abs(ratio - centre)))
    if abs(ratio[far] - centre) < np.log(_SAME_FILTER):
        return []
    factor = float(np.exp(ratio[far] - centre))
    return [
        Finding(
            "filtered",
            f"at {box / shells[far]:.3g} Å the amplitudes of the second are {factor:.2g} times "
            "what they are to those of the first at coarse resolution: one of them was filtered, "
            "sharpened or masked; give both as they were reconstructed",
            fatal=True,
        )
    ]


def _noise_correlation(
    first: np.ndarray, second: np.ndarray, mask: np.ndarray, empty: np.ndarray
) -> Optional[float]:
    """Median correlation in blocks off the particle; ``None`` where too few are left."""
    size = len(first)
    counted = ~binary_dilation(mask, iterations=_CLEARANCE) & ~empty
    counted &= distance_map(size) < size / 2 - 1
    found = _block_correlations(first, second, counted, _BLOCK, _IN_BLOCK)
    return float(np.median(found)) if len(found) >= _BLOCKS else None


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
    # Doubles: of maps with a large mean single precision would leave rounding errors.
    beside = np.float64(values[z - 1, y, x]) + np.float64(values[z + 1, y, x])
    beside += np.float64(values[z, y - 1, x]) + np.float64(values[z, y + 1, x])
    beside += np.float64(values[z, y, x - 1]) + np.float64(values[z, y, x + 1])
    return beside - 6 * np.float64(values[z, y, x])


_NEGATED = Finding(
    "negated",
    "the second is the first with its sign turned (their correlation is negative): multiply one of "
    "them by -1, so that the particle is positive in both",
    fatal=True,
)
_APART = Finding(
    "apart",
    "they do not correlate at any resolution: they seem to be of different particles, turned "
    "against each other, or noise alone; give the two halves of one refinement",
    fatal=False,
)


def _mirrored(word: str) -> Finding:
    return Finding(
        "mirrored",
        f"one is the mirror image of the other (along {word}): mirror one of them back",
        fatal=True,
    )


def _shifted(shift: Tuple[float, ...]) -> Finding:
    shown = ", ".join(f"{s:.1f}" for s in shift)
    return Finding(
        "shifted",
        f"the second lies {shown} voxels (x, y, z) beside the first: shift it back, or give the "
        "two halves as one refinement wrote them",
        fatal=True,
    )
