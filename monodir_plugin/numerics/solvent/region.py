"""Where a map holds noise alone: solvent off the particle, inside the sphere that holds noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Iterator, Optional, Tuple

import numpy as np
from scipy.ndimage import binary_dilation

from ..geometry.grid import distance_map
from ..parallel.threads import in_threads
from .constant_parts import constant_parts
from .faded_solvent import distance_of_blocks, fades_from_the_mask, stronger_than_beside
from .grey_values import ramp_of_solvent
from .noise_values import changed_noise, solvent_parts
from .outside_structure import find_structure

__all__ = [
    "SPHERE_MARGIN",
    "NoNoiseError",
    "Solvent",
    "ends_by_structure",
    "noise_edge",
    "off_the_border",
    "off_the_particle",
    "outside_the_largest_radius",
    "shell_variances",
]

#: Voxels inside the inscribed sphere of the box that are kept clear.
SPHERE_MARGIN = 7.0
#: Voxels between the mask and the solvent.
_CLEARANCE = 3
#: Of which so many lie beside the particle, whose noise they hold.
_LAYER = 2
#: The end of the noise is sought in the shell of solvent beyond the particle, if it is at least so
#: many voxels thick, or else in all of the solvent.
_THINNEST_SHELL = 4
#: The noise ends where its variance falls to this fraction.  It is not sought nearer to the centre
#: than so many voxels: there, the symmetric copies of the noise leave few independent values.
_FALLEN, _CENTRE = 0.1, 8
#: Solvent holds no noise if its deviation is a smaller share of the particle's; largest number of
#: voxels that are used.
_LEAST_NOISE, _ENOUGH = 1e-4, 500_000
#: Voxels kept clear of the sphere at which the noise ends, which may be soft.
_MARGIN = 4.0
#: Share of solvent that is structure beyond chance, where it is kept.
_PLAIN = 0.3
#: Voxels kept clear of parts that are exactly constant.
_CONSTANT_MARGIN = 3
#: Fewer voxels of solvent are no sample of the noise.
_FEWEST = 200
#: A spherical mask leaves less than this share of the variance beyond it; structure in the solvent
#: has at least the second share of the particle's.
_BLANK, _LIKE_PARTICLE = 1e-3, 0.35
#: Shells at the end of the box that are looked at.
_LAST_SHELLS = 3
#: The message of too little solvent names the share of the box that a mask takes if it is larger.
_MOST_OF_THE_BOX = 0.5
#: A mask with less than this share of the variance that lies outside of it is not of the particle.
_INVERTED = 0.3


class NoNoiseError(ValueError):
    """The map holds no noise that its signal could be compared with."""


@dataclass(frozen=True)
class Solvent:
    """Where the noise is.

    Attributes
    ----------
    region : ndarray of bool, shape (N, N, N)
        Voxels that hold noise alone.
    edge : float
        Radius in voxels at which the noise ends: half of the box, or the radius of a sphere by
        which the map was masked.
    outer : float
        Largest radius of the region, voxels.
    structure : int
        Voxels of structure outside the mask.
    constant : int
        Voxels off the mask and inside ``outer`` that are exactly constant, or beside such.
    beside : int
        Voxels inside ``outer`` that the mask takes, with its clearance.
    left_out : bool
        Whether structure was left out of the region.
    excluded : int
        Voxels inside ``outer`` that the exclusion mask alone takes, with its clearance.
    fades : bool
        Whether the noise becomes weaker away from the mask.
    ramp : float
        Share of its variance that is a linear ramp of density; 0: no more than by chance.
    changed : str or None
        A sentence on noise that no reconstruction has.
    empty : int
        Voxels of the mask that are exactly constant.
    grows : float
        Variance of its fine noise over that beside the mask; 0: no larger than by chance.
    """

    region: np.ndarray
    edge: float
    outer: float
    structure: int = 0
    constant: int = 0
    beside: int = 0
    left_out: bool = True
    excluded: int = 0
    fades: bool = False
    ramp: float = 0.0
    changed: Optional[str] = None
    empty: int = 0
    grows: float = 0.0


def shell_variances(volume: np.ndarray, solvent: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Variance of the solvent in shells one voxel thick.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map.
    solvent : ndarray of bool, shape (N, N, N)
        Voxels outside the particle.
    radius : ndarray, shape (N, N, N)
        Distance from the centre in voxels.

    Returns
    -------
    ndarray, shape (N // 2,), float64
        Variance per shell; NaN for shells without solvent.
    """
    edge = volume.shape[0] // 2

    def planes() -> Iterator[Tuple[np.ndarray, np.ndarray]]:
        # Plane by plane: the whole box would need thirty bytes per voxel.
        for values, outside, far in zip(volume, solvent, radius):
            inside = outside & (far < edge)
            yield far[inside].astype(np.int32), values[inside].astype(np.float64)

    count, total, squares = np.zeros((3, edge))
    for shell, values in planes():
        count += np.bincount(shell, minlength=edge)
        total += np.bincount(shell, values, minlength=edge)
    count[count == 0] = np.nan
    mean = total / count
    for shell, values in planes():
        squares += np.bincount(shell, (values - mean[shell]) ** 2, minlength=edge)
    return squares / count


def noise_edge(volume: np.ndarray, solvent: np.ndarray, radius: np.ndarray) -> int:
    """Radius at which the noise ends: the radius of a spherical mask, sharp or soft.

    Parameters
    ----------
    volume, solvent, radius
        As for :func:`shell_variances`.

    Returns
    -------
    int
        Radius, voxels, of the first shell of 8 voxels or more whose variance is below a tenth of
        the median over the shells inside it, or ``N // 2`` if there is none.
    """
    variances = shell_variances(volume, solvent, radius)
    shells = np.flatnonzero(np.isfinite(variances))
    for i in range(1, len(shells)):
        fallen = variances[shells[i]] < _FALLEN * np.median(variances[shells[:i]])
        if fallen and shells[i] >= _CENTRE:
            return int(shells[i])
    return len(variances)


def off_the_border(mask: np.ndarray) -> np.ndarray:
    """Voxels of a mask that lie off the border of the box, or all if none does, bool (N, N, N)."""
    size = len(mask)
    inside: np.ndarray = mask & (distance_map(size) <= size / 2 - SPHERE_MARGIN)
    return inside if inside.any() else mask


def off_the_particle(
    volume: np.ndarray,
    mask: np.ndarray,
    noise_radius: Optional[float],
    exclude: Optional[np.ndarray] = None,
    threads: int = 1,
) -> Solvent:
    """All solvent off the mask and inside the sphere that holds noise.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map.
    mask : ndarray of bool, shape (N, N, N)
    noise_radius : float or None
        Radius in voxels beyond which there is no noise; ``None``: found.
    exclude : ndarray of bool, shape (N, N, N), optional
        Voxels that are neither particle nor noise (:mod:`.exclusion`).
    threads : int

    Returns
    -------
    Solvent

    Raises
    ------
    NoNoiseError
        If the solvent holds no noise.
    """
    size = volume.shape[0]
    radius = distance_map(size)
    layer = binary_dilation(mask, iterations=_LAYER)
    beside = near = binary_dilation(layer, iterations=_CLEARANCE - _LAYER)
    if exclude is not None:
        near = near | binary_dilation(exclude, iterations=_CLEARANCE)
    reach = float(np.floor(radius[mask].max()))
    shell = ~near & (radius > reach) if reach < size / 2 - _THINNEST_SHELL else ~near
    edge = min(float(noise_radius or noise_edge(volume, shell, radius)), size / 2)
    if (
        noise_radius is None
        and edge < size // 2
        and ends_by_structure(volume, mask, shell, radius, edge)
    ):
        edge = float(size // 2)
    inside = radius <= edge - _MARGIN
    voxels = ~near & inside
    if edge < size // 2:
        _refuse_few(voxels, True, f"there is no noise left in the solvent beyond {edge:g} voxels")
    takes = f"the mask takes {100 * float(np.mean(mask)):.0f} % of the box and "
    takes = takes if np.mean(mask) > _MOST_OF_THE_BOX else "the mask "
    takes = takes if exclude is None else "the mask together with the exclusion mask "
    _refuse_few(voxels, False, f"{takes}leaves hardly any solvent")
    found = constant_parts(volume)
    empty_in_mask = int(np.count_nonzero(found & mask))
    empty = blank = found & ~near
    layer &= ~(mask | found)
    if exclude is not None:
        layer &= ~exclude
    constant = 0
    if blank.any():
        blank = binary_dilation(blank, iterations=_CONSTANT_MARGIN) & voxels
        constant = int(blank.sum())
        voxels &= ~blank
        _refuse_few(voxels, True, "there is no noise left in the solvent, which is constant")
    check_noise(volume, mask, voxels)
    structure = find_structure(volume, voxels, mask, threads)
    if structure is not None:
        voxels &= ~structure
        _refuse_few(voxels, None, "nearly all that lies outside the mask is structure")
    _refuse_inverted(volume, mask, voxels)
    distance = distance_of_blocks(mask)
    checks: Tuple[Callable[[], Any], ...] = (
        lambda: fades_from_the_mask(volume, distance, voxels, empty),
        lambda: ramp_of_solvent(volume, voxels),
        lambda: changed_noise(volume, solvent_parts(distance, voxels)),
        lambda: stronger_than_beside(volume, layer, voxels),
    )
    fades, ramp, changed, grows = in_threads(lambda check: check(), checks, threads)
    return Solvent(
        region=voxels,
        edge=edge,
        outer=edge - _MARGIN,
        structure=0 if structure is None else int(structure.sum()),
        constant=constant,
        beside=int((beside & inside).sum()),
        excluded=0 if exclude is None else int((near & ~beside & inside).sum()),
        fades=fades,
        ramp=ramp,
        changed=changed,
        empty=empty_in_mask,
        grows=grows,
    )


def ends_by_structure(
    volume: np.ndarray, mask: np.ndarray, shell: np.ndarray, radius: np.ndarray, edge: float
) -> bool:
    """Whether the variance falls at a radius because structure ends there, and no mask.

    Parameters
    ----------
    volume, shell, radius
        As for :func:`shell_variances`.
    mask : ndarray of bool, shape (N, N, N)
    edge : float
        Radius that :func:`noise_edge` found, voxels.
    """
    variances = shell_variances(volume, shell, radius)
    within = np.nanmedian(variances[: int(edge)])
    if within < _LIKE_PARTICLE * float(np.var(volume[mask], dtype=np.float64)):
        return False
    beyond = variances[-_LAST_SHELLS:]
    return bool(np.isfinite(beyond).any() and np.nanmedian(beyond) > _BLANK * within)


def _refuse_few(voxels: np.ndarray, masked: Optional[bool], why: str) -> None:
    """Refuse solvent of hardly any voxels; of a masked map a larger box would not help."""
    count = int(voxels.sum())
    if count >= _FEWEST:
        return
    fix = {
        None: "give half maps, or a mask of all of the particle",
        True: "give the half maps, or the map as it was before masking",
        False: "give half maps, a mask that fits the particle, or a larger box",
    }[masked]
    raise NoNoiseError(
        f"{why}: {count} voxels within the sphere of the box are left to take the noise from; "
        + fix
    )


def _refuse_inverted(volume: np.ndarray, mask: np.ndarray, voxels: np.ndarray) -> None:
    """Refuse a mask inside of which the map varies much less than outside."""
    inside, outside = (float(np.var(volume[part], dtype=np.float64)) for part in (mask, voxels))
    if inside < _INVERTED * outside:
        raise NoNoiseError(
            f"the map varies less inside the mask than outside of it (variances {inside:.3g} and "
            f"{outside:.3g}): the mask seems to be inverted, or to lie beside the particle; give a "
            "mask of the particle"
        )


def outside_the_largest_radius(
    volume: np.ndarray,
    mask: np.ndarray,
    noise_radius: Optional[float],
    find_edge: Callable[[np.ndarray, np.ndarray, np.ndarray], int],
    exclude: Optional[np.ndarray] = None,
) -> Solvent:
    """Solvent beyond the largest radius of the mask.

    Parameters, value and errors are those of :func:`off_the_particle`.  ``find_edge`` has the
    parameters and the value of :func:`noise_edge`.
    """
    size = volume.shape[0]
    radius = distance_map(size)
    inner = float(np.floor(radius[mask].max()))
    shell = ~mask & (radius > inner)
    if exclude is not None:
        shell &= ~binary_dilation(exclude, iterations=_CLEARANCE)
    edge = noise_radius or find_edge(volume, shell, radius)
    outer = min(size / 2 - SPHERE_MARGIN, float(edge))
    voxels = shell & (radius <= outer)
    _refuse_few(voxels, False, "no solvent lies beyond the largest radius of the mask")
    check_noise(volume, mask, voxels)
    structure = find_structure(volume, voxels, mask)
    found = 0 if structure is None else int(structure.sum())
    # This preset keeps structure as noise; it is reported only if it cannot be chance.
    found = found if found > _PLAIN * voxels.sum() else 0
    changed = changed_noise(volume, solvent_parts(distance_of_blocks(mask), voxels))
    edge = min(float(edge), size / 2)
    return Solvent(voxels, edge, outer, found, left_out=False, changed=changed)


def check_noise(volume: np.ndarray, mask: np.ndarray, voxels: np.ndarray) -> None:
    """Refuse solvent without noise.

    The median of absolute deviations is used, because the soft edge of a mask in the solvent
    changes it little.
    """
    particle = float(np.std(volume[mask], dtype=np.float64))
    values = volume[voxels]
    values = values[:: -(-len(values) // _ENOUGH) or 1]
    solvent = float(np.median(np.abs(values - np.median(values)))) if values.size else 0.0
    if not solvent > _LEAST_NOISE * particle:
        raise NoNoiseError(
            "there is no noise left in the solvent: give the half maps, or the map as it was "
            "before masking"
        )
