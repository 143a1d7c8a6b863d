"""Noise power over the axes, relative to the mean of its Fourier shell.

The region of noise is windowed out of the map, so that the shape of the particle has no
influence.  The radial spectrum of the noise has none either: the map is whitened before it
is windowed (else the window, which has the shape of the solvent, smears strong shells into weak
ones), and the power of every Fourier coefficient is divided by the mean of its shell.  The
quotients are summed in small bins of axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import gaussian_filter, gaussian_filter1d
from scipy.special import eval_legendre

from ...numerics.fourier.lattice import signed_indices
from ...numerics.fourier.lowpass_detection import filter_edge
from ...numerics.fourier.shells import mean_over_shells, shell_index
from ...numerics.fourier.spectrum import spectrum_of, unit_gain
from ...numerics.fourier.whitening import whitened
from ...numerics.geometry.direction_bins import bin_middles, bins_of
from ...numerics.noise.noise_power import noise_power

__all__ = [
    "AxialPower",
    "axial_power",
    "axis_bins",
    "bin_vectors",
    "half_difference",
]

#: Bins along an edge of a face of the cube; odd, so that x, y and z lie in the middle of one.
_BINS = 25
#: Coarser shells hold few coefficients, each smeared over a wide angle by the window.
_FIRST_SHELL = 5
#: Deviation in voxels of the Gaussian that softens the window's border.
_SOFTNESS = 2.0
#: Deviation in shells of the Gaussian that smooths the gain of the whitening.
_GAIN_SOFTNESS = 1.0
#: Fewer independent coefficients are too few for a result.
_FEWEST = 200
#: Noise is refused if the window leaves less than this share of the amplitude of a harmonic of
#: degree 2, unless a finest frequency is given.  Solvent of simulated maps with 0.80 to 0.83
#: (low-passed, then masked) made the worst axis up to four times too well covered; with 0.89 and
#: more, twice at most.
_SHARP = 0.84
#: Angles between a frequency and what the window adds to it, for a mean over them.
_NODES = 32
#: Sum of the power, and number of coefficients, in every bin.
_InBins = Tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class AxialPower:
    """Relative noise power in bins of axes.

    Attributes
    ----------
    power : ndarray, shape (bins,), float64
        Sum over the coefficients of each bin of power over the mean power of their shell.
    count : ndarray, shape (bins,), float64
        Number of coefficients, one of each conjugate pair.
    coarse_power, coarse_count : ndarray, shape (bins,), float64
        The same of the coarser half of the coefficients.
    effective : float
        Number of independent complex coefficients among them.
    shells : tuple of int
        First and last Fourier shell.
    coefficients : ndarray, shape (shells,), float64
        Number of coefficients in each shell, from the first to the last.
    smear, smear_of_square : ndarray, shape (N // 2 + 1,), float64
        Share of the power of the window, and of its square, by distance in Fourier space.
    """

    power: np.ndarray
    count: np.ndarray
    coarse_power: np.ndarray
    coarse_count: np.ndarray
    effective: float
    shells: Tuple[int, int]
    coefficients: np.ndarray
    smear: np.ndarray
    smear_of_square: np.ndarray

    def kept(self, degree: int) -> float:
        """Share of a harmonic's amplitude in the power that the window leaves."""
        return self._left(self.smear, degree)

    def variance(self, degree: int) -> float:
        """Variance by the noise of a coefficient of this degree of the log power.

        One over ``effective`` for a harmonic that is wide compared with the correlations
        of the coefficients, less for others.
        """
        return self._left(self.smear_of_square, degree) / self.effective

    def _left(self, smear: np.ndarray, degree: int) -> float:
        """Mean of a Legendre polynomial of the angle by which frequencies are moved."""
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        k = np.arange(self.shells[0], self.shells[1] + 1.0)[:, None, None]
        moved = np.arange(len(smear), dtype=float)[:, None]
        along = k + moved * nodes
        length = np.sqrt(k**2 + moved**2 + 2 * k * moved * nodes)
        cosine = np.divide(along, length, out=np.ones_like(along), where=length > 0)
        by_shell = (eval_legendre(degree, cosine) @ (weights / 2)) @ smear
        return float(np.average(by_shell, weights=self.coefficients))


def axis_bins(vectors: np.ndarray) -> np.ndarray:
    """Bin of each axis: on the face of a cube that it pierces, a square of equal angles.

    Parameters
    ----------
    vectors : ndarray, shape (n, 3)
        ``x, y, z``, of any length but zero; both ends give the same bin.

    Returns
    -------
    ndarray, shape (n,), int64
        0 to ``len(bin_vectors()) - 1``.
    """
    return bins_of(vectors, _BINS)


def bin_vectors() -> np.ndarray:
    """Middles of all bins, unit vectors ``x, y, z``, shape (1875, 3)."""
    return bin_middles(_BINS)


def axial_power(
    noise: np.ndarray,
    region: np.ndarray,
    finest: Optional[float] = None,
    threads: int = 1,
    radial: Optional[np.ndarray] = None,
) -> AxialPower:
    """Noise power of a region of a map over the axes.

    Parameters
    ----------
    noise : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``; only its values inside the region count.
    region : ndarray of bool, shape (N, N, N)
        Where there is noise alone.
    finest : float, optional
        Spatial frequency up to which to look, cycles per voxel; default: where the noise was
        low-passed, or else Nyquist.
    threads : int
    radial : ndarray, shape (N // 2 + 1,), optional
        Mean power of the noise by Fourier shell (:func:`.noise_power`), where it is known.

    Returns
    -------
    AxialPower

    Raises
    ------
    ValueError
        If the shapes differ, or the region or the band holds too little noise.
    """
    if noise.shape != region.shape:
        raise ValueError(f"the region has shape {region.shape}, the noise {noise.shape}")
    size = noise.shape[0]
    window = _window(region)
    raw = _shell_means(_windowed(noise, window, threads))
    last = min(_last_shell(raw, finest, size), _before_low_pass(noise, region, threads, radial))
    if last <= _FIRST_SHELL:
        raise ValueError("the noise is low-passed so strongly that no shell is left to compare")
    spectrum = _windowed(_whitened(noise, raw, last, threads), window, threads)
    power = _squared(spectrum)
    mean = mean_over_shells(power)
    gain = np.zeros(size // 2 + 1, np.float32)
    gain[_FIRST_SHELL : last + 1] = 1 / np.sqrt(mean[_FIRST_SHELL : last + 1])
    whitened(power, gain**2)
    whitened(spectrum, gain)
    bins, coarse, coefficients = _in_bins(power, last)
    del power
    values = scipy.fft.irfftn(spectrum, s=(size,) * 3, workers=threads, overwrite_x=True)
    del spectrum
    dependence = _dependence(values)
    del values
    square = _by_distance(window**2, threads)
    both = _both_in_band(len(square), last)
    dependence *= np.sum(square * both) / np.sum(square * both**2)
    effective = bins[1].sum() / dependence
    if effective < _FEWEST:
        raise ValueError(
            f"too little noise is left to compare axes ({effective:.0f} independent Fourier "
            "coefficients): give the half maps, or the map with more solvent, before masking"
        )
    found = AxialPower(
        *bins,
        *coarse,
        float(effective),
        (_FIRST_SHELL, last),
        coefficients,
        _by_distance(window, threads),
        square * both / np.sum(square * both),
    )
    if finest is None and found.kept(2) < _SHARP:
        raise ValueError(
            "the map is so coarse, or so little noise is left, that its axes cannot be "
            "distinguished: give the half maps, or the map before filtering and masking"
        )
    return found


def half_difference(half1: np.ndarray, half2: np.ndarray) -> np.ndarray:
    """Half of the difference of half maps: noise of the strength of that in their mean, float32."""
    if half1.shape != half2.shape:
        raise ValueError(f"half maps of shapes {half1.shape} and {half2.shape}: they must agree")
    return np.subtract(half1, half2, dtype=np.float32) / np.float32(2)


def _window(region: np.ndarray) -> np.ndarray:
    """The region with its border softened inwards, float32."""
    # Beyond the box there is no noise, so the rim of the box is a border, too.
    soft = gaussian_filter(region.astype(np.float32), _SOFTNESS, mode="constant")
    window = np.sin(np.pi / 2 * np.clip(2 * soft - 1, 0.0, 1.0)) ** 2
    if not window.any():
        raise ValueError(
            "the region of noise is too thin: give the half maps, or the map with more solvent, "
            "before masking"
        )
    return window


def _windowed(noise: np.ndarray, window: np.ndarray, threads: int) -> np.ndarray:
    """Half spectrum of the noise inside a window."""
    weight = float(window.sum(dtype=np.float64))
    mean = float((window * noise).sum(dtype=np.float64)) / weight
    spread = float(np.sqrt(np.sum(window * (noise - mean) ** 2, dtype=np.float64) / weight))
    if not spread > 0:
        raise ValueError("there is no noise in the region: give the map as it was before masking")
    scaled = window * ((noise - np.float32(mean)) / np.float32(spread))
    return scipy.fft.rfftn(scaled, workers=threads, overwrite_x=True)


def _shell_means(spectrum: np.ndarray) -> np.ndarray:
    """Mean power of the coefficients of every shell, those in the corners too."""
    return mean_over_shells(_squared(spectrum))


def _before_low_pass(
    noise: np.ndarray, region: np.ndarray, threads: int, radial: Optional[np.ndarray]
) -> int:
    """Last shell before the edge of a low-pass, or Nyquist's.

    The skirts of a window on a thin region hide the edge: beyond it, the window would compare what
    it smears there.  A softer window shows that there is an edge, and the whole map, where the
    fall of the particle's own power might be taken for one, shows it more sharply.
    """
    gain, end = unit_gain(noise), noise.shape[0] // 2
    if radial is None:
        radial = noise_power(noise, region, gain, threads).radial
    seen = radial[: end + 1]
    if filter_edge(seen, _FIRST_SHELL) is None:
        return end
    whole = _shell_means(spectrum_of(noise, gain, threads))
    return min(_last_shell(power, None, len(noise)) for power in (seen, whole))


def _squared(spectrum: np.ndarray) -> np.ndarray:
    """Power of every coefficient, float32."""
    power: np.ndarray = np.square(spectrum.real)
    power += np.square(spectrum.imag)
    return power


def _whitened(noise: np.ndarray, power: np.ndarray, last: int, threads: int) -> np.ndarray:
    """The map with noise of equal power in all shells of the band, and not amplified beyond it.

    The gain is smooth, so that it does not carry the particle into the solvent.
    """
    size = len(noise)
    level = power[np.maximum(np.arange(len(power)), _FIRST_SHELL)]
    level[last:] = np.maximum(level[last:], level[last])
    log = gaussian_filter1d(np.log(level), _GAIN_SOFTNESS, mode="nearest")
    k = np.fft.fftfreq(size) * size
    square = k[:, None, None] ** 2 + k[None, :, None] ** 2 + np.arange(size // 2 + 1.0) ** 2
    gain = np.exp(-0.5 * np.interp(np.sqrt(square), np.arange(len(log)), log)).astype(np.float32)
    del square
    values = noise - np.float32(np.mean(noise, dtype=np.float64))
    spectrum = scipy.fft.rfftn(values.astype(np.float32, copy=False), workers=threads)
    del values
    spectrum *= gain
    return scipy.fft.irfftn(spectrum, s=noise.shape, workers=threads, overwrite_x=True)


def _by_distance(window: np.ndarray, threads: int) -> np.ndarray:
    """Share of a window's power in each shell, of those up to Nyquist."""
    size = len(window)
    power = _squared(scipy.fft.rfftn(window, workers=threads))
    power[:, :, 1:] *= 2
    shells = shell_index(size)
    share = np.bincount(shells.ravel(), power.ravel())[: size // 2 + 1]
    return share / share.sum()


def _last_shell(mean: np.ndarray, finest: Optional[float], size: int) -> int:
    last = (size - 1) // 2 - 1
    edge = filter_edge(mean[: size // 2 + 1], _FIRST_SHELL)
    if edge is not None:
        last = min(last, edge - 1)
    return last if finest is None else min(last, int(finest * size))


def _in_bins(power: np.ndarray, last: int) -> Tuple[_InBins, _InBins, np.ndarray]:
    """Sums in every bin over the band and its coarser half, and coefficients in every shell.

    Of the coefficients without x only half are counted: the others are their conjugates.
    """
    size, bins = len(power), 3 * _BINS**2
    k = signed_indices(size)
    y, x = k[:, None], np.arange(size // 2 + 1.0)
    all_of, coarse_of = np.zeros((2, 2, bins))
    coefficients = np.zeros(last + 1)
    for z in range(size):
        shells = np.rint(np.sqrt(k[z] ** 2 + y**2 + x**2)).astype(int)
        inside = (shells >= _FIRST_SHELL) & (shells <= last)
        inside[:, 0] &= (k[z] > 0) | (k[z] == 0) & (k > 0)
        rows, columns = np.nonzero(inside)
        number = axis_bins(np.stack([x[columns], k[rows], np.full(len(rows), k[z])], axis=1))
        values, shell = power[z, rows, columns], shells[rows, columns]
        coefficients += np.bincount(shell, minlength=last + 1)
        coarse = shell <= last * 0.5 ** (1 / 3)
        for sums, part in ((all_of, slice(None)), (coarse_of, coarse)):
            sums[0] += np.bincount(number[part], values[part], minlength=bins)
            sums[1] += np.bincount(number[part], minlength=bins)
    return (all_of[0], all_of[1]), (coarse_of[0], coarse_of[1]), coefficients[_FIRST_SHELL:]


def _both_in_band(distances: int, last: int) -> np.ndarray:
    """Share of the coefficients in the band whose neighbour at a distance is in it, too."""
    distance = np.minimum(np.arange(distances) / (2.0 * last), 1.0)
    return 1 - 1.5 * distance + 0.5 * distance**3


def _dependence(values: np.ndarray) -> float:
    """Number of coefficients per independent value, from the noise itself.

    Coefficients of noise with a local variance ``v(r)`` are correlated like the transform of ``v``.
    The variance of any smooth mean of their powers is that of independent ones, times the sum of
    the squared correlations, which by Parseval's theorem is ``N³ sum(v²) / sum(v)²``.  Gaussian
    values x of that variance have ``<x⁴> = 3 v²``, so that their sums estimate it.  The band
    blurs ``v``: each squared correlation is counted with the square of the share of
    pairs of coefficients that have both ends in the band, where the share itself is correct.
    """
    square = np.square(values, dtype=np.float64)
    fourth = float(np.vdot(square, square))
    return float(values.size * fourth / 3 / square.sum() ** 2)
