"""Whether one half map is turned against the other, or magnified.

Quarter turns, half turns and reflections along the axes of the lattice are compared by
correlation.  Other rotations are fitted by least squares to coarse copies of the half maps,
together with the factor of their magnifications: a rotation by the vector ``w`` and a magnification
by ``1 + m`` change a map ``a`` by ``-(w x r + m r) . grad a`` to first order, and the fit is
repeated with the map so changed until it stands still.
"""

from __future__ import annotations

from itertools import permutations, product
from typing import Iterator, List, NamedTuple, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import affine_transform
from scipy.spatial.transform import Rotation

from ..fourier.lattice import signed_indices
from ..fourier.shells import shell_index
from ..fourier.spectrum import coarse_half
from ..geometry.grid import distance_map

__all__ = [
    "TURNED",
    "RotationFit",
    "best_lattice_change",
    "coarse_copy",
    "fit_rotation",
    "rotation_vector",
]

#: Rotations are sought in copies of at most this side, whose finest shell is a quarter of it.
TURNED = 48

#: Steps of the fit, and the rotation, radians, or the logarithm of the magnification, at which it
#: stands still.
_STEPS, _STILL = 12, 2e-4
#: Variance where the correlation has no maximum, radians².
_UNKNOWN = 1e12
#: No step turns further, radians.
_LARGEST_STEP = 0.25


class RotationFit(NamedTuple):
    """The rotation and the magnification that take the first map to the second.

    Attributes
    ----------
    vector : ndarray, shape (3,)
        Axis ``x, y, z`` times angle, degrees.
    deviation : float
        Standard deviation of the angle by the noise of the maps, degrees, as if the noise of
        different places were independent; huge if the correlation has no maximum.
    before, after : float
        Correlation of the maps as they are, and with the first one turned and magnified.
    magnification : float
        Size of the particle in the second map over that in the first.
    spread : float
        The same of the logarithm of the magnification.
    by_shells : pair of float
        Both again, as if only the noise of different Fourier shells were independent.  A poor fit
        makes them large, too.
    """

    vector: np.ndarray
    deviation: float
    before: float
    after: float
    magnification: float
    spread: float
    by_shells: Tuple[float, float]

    @property
    def angle(self) -> float:
        """Angle of the rotation, degrees."""
        return float(np.linalg.norm(self.vector))


def coarse_copy(part: np.ndarray, finest: int, threads: int = 1) -> np.ndarray:
    """A small map of the coefficients up to a shell.

    Parameters
    ----------
    part : ndarray, shape (M, M, M // 2 + 1), complex
        Half spectrum, as of ``rfftn``.
    finest : int
        The last shell that is kept.
    threads : int

    Returns
    -------
    ndarray, shape (N, N, N)
        With ``N`` the smaller of ``M`` and ``TURNED``.
    """
    side = min(len(part), TURNED)
    k = signed_indices(side)
    square = (k**2)[:, None, None] + (k**2)[None, :, None] + np.arange(side // 2 + 1) ** 2
    copy = np.where(square <= finest**2, coarse_half(part, side), 0)
    return scipy.fft.irfftn(copy, s=(side,) * 3, workers=threads)


def best_lattice_change(
    first: np.ndarray, second: np.ndarray, threads: int = 1
) -> Tuple[np.ndarray, float]:
    """Rotation or reflection of the axes of the lattice with which two maps correlate best.

    Parameters
    ----------
    first, second : ndarray, shape (N, N, N)
        ``[z, y, x]``.
    threads : int

    Returns
    -------
    matrix : ndarray, shape (3, 3), int
        What takes ``x, y, z`` of the first map to the second; not the identity.  Its determinant is
        -1 for reflections.
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

    best = max(_lattice_changes(), key=correlation)
    return best, correlation(best)


def _lattice_changes() -> Iterator[np.ndarray]:
    """The 47 matrices of ``x, y, z`` that take lattice axes to lattice axes, but the identity."""
    for order in permutations(range(3)):
        for signs in product((1, -1), repeat=3):
            matrix = np.zeros((3, 3), int)
            matrix[range(3), order] = signs
            if not np.array_equal(matrix, np.eye(3)):
                yield matrix


def fit_rotation(first: np.ndarray, second: np.ndarray, independent: float) -> RotationFit:
    """Fit the rotation and magnification about the centre of the box that take one map to another.

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
    two = _inside(two, ball)
    total, logarithm = np.eye(3), 0.0
    turned = _inside(one, ball)
    before = _correlation(turned, two)
    for _ in range(_STEPS):
        columns = _changes(turned, ball)
        scale = float(np.vdot(turned, two) / np.vdot(turned, turned))
        normal = scale**2 * columns @ columns.T
        residual = two - scale * turned
        step = np.linalg.solve(normal, scale * columns @ residual.ravel())
        length = float(np.linalg.norm(step))
        step *= min(1.0, _LARGEST_STEP / max(length, 1e-12))
        total = Rotation.from_rotvec(step[:3]).as_matrix() @ total
        logarithm += float(step[3])
        turned = _inside(_changed(one, total, float(np.exp(logarithm))), ball)
        if length < _STILL:
            break
    covariances = _covariances(turned, two, ball, independent)
    vector = rotation_vector(total)
    axis = np.append(vector / max(float(np.linalg.norm(vector)), 1e-12), 0.0)
    (deviation, spread), by_shells = (
        (float(np.degrees(np.sqrt(axis @ each @ axis))), float(np.sqrt(each[3, 3])))
        for each in covariances
    )
    return RotationFit(
        vector=np.degrees(vector),
        deviation=deviation,
        before=before,
        after=_correlation(turned, two),
        magnification=float(np.exp(logarithm)),
        spread=spread,
        by_shells=by_shells,
    )


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


def _changes(values: np.ndarray, ball: np.ndarray) -> np.ndarray:
    """Change of a map by small rotations about ``x``, ``y``, ``z``, and by a magnification.

    Shape (4, voxels); zero outside the ball, and of mean zero: a constant is no change.  The
    magnification leaves the power of the map.
    """
    along_z, along_y, along_x = np.gradient(values)
    z, y, x = np.ogrid[tuple(slice(-(n // 2), n - n // 2) for n in values.shape)]
    changes = (
        z * along_y - y * along_z,
        x * along_z - z * along_x,
        y * along_x - x * along_y,
        -(x * along_x + y * along_y + z * along_z),
    )
    found = np.array([_inside(change, ball).ravel() for change in changes])
    flat = values.ravel()
    found[3] -= flat * (found[3] @ flat / max(float(flat @ flat), 1e-300))
    return found


def _covariances(
    one: np.ndarray, two: np.ndarray, ball: np.ndarray, independent: float
) -> List[np.ndarray]:
    """Two covariances of the fit by the noise of both maps, each (4, 4); huge at no maximum.

    The fit ends where the correlation is largest.  With ``u`` the mean of the maps, ``d`` half of
    their difference and ``L`` a change, which is antisymmetric, the slope of the correlation is
    ``2 <d, L u>``, and its curvature ``-<L one, L two>``.  The first covariance takes the variance
    of the slope from that of ``d``, as if the noise of different places were independent.  Under
    an imposed symmetry it is not: the second takes it from the slopes of the Fourier shells of
    ``d``, whose signs are independent.
    """
    one, two = (half / max(float(np.linalg.norm(half)), 1e-300) for half in (one, two))
    mean, noise = (one + two) / 2, (one - two) / 2
    of_mean, of_one, of_two = (_changes(each, ball) for each in (mean, one, two))
    curvature = of_one @ of_two.T
    curvature = (curvature + curvature.T) / 2
    if not np.linalg.eigvalsh(curvature)[0] > 0:
        return [np.eye(4) * _UNKNOWN] * 2
    # Neighbouring voxels of a low-passed map are not independent.
    variance = float(np.sum(noise**2)) / ball.sum() * ball.size / independent
    slopes = _slopes_of_shells(of_mean, noise)
    inverse = np.linalg.inv(curvature)
    of_slope = (4 * variance * of_mean @ of_mean.T, 4 * slopes @ slopes.T)
    return [inverse @ each @ inverse for each in of_slope]


def _slopes_of_shells(changes: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Products of changes with the Fourier shells of the noise, shape (4, shells)."""
    spectrum = scipy.fft.rfftn(noise).conj() / noise.size
    shells = shell_index(len(noise)).ravel()
    # A half spectrum holds most coefficients for two.
    spectrum[..., 1 : (len(noise) + 1) // 2] *= 2
    return np.array(
        [
            np.bincount(shells, (spectrum * scipy.fft.rfftn(each)).real.ravel())
            for each in changes.reshape(-1, *noise.shape)
        ]
    )


def _inside(values: np.ndarray, ball: np.ndarray) -> np.ndarray:
    """Values in a ball less their mean there, and zeros outside."""
    return (values - values[ball].mean()) * ball


def _changed(values: np.ndarray, matrix: np.ndarray, factor: float) -> np.ndarray:
    """Turn a map about the centre of its box by a rotation of ``x, y, z``, and magnify it."""
    backwards = matrix.T[::-1, ::-1] / factor  # of z, y, x
    centre = np.array(values.shape) // 2
    return affine_transform(values, backwards, centre - backwards @ centre, order=3, mode="nearest")


def _correlation(one: np.ndarray, two: np.ndarray) -> float:
    total: Tuple[float, float] = (float(np.vdot(one, one)), float(np.vdot(two, two)))
    return float(np.vdot(one, two)) / max(float(np.sqrt(total[0] * total[1])), 1e-300)
