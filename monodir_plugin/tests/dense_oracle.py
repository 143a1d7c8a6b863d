"""The exact dense evaluation: double precision, full-size transforms, three Riesz transforms.

Written from the definitions and apart from the package, to judge it by.
"""

from __future__ import annotations

from typing import Callable, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import gaussian_filter

Rung = Sequence[float]


def lattice(size: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frequencies kz, ky, kx of a half spectrum, cycles per voxel; Nyquist planes are +0.5."""
    k = np.arange(size)
    k = np.where(k <= size // 2, k, k - size) / size
    return k[:, None, None], k[None, :, None], np.arange(size // 2 + 1)[None, None, :] / size


def radius_of(size: int) -> np.ndarray:
    g = np.arange(size) - size // 2
    return np.sqrt(g[:, None, None] ** 2 + g[None, :, None] ** 2 + g[None, None, :] ** 2)


def raised_cosine(x: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1."""
    return 0.5 * (1 - np.cos(np.pi * np.clip(x, 0, 1)))


def dense_amplitude(
    volume: np.ndarray,
    axis: np.ndarray,
    rung: Rung,
    corners: bool,
    half_angle: float = 15.0,
    fade_width: Optional[float] = 7.0,
    finer: int = 1,
) -> np.ndarray:
    """Faded and low-passed monogenic amplitude along an axis at every voxel.

    ``rung``: frequency, foot of the high-pass, edge and foot of the low-pass filter.

    ``finer = 2`` evaluates amplitude and filters on a grid twice as fine, on which
    the sum frequencies of the squared amplitude have no aliases.
    """
    size = volume.shape[0]
    frequency, low, edge, high = rung
    kz, ky, kx = lattice(size)
    length = np.sqrt(kz**2 + ky**2 + kx**2)
    inverse = np.divide(1.0, length, where=length > 0, out=np.zeros_like(length))
    cosine = np.abs(kx * axis[0] + ky * axis[1] + kz * axis[2]) * inverse
    keep = (cosine >= np.cos(np.deg2rad(half_angle))) & (corners | (length <= 0.5))
    keep[0, 0, 0] = False
    band = scipy.fft.rfftn(volume.astype(np.float64), workers=2) * keep
    band *= raised_cosine((length - low) / (frequency - low))
    fine = size * finer
    parts = [band] + [-1j * band * k * inverse for k in (kz, ky, kx)]
    square = sum(
        scipy.fft.irfftn(_on_grid(part, size, fine), s=(fine,) * 3, workers=2) ** 2
        for part in parts
    )
    faded = np.sqrt(square)
    if fade_width is not None:
        faded *= raised_cosine((size / 2 - radius_of(fine) / finer) / fade_width)
    kz, ky, kx = (k * finer for k in lattice(fine))
    length = np.sqrt(kz**2 + ky**2 + kx**2)
    spectrum = scipy.fft.rfftn(faded, workers=2)
    spectrum *= 1 - raised_cosine((length - edge) / (high - edge))
    return scipy.fft.irfftn(spectrum, s=(fine,) * 3, workers=2)[::finer, ::finer, ::finer]


def along_axis(size: int, axis: np.ndarray) -> np.ndarray:
    """Position of every voxel along an axis, from the centre."""
    g = np.arange(size) - size // 2
    return g[None, None, :] * axis[0] + g[None, :, None] * axis[1] + g[:, None, None] * axis[2]


def near_axis(size: int, axis: np.ndarray, angle: float = 45.0) -> np.ndarray:
    return np.abs(along_axis(size, axis)) >= np.cos(np.deg2rad(angle)) * radius_of(size)


def dense_published(
    volume: np.ndarray,
    mask: np.ndarray,
    axes: np.ndarray,
    rungs: np.ndarray,
    progress: Callable[[int], None] = lambda i: None,
) -> np.ndarray:
    """Spatial frequency per voxel and axis by the authors' rules; no early end for weak signals.

    ``rungs``: rows of frequency, foot of the high-pass and foot of the low-pass filter.
    """
    size = volume.shape[0]
    radius = radius_of(size)
    solvent = ~mask & (radius > np.floor(radius[mask].max())) & (radius <= size / 2 - 7)
    out = np.zeros((mask.sum(), len(axes)))
    for i, axis in enumerate(axes):
        noise_here = solvent & near_axis(size, axis)
        failures = np.zeros(mask.sum(), int)
        running = np.ones(mask.sum(), bool)
        for j, rung in enumerate(rungs):
            if running.sum() < 0.025 * running.size:
                break
            frequency, low, high = rung
            feet = (frequency, low, frequency, high)
            amplitude = dense_amplitude(volume, axis, feet, corners=True)
            noise = np.sort(amplitude[noise_here].astype(np.float32))
            values = amplitude[mask]
            passed = running & (values > noise[int(0.95 * noise.size)])
            out[passed, i] = frequency
            failures[passed] = 0
            failures[running & ~passed] += 1
            left = running & (failures == 2)
            out[left, i] = rungs[max(j - 2, 0)][0]
            running &= ~left
        progress(i)
    return np.where(out > 0, out, rungs[0][0])


def _on_grid(half: np.ndarray, size: int, fine: int) -> np.ndarray:
    """The same spectrum on a finer grid; what lies on Nyquist planes stays on the positive side."""
    if fine == size:
        return half
    out = np.zeros((fine, fine, fine // 2 + 1), complex)
    k = np.arange(size)
    place = np.where(k <= size // 2, k, k - size) % fine
    out[np.ix_(place, place, np.arange(size // 2 + 1))] = half
    return out * (fine / size) ** 3


def dense_local_power(
    volume: np.ndarray,
    axis: Optional[np.ndarray],
    opening: float,
    frequency: float,
    half_width: float,
    window: float,
) -> np.ndarray:
    """Power of a map in a cone and a band, averaged over a Gaussian window, at every voxel.

    Half of a double cone, whose weight falls as a squared cosine to zero at 26/30 of the opening,
    a raised cosine about the frequency, and the squared modulus of twice the inverse transform.
    Without an axis: the square of the map in the band, times four.
    """
    weight = _cone(volume.shape[0], axis, opening) * _band(volume.shape[0], frequency, half_width)
    found = scipy.fft.fftn(volume.astype(np.float64), workers=2) * weight
    # Squares have twice the frequencies, and so no aliases on a grid twice as fine.
    size = volume.shape[0]
    fine = np.zeros((2 * size,) * 3, complex)
    place = _indices(size) % (2 * size)
    fine[np.ix_(place, place, place)] = 8 * found
    wave = scipy.fft.ifftn(fine, workers=2)
    power = np.abs(2 * wave) ** 2
    return windowed(power, 2 * window)[::2, ::2, ::2]


def mean_power(
    size: int,
    axis: Optional[np.ndarray],
    opening: float,
    frequency: float,
    half_width: float,
    gain: Optional[Callable[..., np.ndarray]] = None,
) -> float:
    """Expected local power of noise, which is white, or times a gain of kz, ky, kx."""
    weight = _cone(size, axis, opening) * _band(size, frequency, half_width)
    if gain is not None:
        k = _indices(size) / size
        weight = weight * gain(k[:, None, None], k[None, :, None], k[None, None, :])
    return float(4 / size**3 * (weight**2).sum())


def windowed(values: np.ndarray, deviation: float) -> np.ndarray:
    """Mean over a periodic Gaussian window, by its transform."""
    square = sum(k**2 for k in lattice(values.shape[0]))
    half = scipy.fft.rfftn(values, workers=2) * np.exp(-2 * (np.pi * deviation) ** 2 * square)
    return scipy.fft.irfftn(half, s=values.shape, workers=2)


def at_points(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Values of a periodic, band-limited box at a lattice of positions, voxels, along each side."""
    size = len(values)
    waves = np.exp(2j * np.pi * np.outer(positions, _indices(size)) / size) / size
    spectrum = scipy.fft.fftn(values)
    return np.einsum("az,by,cx,zyx->abc", waves, waves, waves, spectrum, optimize=True).real


def independent_values(
    size: int, axis: np.ndarray, opening: float, frequency: float, half_width: float, window: float
) -> float:
    """Squared mean over variance of the local power of white noise, from its autocorrelation."""
    power = (_cone(size, axis, opening) * _band(size, frequency, half_width)) ** 2
    pairs = np.zeros((2 * size,) * 3)
    place = _indices(size) % (2 * size)
    pairs[np.ix_(place, place, place)] = power
    pairs = scipy.fft.ifftn(np.abs(scipy.fft.fftn(pairs)) ** 2).real
    k = _indices(2 * size) / size
    square = k[:, None, None] ** 2 + k[None, :, None] ** 2 + k[None, None, :] ** 2
    return float(power.sum() ** 2 / (pairs * np.exp(-4 * (np.pi * window) ** 2 * square)).sum())


class BandsToMeasure(NamedTuple):
    """What the rule is told: bands in cycles per voxel, window in voxels, cone in degrees."""

    centre: np.ndarray
    half_width: np.ndarray
    frequency: np.ndarray
    window: float
    opening: float
    counted_from: float


def dense_rule(
    volume: np.ndarray,
    noise: np.ndarray,
    mask: np.ndarray,
    axes: np.ndarray,
    bands: BandsToMeasure,
    criterion: float,
    spread: float,
) -> np.ndarray:
    """Spatial frequency per axis and voxel by the rule of the default preset, for half maps.

    ``noise``: half of the difference of the half maps.  Power is measured at every voxel.
    """
    size = volume.shape[0]
    inside = mask & (radius_of(size) <= size / 2 - 7)
    level, whole = (_power_seen(box, inside) for box in (noise, volume))
    gain = 1 / np.sqrt(_shell_mean(level))
    shells = np.minimum(_shells(size), len(gain) - 1)
    white = np.where(_length(size) > 0, gain[shells], 0)
    white = np.where(_shells(size) <= size // 2, white, 0)
    volume = scipy.fft.ifftn(scipy.fft.fftn(volume) * white).real
    level, whole = level * white**2, whole * white**2

    def in_band(band: int, axis: Optional[np.ndarray]) -> Tuple[float, float]:
        """Power of the noise and of the particle, as local power has it."""
        weight = _cone(size, axis, bands.opening)
        weight = 4 / size**6 * (weight * _band(size, *shape[band])) ** 2
        return tuple(float((weight * power).sum()) for power in (level, whole))

    shape = list(zip(bands.centre, bands.half_width))
    of_map, local, counts = [], [], []
    for band, (frequency, half_width) in enumerate(shape):
        there, total = in_band(band, None)
        power = dense_local_power(volume, None, bands.opening, frequency, half_width, bands.window)[
            mask
        ]
        of_map.append(max(total / there - 1, 0))
        local.append(power / there - 1)
        along_z = np.array([0.0, 0.0, 1.0])
        counts.append(
            independent_values(size, along_z, bands.opening, frequency, half_width, bands.window)
        )
    out = np.zeros((len(axes), int(mask.sum())))
    for row, axis in enumerate(axes):
        ratios = []
        for band, (frequency, half_width) in enumerate(shape):
            there, total = in_band(band, axis)
            power = dense_local_power(
                volume, axis, bands.opening, frequency, half_width, bands.window
            )[mask]
            relative = min(max(total / there - 1, 0) / max(of_map[band], 1e-3), 30)
            expected = 1 + np.maximum(local[band] * relative, 0.1)
            of_measured = (2 * expected - 1) / (counts[band] * expected**2)
            of_expected = (spread * (expected - 1) / expected) ** 2
            share = of_expected / (of_expected + of_measured)
            # Where share log(needed) + (1 - share) log(expected) = log(1 + criterion).
            needed = (np.log(1 + criterion) - (1 - share) * np.log(expected)) / share
            ratios.append(power / there / np.exp(np.minimum(needed, 30)))
        counting = bands.centre >= bands.counted_from
        out[row] = [_crossing(r, bands.frequency, counting) for r in np.transpose(ratios)]
    return out


def _crossing(ratios: Sequence[float], frequencies: np.ndarray, counting: np.ndarray) -> float:
    """The finest frequency before two failures in a row; 0 if none was passed."""
    reached, failed, last, before = 0.0, 0, 1.0, 0.0
    for ratio, frequency, counts in zip(ratios, frequencies, counting):
        # A pass makes good a failure if it exceeds by as much as that missed.
        if ratio > 1 and (failed == 0 or ratio * last >= 1):
            reached, failed = frequency, 0
        else:
            if reached > 0 and last >= 1 and last > ratio:
                reached = before + (last - 1) / (last - ratio) * (frequency - before)
            failed = failed + 1 if counts else 0
        if failed == 2:
            break
        last, before = ratio, frequency
    return reached


def _indices(size: int) -> np.ndarray:
    """Lattice indices of a whole spectrum; Nyquist planes are positive."""
    k = np.arange(size)
    return np.where(k <= size // 2, k, k - size)


def _length(size: int) -> np.ndarray:
    k = _indices(size) / size
    return np.sqrt(k[:, None, None] ** 2 + k[None, :, None] ** 2 + k[None, None, :] ** 2)


def _shells(size: int) -> np.ndarray:
    return np.rint(_length(size) * size).astype(int)


def _cone(size: int, axis: Optional[np.ndarray], opening: float) -> np.ndarray:
    """Weight by the angle from one end of an axis; one if there is none."""
    if axis is None:
        return np.ones((size,) * 3)
    k = _indices(size) / size
    along = k[:, None, None] * axis[2] + k[None, :, None] * axis[1] + k[None, None, :] * axis[0]
    length = _length(size)
    length[0, 0, 0] = 1
    angle = np.rad2deg(np.arccos(np.clip(along / length, -1, 1)))
    return np.cos(np.pi / 2 * np.clip(angle / (opening * 26 / 30), 0, 1)) ** 2


def _band(size: int, frequency: float, half_width: float) -> np.ndarray:
    length = _length(size)
    return (1 - raised_cosine(np.abs(length - frequency) / half_width)) * (length <= 0.5)


def _power_seen(box: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Expected power of a box full of what a region with a soft edge holds."""
    window = gaussian_filter(region.astype(float), 1.5, truncate=3)
    seen = window * (box - np.average(box, weights=window))
    return np.abs(scipy.fft.fftn(seen)) ** 2 / np.mean(window**2)


def _shell_mean(power: np.ndarray) -> np.ndarray:
    shells = _shells(len(power))
    found = np.bincount(shells.ravel(), power.ravel()) / np.bincount(shells.ravel())
    return found[: len(power) // 2 + 1]
