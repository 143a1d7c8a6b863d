"""Local orientation of a map: how much of its power is radial.

In every band of spatial frequency the three Riesz transforms of the map (the components of the
monogenic signal, Felsberg and Sommer, IEEE Trans. Signal Process. 49, 3136, 2001) form a vector in
the direction of the local spatial frequency.  The energy of its radial component over that of all
components is the share of the local power that is radial.  Sums over shells about the centre need
no cones or thresholds, and global effects cancel in them: a filter, a B-factor, uneven views and
missing cones are the same everywhere in the map.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

import numpy as np

from ...numerics.fourier.spectrum import spectrum_of
from ...numerics.geometry.grid import box_centre, radii_and_directions, voxel_positions
from ...numerics.noise.noise_power import noise_power
from .riesz_energies import Regions, riesz_energies
from .shape_correction import Sources, shell_of

__all__ = ["OrientationShells", "Powers", "bands_for", "orientation_in_shells"]

#: Mean power by Fourier shell, (N // 2 + 1,) each: of the particle with its noise, of the noise.
Powers = Tuple[np.ndarray, np.ndarray]

NYQUIST = 0.5
#: Largest number of bands, and number of shells in the sphere.
_MOST_BANDS, _SHELLS = 10, 12
#: Number of shells that are fitted, without the outermost: the surface of the particle is mostly
#: tangential, so that its spatial frequencies are radial.
_FITTED = 10
#: Number of periods of the first band in the radius of the sphere.  Coarser bands would show the
#: surface of the particle.
_LEAST_PERIODS = 2.5


@dataclass(frozen=True)
class OrientationShells:
    """Energies of a map in bands of spatial frequency and shells about the centre.

    The last shells lie beyond the sphere.

    Attributes
    ----------
    frequency2 : ndarray, shape (bands,)
        Mean square of the spatial frequency of the signal, cycles² per voxel².
    width : float
        Half of the full width of a band, cycles per voxel.
    inside : int
        Number of shells that are fitted.
    radius2 : ndarray, shape (shells,)
        Mean square of the radius, voxels².
    count : ndarray, shape (shells,)
        Number of voxels.
    energy, noise : ndarray, shape (bands, shells)
        Energy of the signal, which is that of the map less that of the noise, and of the noise.
    radial : ndarray, shape (bands, shells)
        Energy of the radial component of the signal.
    expected : ndarray, shape (bands, shells)
        The same for a map whose local orientation has the anisotropy of the whole map everywhere.
    sources : Sources
        Effect of the particle's shape on the orientation.
    """

    frequency2: np.ndarray
    width: float
    inside: int
    radius2: np.ndarray
    count: np.ndarray
    energy: np.ndarray
    noise: np.ndarray
    radial: np.ndarray
    expected: np.ndarray
    sources: Sources


def bands_for(reach: float) -> Tuple[np.ndarray, float]:
    """Centres of the bands for a sphere, and half of their full width, cycles per voxel.

    A band of a given width is resolved in space to about one over this width, so that no band is
    narrower than one over the radius of the sphere (voxels).
    """
    width = max(1.0 / reach, NYQUIST / (_MOST_BANDS + 1))
    first = int(np.ceil(_LEAST_PERIODS / reach / width - 1e-6))
    last = int(np.floor(NYQUIST / width - 1 + 1e-6))
    return width * np.arange(max(first, 1), last + 1), width


def orientation_in_shells(
    volume: np.ndarray,
    mask: np.ndarray,
    reach: float,
    solvent: Optional[np.ndarray] = None,
    noise_map: Optional[np.ndarray] = None,
    threads: int = 1,
    powers: Optional[Powers] = None,
) -> OrientationShells:
    """Energies in bands, and in shells about the centre of the box.

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
    powers : pair of ndarray, shape (N // 2 + 1,), optional
        Mean power by Fourier shell of the particle with its noise, and of the solvent, where they
        are known.

    Returns
    -------
    OrientationShells

    Raises
    ------
    ValueError
        If neither solvent nor noise map is given, or no voxel of the mask is in the sphere.
    """
    if noise_map is None and (solvent is None or not solvent.any()):
        raise ValueError("there is neither solvent nor a noise map: give one of them")
    thickness = reach / _SHELLS
    centres, width = bands_for(reach)
    # Shells beyond the sphere are included as far as their density reaches into it.
    shells = min(int(np.ceil((reach + 1 / width) / thickness)), 2 * _SHELLS)
    if powers is None:
        powers = _powers(volume, mask, solvent, noise_map, threads)
    frequency2 = _signal_frequency2(*powers, len(mask), centres, width)
    labels, count, radius2, directions = _voxels_of_shells(mask, reach, thickness, shells)
    regions = Regions(labels, shells, None if noise_map is not None else solvent)
    spectrum = spectrum_of(volume, 1.0, threads)
    of_noise = None if noise_map is None else spectrum_of(noise_map, 1.0, threads)
    rows: List[Tuple[np.ndarray, ...]] = []
    for centre in centres:
        table = _over_length(centre, width, mask.shape[0])
        seen = riesz_energies(spectrum, table, regions, threads)
        if of_noise is None:
            noise_tensor = seen.apart
            noise = count * np.trace(noise_tensor)
            radial_noise = _scalar_products(directions, noise_tensor)
            turned_noise = np.trace(noise_tensor) * directions
        else:
            grains = riesz_energies(of_noise, table, regions, threads)
            noise_tensor = _in_sphere(grains.moments, count)
            noise, radial_noise, turned_noise = grains.whole, grains.radial, grains.turned
        tensor = _in_sphere(seen.moments, count) - noise_tensor
        expected = _scalar_products(seen.turned - turned_noise, tensor / np.trace(tensor))
        rows.append((seen.whole - noise, noise, seen.radial - radial_noise, expected))
    del spectrum, of_noise
    energy, noise, radial, expected = np.array(rows).reshape(-1, 4, shells).swapaxes(0, 1)
    sources = Sources(volume, mask, shells, thickness, centres, width, _gain)
    return OrientationShells(
        frequency2, width, _FITTED, radius2, count, energy, noise, radial, expected, sources
    )


def _voxels_of_shells(
    mask: np.ndarray, reach: float, thickness: float, shells: int
) -> Tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Shells of the voxels of a mask.

    Their number plus one, int8 (N, N, N), 0: in none; their voxels, their mean squared radius, and
    the sums of u u' over their voxels, (shells, 3, 3).
    """
    indices = np.flatnonzero(mask)
    radius, unit = radii_and_directions(
        voxel_positions(indices, mask.shape), box_centre(mask.shape[0])
    )
    if not radius.min() < reach:
        raise ValueError("no voxel of the mask is in the sphere: give a larger radius")
    shell = shell_of(radius, thickness)
    near = (shell >= 0) & (shell < shells)
    indices, radius, shell, unit = indices[near], radius[near], shell[near], unit[near]
    labels = np.zeros(mask.size, np.int8)
    labels[indices] = shell + 1
    count = np.bincount(shell, minlength=shells)
    radius2 = np.bincount(shell, radius**2, shells) / np.maximum(count, 1)
    lines = [np.bincount(shell, a * b, shells) for a in unit.T for b in unit.T]
    directions = np.stack(lines, axis=1).reshape(shells, 3, 3)
    return labels.reshape(mask.shape), count, radius2, directions


def _gain(radius: np.ndarray, centre: float, width: float) -> np.ndarray:
    """Filter of a band: half a period of a cosine; the squares of all bands add up to one."""
    distance = np.minimum(np.abs(radius - centre) / width, 1.0)
    return np.where(distance < 1, np.cos(0.5 * np.pi * distance), 0.0)


def _over_length(centre: float, width: float, size: int) -> np.ndarray:
    """Filter of a band over the length in lattice units, by squared length, float32."""
    length = np.sqrt(np.arange(min(centre + width, NYQUIST) ** 2 * size**2))
    gain = _gain(length / size, centre, width)
    return (gain / np.maximum(length, 1e-6)).astype(np.float32)


def _in_sphere(moments: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Mean of the second moments in the sphere, shape (3, 3), from sums in shells."""
    mean: np.ndarray = moments[:_SHELLS].sum(axis=0) / count[:_SHELLS].sum()
    return mean


def _scalar_products(matrices: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Sum of the products of the elements of every matrix with those of another, (n,)."""
    return np.einsum("nij,ij->n", matrices, matrix)


def _powers(
    volume: np.ndarray,
    mask: np.ndarray,
    solvent: Optional[np.ndarray],
    noise_map: Optional[np.ndarray],
    threads: int,
) -> Powers:
    """Mean power by Fourier shell of the particle with its noise, and of the noise."""
    source, region = (volume, solvent) if noise_map is None else (noise_map, mask)
    assert region is not None
    return (
        noise_power(volume, mask, 1.0, threads).radial,
        noise_power(source, region, 1.0, threads).radial,
    )


def _signal_frequency2(
    power: np.ndarray, noise: np.ndarray, size: int, centres: np.ndarray, width: float
) -> np.ndarray:
    """Mean square spatial frequency of the signal in every band.

    It differs from that of the band's centre, because spectra are steep.
    """
    signal = np.maximum(power - noise, 0.0)
    k = np.arange(len(power)) / size
    weights = [_gain(k, centre, width) ** 2 * signal * k**2 for centre in centres]
    return np.array([np.sum(w * k**2) / (np.sum(w) or np.inf) for w in weights])
