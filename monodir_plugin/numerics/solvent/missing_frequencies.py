"""Whether a filter removed frequencies between others, or coarse ones; or few have much noise.

In a map whose frequencies are all there, a shell of the whole box holds at least the power of the
noise.  The power of noise and particle is measured through windows, which smear it from shell to
shell: where a filter removed a shell of the box, the window still shows some noise there, and the
box does not.  Ice that crystallised, a faulty coefficient and stripes add noise to few shells.  It
hides the signal there, so that the resolution of voxels ends there, although finer frequencies hold
signal again.
"""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np

__all__ = ["missing_frequencies", "strong_noise"]

#: The power of a gap, and its ratio to that of the noise, are this many times smaller than on
#: either side, within a factor of that in frequency.  In sound maps it is 2.1 at most.
_DEEP, _BESIDE = 5.0, 1.5
#: Somewhere beyond a gap the particle has this many times the power of the noise; shells that are
#: noise may have been multiplied by an FSC that is zero by chance.
_SIGNAL = 3.0
#: Up to this frequency, cycles per voxel, an edge is one of a high-pass: the power grows by this
#: factor while the frequency grows by that one.  In sound maps it grows by 1.3 at most.
_COARSE, _RISES, _SPAN = 0.2, 20.0, 1.3
#: Neighbours of a shell: frequencies in these ranges, in units of its own.
_BEFORE, _BEYOND = (0.7, 0.86), (1.16, 1.4)
#: The noise of a shell is stronger than on either side by this factor; in sound maps it is 1.5 at
#: most.  A peak at the end of a filter is something else: beyond it there is less noise than this
#: share of that before.
_STRONGER, _RETURNS = 2.0, 0.2
#: Beyond a peak, the particle over the noise has at least this share of what it has in it.  Where a
#: sharpened map was weighted by its FSC, it falls faster.
_GOES_ON = 0.8
#: Windows smear a strong line over the shells beside it.  It stands out of the whole box, where it
#: is sharp, by the first of these factors, and its noise out of that of shells farther away.
_SHARP, _FAR_BEFORE, _FAR_BEYOND = 4.0, (0.5, 0.7), (1.4, 2.0)
#: Coarser shells hold too few coefficients.
_FIRST = 5
_TINY = 1e-300


def missing_frequencies(
    total: np.ndarray,
    particle: np.ndarray,
    noise: np.ndarray,
    tested: Tuple[float, float],
    sampling: float,
) -> Optional[str]:
    """A sentence on frequencies that the map does not hold although it holds finer ones.

    Parameters
    ----------
    total, particle, noise : ndarray, shape (N // 2 + 1,), float64
        Power by Fourier shell: of the box, of the map inside the mask, of the noise.
    tested : pair of float
        Frequencies between which to look, cycles per voxel: those that are tested.  What a
        low-passed map has beyond its end is not its own.
    sampling : float
        Voxel size, Å.

    Returns
    -------
    str or None
    """
    box = 2 * (len(total) - 1) * sampling
    first = max(2, int(np.ceil(tested[0] * box / sampling)))
    last = min(len(total) - 2, int(tested[1] * box / sampling))
    edge = _rise(total, first)
    if edge is not None:
        return (
            f"the map holds hardly anything coarser than {box / edge:.3g} Å: it was high-passed or "
            "sharpened too much, and voxels seem not to be resolved; give it as it was "
            "reconstructed"
        )
    gap = _gap(total, particle, noise, first, last)
    if gap is None:
        return None
    low, high, factor = gap
    return (
        f"the map holds hardly anything from {box / (low - 0.5):.3g} to {box / (high + 0.5):.3g} Å "
        f"(its power there is {factor:.2g} times smaller than on either side): a filter removed "
        "it, and resolutions may end there; give the map as it was reconstructed"
    )


def _rise(total: np.ndarray, first: int) -> Optional[int]:
    """First shell behind the edge of a high-pass."""
    for shell in range(first, int(2 * _COARSE * (len(total) - 1))):
        beyond = total[shell + 1 : int(np.ceil(_SPAN * shell)) + 1]
        if len(beyond) and beyond.max() > _RISES * total[first : shell + 1].max():
            return shell + 1
    return None


def _gap(
    total: np.ndarray, particle: np.ndarray, noise: np.ndarray, first: int, last: int
) -> Optional[Tuple[int, int, float]]:
    """First and last shell of the deepest gap, and by how many times it has less power."""
    ratio = total / np.maximum(noise, _TINY)
    signal = particle / np.maximum(noise, _TINY)
    beyond = np.maximum.accumulate(signal[::-1])[::-1]
    depths = np.zeros(len(total))
    for shell in range(first + 1, last + 1):
        if beyond[shell + 1] < _SIGNAL:
            break
        before = slice(max(first - 1, int(shell / _BESIDE)), shell)
        after = slice(shell + 1, int(shell * _BESIDE) + 2)
        depths[shell] = min(
            min(values[before].max(), values[after].max()) / max(values[shell], _TINY)
            for values in (total, ratio)
        )
    deepest = int(depths.argmax())
    if depths[deepest] < _DEEP:
        return None
    low = high = deepest
    while depths[low - 1] >= _DEEP:
        low -= 1
    while depths[high + 1] >= _DEEP:
        high += 1
    return low, high, float(depths[deepest])


def strong_noise(
    total: np.ndarray, particle: np.ndarray, noise: np.ndarray, coarsest: float, sampling: float
) -> Optional[str]:
    """A sentence on frequencies with noise that is much stronger than beside them.

    Parameters
    ----------
    total, particle, noise : ndarray, shape (N // 2 + 1,), float64
        Power by Fourier shell: of the box, of the map inside the mask, of the noise.
    coarsest : float
        Frequency from which on to look, cycles per voxel.
    sampling : float
        Voxel size, Å.

    Returns
    -------
    str or None
    """
    size = 2 * (len(noise) - 1)
    found, factor = 0, _STRONGER
    for shell in range(max(_FIRST, int(np.ceil(coarsest * size))), len(noise) - 1):
        near = _medians(noise, shell, _BEFORE, _BEYOND)
        sides = near
        if near and noise[shell] <= factor * max(near) and _stands_out(total, shell):
            sides = _medians(noise, shell, _FAR_BEFORE, _FAR_BEYOND)
        if sides is None or near is None:
            continue
        if not noise[shell] > factor * max(sides) > 0 or near[1] < _RETURNS * near[0]:
            continue
        beyond = _range(shell, _BEYOND, len(noise))
        ratio = np.max(particle[beyond] / noise[beyond]) * noise[shell] / particle[shell]
        if ratio > _GOES_ON:
            found, factor = shell, float(noise[shell]) / max(sides)
    if not found:
        return None
    return (
        f"at {size * sampling / found:.3g} Å the noise is {factor:.2g} times as strong as at "
        "coarser and finer resolution (crystalline ice, a faulty frequency or stripes), and "
        "resolutions may end there; give a map without it"
    )


def _stands_out(total: np.ndarray, shell: int) -> bool:
    """Whether a shell of the whole box is much stronger than those on either side."""
    sides = _medians(total, shell, _BEFORE, _BEYOND)
    return sides is not None and bool(total[shell] > _SHARP * max(sides))


def _medians(
    power: np.ndarray, shell: int, before: Tuple[float, float], beyond: Tuple[float, float]
) -> Optional[Tuple[float, float]]:
    """Median power in two ranges of shells, in units of one; ``None`` where one is empty."""
    parts = [power[_range(shell, each, len(power))] for each in (before, beyond)]
    if not all(len(part) for part in parts):
        return None
    return float(np.median(parts[0])), float(np.median(parts[1]))


def _range(shell: int, of_shell: Tuple[float, float], end: int) -> slice:
    low, high = of_shell
    return slice(max(1, int(np.ceil(low * shell))), min(int(high * shell) + 1, end))
