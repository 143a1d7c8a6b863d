"""Whether one half map is turned against the other.

Quarter turns and half turns about the axes of the lattice are compared by correlation.  Other
rotations are fitted by least squares to coarse copies of the half maps: a rotation by the vector
``w`` changes a map ``a`` by ``-(w x r) . grad a`` to first order, and the fit is repeated with the
map so turned until it stands still.
"""

from __future__ import annotations

from itertools import permutations, product
from typing import Iterator, NamedTuple, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import affine_transform
from scipy.spatial.transform import Rotation

from ..geometry.grid import distance_map

__all__ = ["RotationFit", "best_lattice_rotation", "fit_rotation", "rotation_vector"]

#: Steps of the fit, and the rotation, radians, at which it stands still.
_STEPS, _STILL = 12, 2e-4
#: No step turns further, radians.
_LARGEST_STEP = 0.25


class RotationFit(NamedTuple):
    """The rotation that takes the first map to the second.

    Attributes
    ----------
    vector : ndarray, shape (3,)
        Axis ``x, y, z`` times angle, degrees.
    deviation : float
        Standard deviation of the angle by the noise of the maps, degrees.
    before, after : float
        Correlation of the maps as they are, and with the first one turned.
    """

    vector: np.ndarray
    deviation: float
    before: float
    after: float

    @property
    def angle(self) -> float:
        """Angle of the rotation, degrees."""
        return float(np.linalg.norm(self.vector))


def best_lattice_rotation(
    first: np.ndarray, second: np.ndarray, threads: int = 1
) -> Tuple[np.ndarray, float]:
    """Rotation of the axes of the lattice to its axes with which two maps correlate best.

    Parameters
    ----------
    first, second : ndarray, shape (N, N, N)
        ``[z, y, x]``.
    threads : int

    Returns
    -------
    matrix : ndarray, shape (3, 3), int
        The rotation of ``x, y, z`` that takes the first map to the second; not the identity.
    correlation : float
        Their correlation at the best shift, so that it does not matter which voxel is the centre.
    """
    spectrum = scipy.fft.rfftn(second, workers=threads).conj()
    total = float(np.linalg.norm(first)) * float(np.linalg.norm(second))

    def correlation(matrix: np.ndarray) -> float:
        columns = np.abs(matrix[::-1, ::-1]).argmax(axis=1)  # of z, y, x
        turned = np.transpose(first, columns)
        turned = np.flip(turned, np.flatnonzero(matrix[::-1, ::-1].sum(axis=1) < 0))
        shifted = scipy.fft.rfftn(turned, workers=threads) * spectrum
        return float(scipy.fft.irfftn(shifted, s=first.shape, workers=threads).max()) / total

    best = max(_lattice_rotations(), key=correlation)
    return best, correlation(best)


def _lattice_rotations() -> Iterator[np.ndarray]:
    """The 23 rotations of ``x, y, z`` that take lattice axes to lattice axes, but the identity."""
    for order in permutations(range(3)):
        for signs in product((1, -1), repeat=3):
            matrix = np.zeros((3, 3), int)
            matrix[range(3), order] = signs
            if round(np.linalg.det(matrix)) == 1 and not np.array_equal(matrix, np.eye(3)):
                yield matrix


def fit_rotation(first: np.ndarray, second: np.ndarray, independent: float) -> RotationFit:
    """Fit the rotation about the centre of the box that takes one map to another.

    Parameters
    ----------
    first, second : ndarray, shape (N, N, N)
        Low-passed maps, ``[z, y, x]``.
    independent : float
        Number of independent values that the maps hold.

    Returns
    -------
    RotationFit
        The fit finds rotations by less than about the angle under which a coarsest resolved
        feature is seen from the centre.
    """
    one, two = (np.subtract(half, half.mean(), dtype=np.float64) for half in (first, second))
    # The corners of the box turn out of it.
    ball = distance_map(len(one)) < len(one) // 2
    two *= ball
    total = np.eye(3)
    turned = one * ball
    before = _correlation(turned, two)
    covariance = np.eye(3)
    for _ in range(_STEPS):
        columns = _changes(turned) * ball.ravel()
        scale = float(np.vdot(turned, two) / np.vdot(turned, turned))
        normal = scale**2 * columns @ columns.T
        residual = two - scale * turned
        step = np.linalg.solve(normal, scale * columns @ residual.ravel())
        # Neighbouring voxels of a low-passed map are not independent.
        variance = float(np.mean(residual**2)) * residual.size / independent
        covariance = variance * np.linalg.inv(normal)
        length = float(np.linalg.norm(step))
        step *= min(1.0, _LARGEST_STEP / max(length, 1e-12))
        total = Rotation.from_rotvec(step).as_matrix() @ total
        turned = _turned(one, total) * ball
        if length < _STILL:
            break
    vector = rotation_vector(total)
    axis = vector / max(float(np.linalg.norm(vector)), 1e-12)
    deviation = float(np.degrees(np.sqrt(axis @ covariance @ axis)))
    return RotationFit(np.degrees(vector), deviation, before, _correlation(turned, two))


def rotation_vector(matrix: np.ndarray) -> np.ndarray:
    """Rotation vector of a rotation matrix.

    Parameters
    ----------
    matrix : ndarray, shape (3, 3)

    Returns
    -------
    ndarray, shape (3,)
        Axis times angle, radians; the angle is at most half a turn.
    """
    return Rotation.from_matrix(matrix).as_rotvec()


def _changes(values: np.ndarray) -> np.ndarray:
    """Change of a map by small rotations about ``x``, ``y``, ``z``, shape (3, voxels)."""
    along_z, along_y, along_x = np.gradient(values)
    z, y, x = np.ogrid[tuple(slice(-(n // 2), n - n // 2) for n in values.shape)]
    changes = (
        z * along_y - y * along_z,
        x * along_z - z * along_x,
        y * along_x - x * along_y,
    )
    return np.array([change.ravel() for change in changes])


def _turned(values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Turn a map about the centre of its box by a rotation of ``x, y, z``."""
    backwards = matrix.T[::-1, ::-1]  # of z, y, x
    centre = np.array(values.shape) // 2
    return affine_transform(values, backwards, centre - backwards @ centre, order=3, mode="nearest")


def _correlation(one: np.ndarray, two: np.ndarray) -> float:
    total: Tuple[float, float] = (float(np.vdot(one, one)), float(np.vdot(two, two)))
    return float(np.vdot(one, two)) / max(float(np.sqrt(total[0] * total[1])), 1e-300)
