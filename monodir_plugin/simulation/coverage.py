"""How well views cover Fourier axes.

A view ``p`` contributes the Fourier plane across it.  The coverage of an axis is thus
the mean density of views over the great circle across the axis, the Funk transform of
that density, and the power of a reconstruction's noise along an axis goes as one over
its coverage.
"""

from __future__ import annotations

from typing import Callable

import numpy as np

__all__ = ["coverage_of_axes", "coverage_of_density", "coverage_of_views"]

_ON_CIRCLE = 720
_NODES = 513


def coverage_of_views(views: np.ndarray, axes: np.ndarray, width: float = 15.0) -> np.ndarray:
    """Coverage of axes by given views.

    Parameters
    ----------
    views : ndarray, shape (views, 3)
        Unit vectors ``x, y, z``.
    axes : ndarray, shape (axes, 3)
        Unit vectors.
    width : float
        A view counts for an axis when its plane comes within this angle of it, degrees.

    Returns
    -------
    ndarray, shape (axes,)
        1 is what uniform views would give.
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
        Of views, up to a factor, at given cosines of their tilt (-1 to 1).

    Returns
    -------
    ndarray
        1 everywhere for uniform views, mean 1 over the axes otherwise.
    """
    phase = np.linspace(0, 2 * np.pi, _ON_CIRCLE, endpoint=False)
    nodes = np.linspace(0, 1, _NODES)
    # A view on the great circle across the axis has a z of at most sin(angle of the axis).
    view_z = np.sqrt(1 - nodes**2)[:, None] * np.cos(phase)
    covered = density(view_z).mean(axis=1)
    # Only here: it takes a tenth of a second to load, which every command would wait for.
    from scipy.integrate import trapezoid

    covered /= trapezoid(covered, nodes)
    return np.interp(np.abs(cosine), nodes, covered)


def coverage_of_axes(cosine: np.ndarray, concentration: float) -> np.ndarray:
    """Coverage of axes by views spread about z with a Watson distribution.

    Parameters
    ----------
    cosine : ndarray
        Cosine of the angle between axis and z.
    concentration : float
        Density of views goes as ``exp(concentration cos² tilt)``; 0 is
        uniform, positive prefers views along z.

    Returns
    -------
    ndarray
        1 everywhere for uniform views, mean 1 over the axes otherwise.
    """
    return coverage_of_density(cosine, lambda z: np.exp(concentration * (z**2 - 1)))
