"""Whether two half maps belong together, before the noise is taken from their difference.

Half of the difference of half maps is noise only if the two show one particle in one place, on one
grey scale, with independent noise (:mod:`.independence`), unfiltered.  Signs, hands and shifts
are compared by their cross-correlation with every Fourier shell brought to unit power, so that no
strong shell decides; grey scales by the power of shells in which the halves correlate; rotations
and magnifications by :mod:`.rotation`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, NamedTuple, Tuple

import numba
import numpy as np
import scipy.fft

from ..checks.arrays import check_map, check_sampling
from ..fourier.lattice import shell_of, signed_index, times_counted
from ..fourier.shells import shell_index
from ..fourier.spectrum import coarse_half, spectrum_of, unit_gain
from .findings import (
    APART,
    NEGATED,
    UNLIKE,
    Finding,
    magnified,
    mirrored,
    reordered,
    rotated,
    shifted,
)
from .peaks import coarse_shift, peak_place, shown_peak
from .rotation import (
    TURNED,
    best_lattice_change,
    coarse_copy,
    fit_rotation,
    rotation_vector,
)

__all__ = ["Finding", "HalfMapComparison", "compare_half_maps"]

#: Correlations are taken over the coefficients of a box of at most this side.
_COMPARED = 96
#: A correlation of at least so many of its standard deviations is real ...
_CERTAIN = 8.0
#: ... and below so many the half maps do not correlate.
_NOT_THERE = 4.0
#: A mirrored half correlates better than the unmirrored one by this factor.
_BETTER = 2.5
#: Shifts from here on, voxels, are reported, if they are so many of their standard deviations.
_SHIFT, _CERTAIN_SHIFT = 0.3, 6.0
#: Shells with less than this share of the power of the strongest do not show the position.
_PLACING = 1e-4
#: Shells in which the coarsest features of a particle lie.
_COARSE_SHELLS = 8
#: Copies in which rotations are sought end where the FSC falls to this; a rotation makes it fall.
_TURNED_FSC = 0.3
#: Rotations from here on, degrees, and logarithms of magnifications, are reported, if they are so
#: many of both their standard deviations.  They are fatal if undoing them reduces the difference of
#: the halves to less than this share.
_ROTATION, _MAGNIFICATION, _LESS_APART = 1.0, 0.005, 0.8
_CERTAIN_CHANGE, _CERTAIN_BY_SHELLS = 6.0, 5.0
#: Rotations by more degrees are accepted only if the maps then correlate so much; of unlike
#: particles the best rotation gives 0.6 at most.
_LARGE, _LIKE = 15.0, 0.65
#: Grey scales are the same within this share; otherwise the second half map is divided.
_SAME_SCALE, _CERTAIN_SCALE = 0.03, 6.0
#: The grey scale is taken from the shells whose FSC lies above the first of these values, or
#: above the next one if there are too few.
_SCALE_SHELLS = (0.9, 0.7, 0.5)
#: Amplitudes of one half map over those of the other vary by less than this over the shells.
_SAME_FILTER = 1.5
#: Shells whose power lies in fewer coefficients, or with less of the strongest one's power, are not
#: used.
_FEWEST, _NOTHING = 150, 1e-9


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
        Displacement of the second from the first, voxels ``x, y, z``.
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
    """Compare sign, hand, place, orientation, size, grey scale and filters of two half maps.

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
        If a half map is constant or not a map, or they differ in shape.
    """
    for half in (first, second):
        check_map(half, "half map")
    if first.shape != second.shape:
        raise ValueError(f"the half maps have shapes {first.shape} and {second.shape}")
    check_sampling(sampling)
    size = len(first)
    gains = [unit_gain(half) for half in (first, second)]
    spectra = [spectrum_of(half, gain, threads) for half, gain in zip((first, second), gains)]
    cross, one, two, counts, carrying = _shells(*spectra)
    fsc = cross / np.sqrt(np.maximum(one * two, np.finfo(float).tiny))
    side = min(size, _COMPARED)
    white = [_white(spectrum, power, side) for spectrum, power in zip(spectra, (one, two))]
    del spectra
    placing = _placing(one)[: side // 2 + 1] & _placing(two)[: side // 2 + 1]
    deviation = 1 / np.sqrt(max(float(counts[: len(placing)][placing].sum()) / 2, 1.0))
    coarse = slice(1, _COARSE_SHELLS + 1)
    at_all = float(np.sum(fsc[coarse] * counts[coarse]) / np.sqrt(2 * counts[coarse].sum()))
    known = _aligned(white, size, deviation, at_all, threads)
    findings = list(known.findings) or _turned(white, fsc, threads)
    scale = 1.0
    if all(finding.kind == "rotated" and not finding.fatal for finding in findings):
        scale, found = _scale(fsc, one, two, counts, gains[0] / gains[1])
        findings += found
        findings += _filtered(one, two, carrying, size * sampling)
    return HalfMapComparison(fsc, known.correlation, known.shift, scale, findings)


class _Alignment(NamedTuple):
    correlation: float
    shift: Tuple[float, float, float]
    findings: List[Finding]


@numba.njit(nogil=True, cache=True)
def _shells(first, second):  # type: ignore[no-untyped-def]
    """Cross power, both powers, and numbers of coefficients by Fourier shell.

    The last array is in how many of them the power lies: half as many as there are with a Gaussian
    distribution, but few where a filter ends within the shell, or where a few coefficients that
    hardly any view covers are much stronger than the others.
    """
    size = first.shape[0]
    last = size // 2
    cross, one, two, counts, fourth_one, fourth_two = (
        np.zeros(last + 1),
        np.zeros(last + 1),
        np.zeros(last + 1),
        np.zeros(last + 1),
        np.zeros(last + 1),
        np.zeros(last + 1),
    )
    for z in range(size):
        kz = signed_index(z, size)
        for y in range(size):
            ky = signed_index(y, size)
            transverse = kz * kz + ky * ky
            for x in range(first.shape[2]):
                shell = shell_of(transverse + x * x)
                if shell > last:
                    continue
                weight = times_counted(x, size)
                a, b = first[z, y, x], second[z, y, x]
                cross[shell] += weight * (a.real * b.real + a.imag * b.imag)
                power_a = np.float64(a.real) ** 2 + np.float64(a.imag) ** 2
                power_b = np.float64(b.real) ** 2 + np.float64(b.imag) ** 2
                one[shell] += weight * power_a
                two[shell] += weight * power_b
                fourth_one[shell] += weight * power_a * power_a
                fourth_two[shell] += weight * power_b * power_b
                counts[shell] += weight
    # The inverse participation ratio of the stronger one: a filter may leave nothing of the other.
    carrying = np.zeros(last + 1)
    for shell in range(last + 1):
        power, fourth = one[shell], fourth_one[shell]
        if two[shell] > power:
            power, fourth = two[shell], fourth_two[shell]
        if fourth > 0:
            carrying[shell] = power**2 / fourth
    return cross, one, two, counts, carrying


def _white(spectrum: np.ndarray, power: np.ndarray, side: int) -> np.ndarray:
    """The coarse coefficients, of unit power in every shell; none beyond the last whole shell."""
    half = (side - 1) // 2
    shell = shell_index(side)
    held = _placing(power)
    gains = np.sqrt(np.divide(1.0, power, out=np.zeros(len(power)), where=held))
    gains = np.append(gains[: half + 1], 0.0).astype(np.float32)
    # Unit power: shells hold more coefficients the farther out they lie.
    counts = np.bincount(shell.ravel(), minlength=half + 2)[: half + 1]
    gains[: half + 1] *= np.sqrt(np.maximum(2 * counts, 1))
    return coarse_half(spectrum, side) * gains[np.minimum(shell, half + 1)]


def _placing(power: np.ndarray) -> np.ndarray:
    """Shells that show the position of a map: weak ones hold artefacts of the ends of the box."""
    shells = np.arange(len(power))
    each = power / np.maximum(shells, 1) ** 2
    return (each > _PLACING * each[1:].max()) & (shells > 0)


def _aligned(
    white: List[np.ndarray], size: int, deviation: float, at_all: float, threads: int
) -> _Alignment:
    """Compare sign, place and hand of half maps of unit power in every shell.

    ``at_all``: correlation of the coarsest shells in its standard deviations.
    """
    side = len(white[0])
    total = np.sqrt(np.prod([np.sum(np.abs(w.astype(np.complex128)) ** 2) for w in white]) + 1e-300)
    first, second = white

    def correlations(other: np.ndarray) -> np.ndarray:
        found = scipy.fft.irfftn(other * first.conj(), s=(side,) * 3, workers=threads)
        # A half spectrum holds nearly half of the coefficients.
        return found * (side**3 / (2 * total))

    plain = correlations(second)
    here, peak = float(plain[0, 0, 0]), float(plain.max())
    place, blur = peak_place(plain, shown_peak(plain, deviation))
    shift = place * (size / side)
    shown = (float(shift[2]), float(shift[1]), float(shift[0]))
    if here < -_CERTAIN * deviation and -here > _BETTER * peak:
        return _Alignment(here, (0.0, 0.0, 0.0), [NEGATED])
    space = scipy.fft.irfftn(second, s=(side,) * 3, workers=threads)
    for axes, word in (((2,), "x"), ((1,), "y"), ((0,), "z"), ((0, 1, 2), "all three axes")):
        flipped = np.roll(np.flip(space, axes), 1, axes)
        best = float(correlations(scipy.fft.rfftn(flipped, workers=threads)).max())
        if best > _CERTAIN * deviation and best > _BETTER * peak:
            return _Alignment(here, (0.0, 0.0, 0.0), [mirrored(word)])
    least = max(_SHIFT, _CERTAIN_SHIFT * deviation * blur * size / side)
    certain = peak > _CERTAIN * deviation and float(np.linalg.norm(shift)) > least
    coarse = None if certain else coarse_shift(white, size, threads)
    if certain or coarse is not None:
        shift = shift if coarse is None else coarse
        shown = (float(shift[2]), float(shift[1]), float(shift[0]))
        # Of a half map whose axes are in another order some place correlates best, too.
        plainly = scipy.fft.irfftn(first, s=(side,) * 3, workers=threads)
        matrix, best = best_lattice_change(plainly, space, threads)
        if best > _BETTER * peak:
            return _Alignment(here, (0.0, 0.0, 0.0), [_of_lattice(matrix)])
        return _Alignment(here, shown, [shifted(shown)])
    if here < _NOT_THERE * deviation and at_all < _NOT_THERE:
        return _Alignment(here, (0.0, 0.0, 0.0), [APART])
    return _Alignment(here, shown, [])


def _turned(white: List[np.ndarray], fsc: np.ndarray, threads: int) -> List[Finding]:
    """Whether one half map is turned against the other, or magnified.

    Rotations are those of the lattice, with its reflections, and small ones.
    """
    fallen = np.flatnonzero(fsc[1:] < _TURNED_FSC)
    finest = int(np.clip(fallen[0] if len(fallen) else TURNED, _COARSE_SHELLS, TURNED // 4))
    first, second = (coarse_copy(part, finest, threads) for part in white)
    independent = 4 / 3 * np.pi * min(finest, len(first) // 4) ** 3
    found = fit_rotation(first, second, independent)
    fatal = 1 - found.after < _LESS_APART * (1 - found.before)
    # Noise under an imposed symmetry does not explain a fit that leaves so much less.
    by_shells = (0.0, 0.0) if fatal else found.by_shells
    logarithm = abs(float(np.log(found.magnification)))
    turned, larger = (
        size / max(least, _CERTAIN_CHANGE * deviation, _CERTAIN_BY_SHELLS * other)
        for size, least, deviation, other in (
            (found.angle, _ROTATION, found.deviation, by_shells[0]),
            (logarithm, _MAGNIFICATION, found.spread, by_shells[1]),
        )
    )
    changed: List[Finding] = []
    if max(turned, larger) > 1:
        size = 100 * (found.magnification - 1)
        changed = [magnified(size, fatal) if larger > turned else rotated(found.vector, fatal)]
    large = found.angle > _LARGE
    if fatal and changed and not large:
        return changed
    matrix, best = best_lattice_change(first, second, threads)
    least = max(_LIKE, found.after if fatal else found.before)
    certain = best - found.before > _CERTAIN / np.sqrt(independent)
    if certain and best > least and 1 - best < _LESS_APART * (1 - found.before):
        return [_of_lattice(matrix)]
    return [UNLIKE] if fatal and changed and found.after < _LIKE else changed


def _of_lattice(matrix: np.ndarray) -> Finding:
    """The finding on a rotation or a reflection of the axes of the lattice."""
    if np.linalg.det(matrix) > 0:
        return rotated(np.degrees(rotation_vector(matrix)), True)
    # Column i says where the axis i of the first map went.
    order = (("-" if sum(row) < 0 else "") + "xyz"[int(np.argmax(np.abs(row)))] for row in matrix)
    return reordered(", ".join(order))


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
    unlike = 1 - np.average(fsc[shells], weights=counts[shells]) ** 2
    deviation = float(np.sqrt(max(unlike, 0.0) / counts[shells].sum()))
    if len(logarithms) > 1:
        # Under an imposed symmetry the coefficients of a shell are not independent, but shells are.
        scatter = np.sqrt(np.mean(np.diff(logarithms) ** 2) / 2)
        weights = counts[shells] / counts[shells].sum()
        deviation = max(deviation, float(scatter * np.linalg.norm(weights)))
    if abs(np.log(scale)) < max(_SAME_SCALE / least**4, _CERTAIN_SCALE * deviation):
        return 1.0, []
    return scale, [
        Finding(
            "scale",
            f"the grey values of the second are {scale:.4g} times those of the first where the two "
            "correlate: the second was divided by that; give both as one program wrote them",
            fatal=False,
        )
    ]


def _filtered(one: np.ndarray, two: np.ndarray, carrying: np.ndarray, box: float) -> List[Finding]:
    """Whether one half map was filtered, sharpened or denoised and the other was not."""
    # The power of Gaussian coefficients lies in half of them.
    held = (2 * carrying >= _FEWEST) & (np.maximum(one / one.max(), two / two.max()) > _NOTHING)
    shells = np.flatnonzero(held)
    if len(shells) < 2:
        return []
    tiny = np.finfo(float).tiny
    ratio = 0.5 * np.log(np.maximum(two[shells], tiny) / np.maximum(one[shells], tiny))
    centre = float(np.median(ratio[: max(len(ratio) // 3, 1)]))
    # Under an imposed symmetry a coarse shell holds few independent coefficients of noise; a filter
    # changes its neighbour, too.
    apart = ratio - centre
    both = np.where(apart[1:] * apart[:-1] > 0, np.minimum(*np.abs((apart[1:], apart[:-1]))), 0.0)
    pair = int(np.argmax(both))
    if both[pair] < np.log(_SAME_FILTER):
        return []
    far = pair + int(abs(apart[pair + 1]) > abs(apart[pair]))
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
