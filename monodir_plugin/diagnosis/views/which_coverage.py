"""Which of two measurements of the coverage is used, and which cones are empty.

Noise that is weak along an axis has two possible causes: many views cover it, or none does.  The
power of the signal decides between them: a well covered axis keeps its signal, an empty cone has
neither.  If the signal of a map is too weak to decide, neither cause is reported.
"""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np

from ...numerics.geometry.axes import AxisSet
from .measured_coverage import MeasuredCoverage

__all__ = [
    "choose_coverage",
    "compared",
    "empty_cones",
    "even_unless_filtered",
    "next_to",
    "signal_is_kept",
]

#: Patterns whose logarithms deviate less are flat.
_FLAT = 0.2
#: Standard errors that decide between two measurements.
_SURE = 2.0
#: A filter along axes gives a slope of -1 and below; no filter gives one above this.
_NO_FILTER = -0.5
#: In an empty cone the noise is weak as if coverage were this many times the median, and the power
#: of the signal is below this part of its median.  Noise alone does not decide: it is as weak along
#: the axes that most views cover, 20 times below the median in simulations.
_WEAK_NOISE, _WEAK_SIGNAL = 2.0, 0.2
#: The cones of axes within this angle of an empty one reach into the empty cone, degrees.
_NEXT_TO_EMPTY = 20.0
#: Signal over noise with a larger relative error than the first is not used instead of the noise,
#: and with a larger one than the second it is not used alone.
_TOO_UNSURE, _SURE_ALONE = 0.6, 0.3
#: In simulated maps of even views the logarithm of signal over noise deviates by up to 0.36 over
#: the axes. By more than this, and so many times as much as that of noise, noise was evened out.
_UNEVEN, _EVENED = 0.55, 2.0
#: In a symmetric map, a filter along axes can have evened the noise out if the same logarithm
#: deviates by more than the first beyond its error, or if its error is larger than the second.
_MAYBE_EVENED, _SAYS_NOTHING = 0.15, 0.2
#: Coverages are compared from this part of the mean on.
_LEAST = 0.1
_FEWEST_AXES = 12
#: The power of a particle itself changes the slope by no more than this over the deviation of the
#: logarithm of the noise, even if it has the same pattern.
_OF_PARTICLE = 0.36
#: Independent directions that a comparison needs.  A cubic group leaves one: the power of the
#: particle then has the pattern of its coverage, of either sign, and says nothing about it.
_FEWEST_DIRECTIONS = 2.0


def empty_cones(noise: MeasuredCoverage, signal: Optional[MeasuredCoverage]) -> np.ndarray:
    """Axes whose cones are nearly empty, bool (axes,).

    None are found without a measurement of the signal.
    """
    if signal is None or signal.power is None:
        return np.zeros(len(noise.values), bool)
    return (noise.values > _WEAK_NOISE) & (signal.power < _WEAK_SIGNAL)


def next_to(empty: np.ndarray, axes: AxisSet) -> np.ndarray:
    """Axes that are empty or whose cones reach into an empty one, bool (axes,)."""
    return (axes.angles_to(axes.vectors)[:, empty] <= _NEXT_TO_EMPTY).any(axis=1)


def compared(
    noise: MeasuredCoverage,
    signal: Optional[MeasuredCoverage],
    where: np.ndarray,
    half_angle: float,
    copies: int = 1,
) -> Tuple[float, float]:
    """Slope of the logarithms of the signal's coverage against the noise's, and its error.

    Parameters
    ----------
    noise, signal : MeasuredCoverage
    where : ndarray of bool, shape (axes,)
        Axes that are compared.
    half_angle : float
        Half the opening of the cones, degrees.
    copies : int
        Members of the point group that was imposed: so many axes have one value.

    Returns
    -------
    slope, error : float
        NaN where there is nothing to compare, or the symmetry leaves too few directions.
    """
    if signal is None or np.count_nonzero(where) < _FEWEST_AXES:
        return np.nan, np.nan
    x, y = (np.log(np.maximum(found.values[where], _LEAST)) for found in (noise, signal))
    x, y = x - x.mean(), y - y.mean()
    if not x.any():
        return np.nan, np.nan
    slope = (x @ y) / (x @ x)
    independent = _directions(where, half_angle, copies)
    if independent < _FEWEST_DIRECTIONS:
        return np.nan, np.nan
    return float(slope), float(np.std(y - slope * x) / np.std(x) / np.sqrt(independent))


def _directions(where: np.ndarray, half_angle: float, copies: int) -> float:
    """Independent directions among axes: cones overlap, and copies have one value."""
    in_space = np.count_nonzero(where) / len(where) / (1 - np.cos(np.deg2rad(half_angle)))
    return min(in_space, np.count_nonzero(where)) / copies


def signal_is_kept(
    noise: MeasuredCoverage,
    signal: Optional[MeasuredCoverage],
    where: np.ndarray,
    half_angle: float,
    copies: int,
) -> bool:
    """Whether a symmetric map keeps its signal along the axes whose noise is weak.

    A filter that weakens the noise along an axis weakens the signal more.  The slope is compared
    with that of a filter.  The directions of a symmetric map may be too few to estimate its error
    from the residuals: it is at least that of the measurement, and where residuals say nothing,
    that which a particle would cause whose own power has the pattern of the noise.

    Parameters
    ----------
    noise, signal : MeasuredCoverage
        With the errors of :func:`.of_copies`.
    where : ndarray of bool, shape (axes,)
        Axes that are compared.
    half_angle : float
        Half the opening of the cones, degrees.
    copies : int
        Members of the point group that was imposed; False if it is 1.
    """
    if copies == 1 or signal is None or np.count_nonzero(where) < _FEWEST_AXES:
        return False
    x, y = (np.log(np.maximum(found.values[where], _LEAST)) for found in (noise, signal))
    x, y = x - x.mean(), y - y.mean()
    if not x.any():
        return False
    slope = float(x @ y / (x @ x))
    _, of_residuals = compared(noise, signal, where, half_angle, copies)
    independent = max(_directions(where, half_angle, copies), 1.0)
    measured = signal.error / np.sqrt(copies * independent) / np.std(x)
    errors = [np.hypot(_OF_PARTICLE / np.std(x), _SURE * measured)]
    if np.isfinite(of_residuals):
        errors.append(_SURE * max(measured, of_residuals))
    return bool(slope - min(errors) > _NO_FILTER)


def choose_coverage(
    noise: MeasuredCoverage,
    signal: Optional[MeasuredCoverage],
    slope: float,
    error: float,
    kept: bool = False,
    copies: int = 1,
) -> Tuple[str, str]:
    """Which measurement is used, and why; ``none`` if neither.

    Parameters
    ----------
    noise, signal : MeasuredCoverage
        With the errors of :func:`.of_copies`; the second may be None.
    slope, error : float
        Of :func:`compared`.
    kept : bool
        Of :func:`signal_is_kept`.
    copies : int
        Members of the point group that was imposed.
    """
    logs = (np.log(np.maximum(c, _LEAST)) for c in (noise.coarse, noise.fine))
    flat = max(np.std(each) for each in logs) < _FLAT
    unsure = signal is None or signal.error > _TOO_UNSURE
    if not unsure and slope + _SURE * error < 0:
        if slope - _SURE * error > _NO_FILTER:
            return "none", (
                "the noise is weakest along the axes with the least signal, but varies more than a "
                "filter would cause"
            )
        return "signal", (
            "the noise is weakest along the axes with the least signal, as after a filter along "
            "axes; the particle is assumed to have the same power along all axes"
        )
    if (flat or not unsure) and _evened_out(noise, signal, copies):
        return "none", (
            "the noise varies far less over the axes than signal over noise: either a filter along "
            "axes evened it out and many views cover the axes with most signal, or the particle "
            "has more power along those; give half maps that were not filtered"
        )
    if slope - _SURE * error > 0:
        return "noise", "signal over noise agrees with it"
    if flat:
        return "noise", "it is the same along all axes, at coarse and at fine resolution"
    if signal is not None and np.isfinite(slope) and signal.error < _SURE_ALONE:
        return "signal", (
            "the noise neither agrees with it nor contradicts it; the particle is assumed to have "
            "the same power along all axes"
        )
    if kept:
        return "noise", "where it is weak, the signal is too strong for a filter or an empty cone"
    return "none", (
        "the noise differs between axes: where it is weak, many views cover an axis, or none does, "
        "or a filter removed the noise, and the signal does not decide; give half maps that were "
        "not filtered, or the angles of the particles (--angles)"
    )


def even_unless_filtered(signal: Optional[MeasuredCoverage], copies: int) -> bool:
    """Whether even noise of a symmetric map may be that of uneven views and a filter along axes.

    Parameters
    ----------
    signal : MeasuredCoverage or None
        With the error of :func:`.of_copies`.
    copies : int
        Members of the point group that was imposed.  The signal of a map without symmetry has
        enough directions to contradict even noise.
    """
    if signal is None or copies == 1:
        return False
    varies = float(np.std(np.log(np.maximum(signal.values, _LEAST))))
    error = signal.error / float(np.sqrt(copies))
    return error > _SAYS_NOTHING or varies > np.hypot(error, _MAYBE_EVENED)


def _evened_out(noise: MeasuredCoverage, signal: Optional[MeasuredCoverage], copies: int) -> bool:
    """Whether noise varies less than signal over noise, by more than the error of the latter.

    Copies of an axis have one value, whose scatter over the axes is that of a map without symmetry.
    """
    if signal is None or signal.error / np.sqrt(copies) > _TOO_UNSURE:
        return False
    of_noise, of_signal = (
        float(np.std(np.log(np.maximum(found.values, _LEAST)))) for found in (noise, signal)
    )
    of_signal = np.sqrt(max(of_signal**2 - signal.error**2 / copies, 0.0))
    return of_signal > _UNEVEN and of_signal > _EVENED * of_noise
