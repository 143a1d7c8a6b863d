"""Do a map's waves run along or across the lines from its centre?

In every band of spatial frequency the three Riesz transforms of the map (the components
of the monogenic signal, Felsberg and Sommer, IEEE Trans. Signal Process. 49, 3136, 2001)
point along the local wave.  Their energy along the line from the centre, against their
whole energy, tells how much of the local power is radial.  Sums over shells need no
cones and no thresholds, and what is global cancels in them: a filter, a B-factor, uneven
views and missing cones treat all places alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

import numpy as np
import scipy.fft

from ...numerics.fourier.spectrum import spectrum_of
from ...numerics.geometry.grid import box_centre, lines_from, voxel_positions
from ...numerics.noise.noise_power import noise_power
from .shape_correction import Sources, shell_of

__all__ = ["OrientationShells", "bands_for", "orientation_in_shells"]

NYQUIST = 0.5
#: At most this many bands, and shells in the sphere.
_MOST_BANDS, _SHELLS = 10, 12
#: The outermost are not fitted: a surface that lies across the lines from the centre is a wave
#: along them.
_FITTED = 10
#: Bands begin at this many waves in the radius of the sphere.  Coarser ones show the
#: particle's surface, which lies across the lines from the centre.
_LEAST_WAVES = 2.5


@dataclass(frozen=True)
class OrientationShells:
    """Energies of a map in bands of spatial frequency and shells about the centre.

    The last shells lie beyond the sphere.

    Attributes
    ----------
    frequency2 : ndarray, shape (bands,)
        Mean square of the spatial frequency of the signal, cycles² per voxel².
    width : float
        Half of a band's full width, cycles per voxel.
    inside : int
        Number of shells to be fitted.
    radius2 : ndarray, shape (shells,)
        Mean square of the radius, voxels².
    count : ndarray, shape (shells,)
        Voxels.
    energy, noise : ndarray, shape (bands, shells)
        Of the signal and of the noise; that of the noise is taken off the map's.
    along : ndarray, shape (bands, shells)
        Energy of the signal along the lines from the centre.
    expected : ndarray, shape (bands, shells)
        The same if orientation depended on the whole map's anisotropy alone.
    sources : Sources
        What the particle's shape does to orientation.
    """

    frequency2: np.ndarray
    width: float
    inside: int
    radius2: np.ndarray
    count: np.ndarray
    energy: np.ndarray
    noise: np.ndarray
    along: np.ndarray
    expected: np.ndarray
    sources: Sources


def bands_for(reach: float) -> Tuple[np.ndarray, float]:
    """Centres of the bands for a sphere, and half of their full width, cycles per voxel.

    A band is resolved in space to about one over its width: no band is narrower than one
    over the radius of the sphere (voxels).
    """
    width = max(1.0 / reach, NYQUIST / (_MOST_BANDS + 1))
    first = int(np.ceil(_LEAST_WAVES / reach / width - 1e-6))
    last = int(np.floor(NYQUIST / width - 1 + 1e-6))
    return width * np.arange(max(first, 1), last + 1), width


def orientation_in_shells(
    volume: np.ndarray,
    mask: np.ndarray,
    reach: float,
    solvent: Optional[np.ndarray] = None,
    noise_map: Optional[np.ndarray] = None,
    threads: int = 1,
) -> OrientationShells:
    """Energies inside a sphere about the centre of the box.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``.
    mask : ndarray of bool, shape (N, N, N)
        The particle.
    reach : float
        Radius of the sphere, voxels.
    solvent : ndarray of bool, shape (N, N, N), optional
        Where the map holds noise alone, of the same power as in the particle.
    noise_map : ndarray, shape (N, N, N), optional
        Half of the difference of the half maps; the solvent is not used then.
    threads : int

    Returns
    -------
    OrientationShells

    Raises
    ------
    ValueError
        If neither solvent nor map of noise is given, or the sphere holds no voxel.
    """
    if noise_map is None and (solvent is None or not solvent.any()):
        raise ValueError("give solvent or a map of noise")
    indices = np.flatnonzero(mask)
    radius, unit = lines_from(voxel_positions(indices, mask.shape), box_centre(mask.shape[0]))
    if not radius.min() < reach:
        raise ValueError("the sphere holds no voxel of the mask")
    thickness = reach / _SHELLS
    centres, width = bands_for(reach)
    # Beyond the sphere: what is so near that it reaches into it.
    shells = min(int(np.ceil((reach + 1 / width) / thickness)), 2 * _SHELLS)
    shell = shell_of(radius, thickness)
    near = (shell >= 0) & (shell < shells)
    indices, radius, shell = indices[near], radius[near], shell[near]
    unit = unit[near].astype(np.float32)
    sphere = shell < _SHELLS
    spectrum = spectrum_of(volume, 1.0, threads)
    grains = None if noise_map is None else spectrum_of(noise_map, 1.0, threads)
    frequency2 = _signal_frequency2(volume, mask, solvent, noise_map, centres, width, threads)
    rows: List[Tuple[np.ndarray, ...]] = []
    for centre in centres:
        if grains is None:
            here, off = _waves(spectrum, centre, width, [indices, solvent.ravel()], threads)
            noise_tensor = _second_moments(off)
            del off
            noise = np.full(len(here), np.trace(noise_tensor))
            noise_along = _along(unit, noise_tensor)
        else:
            (here,) = _waves(spectrum, centre, width, [indices], threads)
            (off,) = _waves(grains, centre, width, [indices], threads)
            noise_tensor = _second_moments(off[sphere])
            noise, noise_along = _energies(off, unit)
        energy, along = _energies(here, unit)
        tensor = _second_moments(here[sphere]) - noise_tensor
        share = _along(unit, tensor / np.trace(tensor))
        values = (energy - noise, noise, along - noise_along, (energy - noise) * share)
        rows.append(tuple(np.bincount(shell, value, shells) for value in values))
    energy, noise, along, expected = np.array(rows).reshape(-1, 4, shells).swapaxes(0, 1)
    count = np.bincount(shell, minlength=shells)
    radius2 = np.bincount(shell, radius**2, shells) / np.maximum(count, 1)
    sources = Sources(volume, mask, shells, thickness, centres, width, _gain, threads)
    return OrientationShells(
        frequency2, width, _FITTED, radius2, count, energy, noise, along, expected, sources
    )


def _waves(
    spectrum: np.ndarray,
    centre: float,
    width: float,
    places: List[np.ndarray],
    threads: int,
) -> List[np.ndarray]:
    """Riesz transforms of a band at some voxels, (n, 3), ``x, y, z``, float32, for all places."""
    size = spectrum.shape[0]
    k = np.fft.fftfreq(size).astype(np.float32)
    parts = (k[:, None, None], k[None, :, None], np.fft.rfftfreq(size).astype(np.float32))
    radius = np.sqrt(parts[0] ** 2 + parts[1] ** 2 + parts[2] ** 2)
    band = _gain(radius, centre, width) / np.maximum(radius, np.float32(1e-6))
    del radius
    # Places are indices, or boolean, which takes less memory where they are many.
    counts = [np.count_nonzero(p) if p.dtype == bool else len(p) for p in places]
    found = [np.empty((count, 3), np.float32) for count in counts]
    for column, part in enumerate(parts[::-1]):
        # In place: a box of 256 has no memory to spare.
        transform = spectrum * (band * part)
        transform *= np.complex64(-1j)
        field = scipy.fft.irfftn(transform, s=(size,) * 3, workers=threads, overwrite_x=True)
        del transform
        for values, place in zip(found, places):
            values[:, column] = field.ravel()[place]
    return found


def _gain(radius: np.ndarray, centre: float, width: float) -> np.ndarray:
    """Cosine about the centre; the squares of neighbouring bands add to one."""
    distance = np.minimum(np.abs(radius - centre) / width, 1.0)
    return np.where(distance < 1, np.cos(0.5 * np.pi * distance), 0.0)


def _second_moments(waves: np.ndarray) -> np.ndarray:
    """Mean over voxels of the products of components, shape (3, 3)."""
    return np.einsum("ni,nj->ij", waves, waves, dtype=np.float64) / len(waves)


def _energies(waves: np.ndarray, unit: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Whole energy and that along the line of every voxel."""
    whole = np.einsum("ni,ni->n", waves, waves, dtype=np.float64)
    return whole, np.einsum("ni,ni->n", waves, unit, dtype=np.float64) ** 2


def _along(unit: np.ndarray, tensor: np.ndarray) -> np.ndarray:
    return np.einsum("ni,ij,nj->n", unit, tensor, unit)


def _signal_frequency2(
    volume: np.ndarray,
    mask: np.ndarray,
    solvent: Optional[np.ndarray],
    noise_map: Optional[np.ndarray],
    centres: np.ndarray,
    width: float,
    threads: int,
) -> np.ndarray:
    """Mean square frequency of the signal in every band: spectra are steep inside a band."""
    power = _power_per_voxel(volume, mask, threads)
    if noise_map is None:
        noise = _power_per_voxel(volume, solvent, threads)
    else:
        noise = _power_per_voxel(noise_map, mask, threads)
    signal = np.maximum(power - noise, 0.0)
    k = np.arange(len(power)) / volume.shape[0]
    weights = [_gain(k, centre, width) ** 2 * signal * k**2 for centre in centres]
    return np.array([np.sum(w * k**2) / (np.sum(w) or np.inf) for w in weights])


def _power_per_voxel(volume: np.ndarray, region: np.ndarray, threads: int) -> np.ndarray:
    return noise_power(volume, region, 1.0, threads).radial / volume.size
