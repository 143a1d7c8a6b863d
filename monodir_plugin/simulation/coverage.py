"""Coverage of Fourier axes by views.

A view ``p`` contributes the Fourier plane perpendicular to it.  The coverage of an axis is
the mean density of views over the great circle perpendicular to the axis, the Funk transform of
that density.  The noise power of a reconstruction along an axis is inversely proportional to its
coverage.
"""

from __future__ import annotations

from typing import Callable

import numpy as np

__all__ = ["coverage_of_axes", "coverage_of_density", "coverage_of_views"]

_ON_CIRCLE = 720
_NODES = 513


def coverage_of_views(views: np.ndarray, axes: np.ndarray, width: float = 15.0) -> np.ndarray:
    """Coverage of axes by a list of views.

    Parameters
    ----------
    views : ndarray, shape (views, 3)
        Unit vectors ``x, y, z``.
    axes : ndarray, shape (axes, 3)
        Unit vectors.
    width : float
        A view contributes to an axis if its plane is within this angle of it, degrees.

    Returns
    -------
    ndarray, shape (axes,)
        1 on average for uniform views.
    """
    near = np.sin(np.deg2rad(width))
    return np.mean(np.abs(axes @ views.T) < near, axis=1) / near


def coverage_of_density(
    cosine: np.ndarray, density: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Coverage of axes by views whose density depends on their tilt alone.

    Parameters
    ----------
    cosine : ndarray
        Cosine of the angle between axis and z.
    density : callable
        Density of views at cosines of their tilt (-1 to 1), of any scale.

    Returns
    -------
    ndarray
        The mean over all axes is 1; for uniform views it is 1 everywhere.
    """
    phase = np.linspace(0, 2 * np.pi, _ON_CIRCLE, endpoint=False)
    nodes = np.linspace(0, 1, _NODES)
    # The z of views on the great circle perpendicular to an axis is at most the sine of its angle.
    view_z = np.sqrt(1 - nodes**2)[:, None] * np.cos(phase)
    covered = density(view_z).mean(axis=1)
    # Imported here because it takes a tenth of a second, for which every command would wait.
    from scipy.integrate import trapezoid

    covered /= trapezoid(covered, nodes)
    return np.interp(np.abs(cosine), nodes, covered)


def coverage_of_axes(cosine: np.ndarray, concentration: float) -> np.ndarray:
    """Coverage of axes by views with a Watson distribution about z.

    Parameters
    ----------
    cosine : ndarray
        Cosine of the angle between axis and z.
    concentration : float
        The density of views is proportional to ``exp(concentration cos² tilt)``: 0 is uniform,
        and positive values favour views along z.

    Returns
    -------
    ndarray
        The mean over all axes is 1; for uniform views it is 1 everywhere.
    """
    return coverage_of_density(cosine, lambda z: np.exp(concentration * (z**2 - 1)))
