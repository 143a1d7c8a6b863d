"""Grey values that no reconstruction has: compressed at the top, or on a ramp of density.

Both are found from the values themselves.  The largest values of a particle spread: half a per cent
of them take a tenth or more of the range that the others above the median take.  The density of
solvent is level.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

__all__ = ["compressed_values", "ramp_of_solvent"]

#: The largest values, as a share of the mask, and the part of the range from the median to the
#: least of them over which they spread at least.  In maps that were cut off at the top or
#: compressed it is 0.007 or less, in sound maps 0.03 or more.
_LARGEST, _SPREAD = 0.005, 0.015
#: Fewer values show nothing.
_FEWEST = 1000
#: A ramp has at least this share of the variance of the solvent; in sound maps it has 0.01,
#: and 0.4 where the noise ends at 30 Å in a box of 95 Å.
_RAMP = 0.6
#: Largest number of voxels that are used.
_MOST = 100_000


def compressed_values(volume: np.ndarray, mask: np.ndarray) -> Optional[str]:
    """A sentence on a map whose largest values were cut off or compressed.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
    mask : ndarray of bool, shape (N, N, N)
        The particle.

    Returns
    -------
    str or None
    """
    values = volume[mask]
    if len(values) < _FEWEST:
        return None
    large = len(values) - 1 - int(_LARGEST * len(values))
    parted = np.partition(values, (len(values) // 2, large))
    middle, least, most = (
        float(each) for each in (parted[len(values) // 2], parted[large], parted[large:].max())
    )
    if most - least > _SPREAD * (least - middle):
        return None
    return (
        f"the largest {100 * _LARGEST:g} % of the values inside the mask are nearly equal (from "
        f"{least:.4g} to {most:.4g}): the map was cut off at the top or its contrast was "
        "compressed, and resolutions come out wrong; give it, or half maps, as they were "
        "reconstructed"
    )


def ramp_of_solvent(volume: np.ndarray, voxels: np.ndarray) -> float:
    """Share of the variance of the solvent that a linear ramp of density has.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
    voxels : ndarray of bool, shape (N, N, N)
        The solvent.

    Returns
    -------
    float
        0 to 1; 0 where it is not larger than in sound maps.
    """
    found = np.flatnonzero(voxels)
    places = np.unravel_index(found[:: -(-len(found) // _MOST)], voxels.shape)
    values = volume[places].astype(np.float64)
    values -= values.mean()
    columns = np.array([place - place.mean() for place in places])
    slopes = np.linalg.lstsq(columns @ columns.T, columns @ values, rcond=None)[0]
    total = float(values @ values)
    share = float(slopes @ columns @ values) / total if total > 0 else 0.0
    return share if share > _RAMP else 0.0
