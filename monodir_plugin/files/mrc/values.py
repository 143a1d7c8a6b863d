"""The values of a map: what cannot be measured is refused, and what is in doubt is named."""

from __future__ import annotations

from typing import Iterator, List, Tuple

import numpy as np

from ...errors import InputError
from ...numerics.geometry.moments import mean_and_deviation
from .header import MrcHeader

__all__ = ["check_values"]

#: Share of voxels at the limits of an integer type above which values count as clipped.
_CLIPPED = 1e-4
#: Squares of larger values, and of smaller deviations, leave the range of 32-bit reals.
_LARGEST_VALUE, _SMALLEST_DEVIATION = 1e18, 1e-18
#: Voxels of a box, as a share, that may not hold more than this share of its variance.
_FEW, _MOST = 2e-6, 0.9
#: Lines of a section that are compared first.
_LINES = 4
#: Every so many sections of 16-bit numbers are compared with what other types would hold.
_EVERY = 4
#: Neighbours of another type correlate by so much more if that type is the right one.
_SMOOTHER = 0.2
#: So many steps of half of the range of the type are the ends of it, if the other sign has none.
_WRAPPED = 5
_SIXTEEN = {"i2": "16-bit integers", "u2": "unsigned 16-bit integers", "f2": "16-bit reals"}


def check_values(name: str, values: np.ndarray, header: MrcHeader) -> List[str]:
    """Refuse values that cannot be measured.

    Parameters
    ----------
    name : str
        What to call the file in messages.
    values : ndarray, shape (N, N, N), float32
        Finite.
    header : MrcHeader

    Returns
    -------
    list of str
        What is in doubt about them; sentences whose subject is the file.

    Raises
    ------
    InputError
    """
    least, most = float(values.min()), float(values.max())
    if least == most:
        raise InputError(f"{name}: every voxel has the same value; give another file")
    if max(-least, most) > _LARGEST_VALUE:
        raise InputError(
            f"{name}: its values reach {max(-least, most, key=abs):.2g}, which no map holds: the "
            "file is damaged, or has another byte order or mode than its header says; make the "
            "map again"
        )
    mean, deviation = mean_and_deviation(values)
    if deviation < _SMALLEST_DEVIATION:
        raise InputError(
            f"{name}: its values differ by {deviation:.2g} only, where 32-bit reals lose digits; "
            "multiply the map by a number that brings them near 1"
        )
    if header.dtype.itemsize == 2:
        _check_sixteen(name, values, header)
    if header.dtype.kind in "iu":
        _check_clipped(name, values, header)
    return [*_few_voxels(values, mean, deviation), *_sections(values)]


def _check_clipped(name: str, values: np.ndarray, header: MrcHeader) -> None:
    kind = np.dtype(np.uint8) if header.signed_bytes is False else header.dtype
    limits = np.iinfo(kind)
    clipped = np.mean((values == limits.max) | ((values == limits.min) & (limits.min < 0)))
    if clipped > _CLIPPED:
        raise InputError(
            f"{name}: {100 * clipped:.2g} % of its {kind.newbyteorder('=')} values lie at the "
            "limits of the type and were clipped; save the map as 32-bit reals (mode 2)"
        )


def _check_sixteen(name: str, values: np.ndarray, header: MrcHeader) -> None:
    """Refuse 16-bit numbers that are smoother if they are read as another type.

    Read as a wrong type, signs and wrapped values put steps between neighbours.
    """
    said = header.dtype.newbyteorder("=")
    some = np.ascontiguousarray(values[::_EVERY]).astype(said)
    here = _smoothness(some)
    for kind, words in _SIXTEEN.items():
        swapped = kind == said.str[1:]
        other = some.byteswap() if swapped else some.view(kind)
        signs = not swapped and kind[0] in "iu" and said.kind in "iu"
        if _smoothness(other) > here + _SMOOTHER or (signs and _wraps(values, said, kind)):
            what = "of the other byte order" if swapped else words
            raise InputError(
                f"{name}: neighbouring values fit each other if they are read as {what}, and not "
                f"as {_SIXTEEN[said.str[1:]]}, as its header says; correct the header, or save the "
                "map again as 32-bit reals (mode 2)"
            )


def _smoothness(values: np.ndarray) -> float:
    """Correlation of neighbours along x; -1 if a value is not finite."""
    reals = values.astype(np.float64)
    if not np.isfinite(reals).all() or reals.std() == 0:
        return -1.0
    reals -= reals.mean()
    return float(np.mean(reals[..., 1:] * reals[..., :-1]) / np.mean(reals**2))


def _wraps(values: np.ndarray, said: np.dtype, other: str) -> bool:
    """Whether values jump from one end of their type to the other, and not of the other sign."""
    steps = 0
    for section in values:
        stored = section.astype(said)
        if _steps(stored.view(other)):
            return False
        steps += _steps(stored)
    return steps >= _WRAPPED


def _steps(values: np.ndarray) -> int:
    """Number of neighbours along x that differ by more than half of the range of 16 bits."""
    return int(np.count_nonzero(np.abs(np.diff(values.astype(np.int32))) > 1 << 15))


def _few_voxels(values: np.ndarray, mean: float, deviation: float) -> List[str]:
    """Whether hardly any voxels hold nearly all of the variance, as hot pixels do."""
    few = max(int(_FEW * values.size), 1)
    most = _MOST * values.size * deviation**2
    # For nearly all maps the farthest value is enough to decide.
    if few * max(float(values.max()) - mean, mean - float(values.min())) ** 2 < most:
        return []
    distance = np.abs(values - np.float32(mean)).ravel()
    largest = np.partition(distance, len(distance) - few)[-few:].astype(np.float64)
    if np.sum(largest**2) < most:
        return []
    return [
        f"{few} of its voxels hold {100 * _MOST:g} % of its variance (values up to "
        f"{largest.max():.3g} from the mean): they were kept, but outweigh all others; replace them"
    ]


def _sections(values: np.ndarray) -> Iterator[str]:
    """Whether sections along an axis are empty between others, or copies of the one before."""
    empty, copies = zip(*(_odd_sections(np.moveaxis(values, axis, 0)) for axis in range(3)))
    if any(empty):
        axis = int(np.argmax(empty))
        yield (
            f"{empty[axis]} of its sections along {'zyx'[axis]} hold one value only and lie "
            "between others that do not: the file is damaged, and resolutions are wrong; make the "
            "map again"
        )
    if any(copies):
        axis = int(np.argmax(copies))
        yield (
            f"{copies[axis]} of its sections along {'zyx'[axis]} are copies of the one before: "
            "voxels were repeated to enlarge it, and resolutions come out too fine; give the map "
            "as it was reconstructed"
        )


def _odd_sections(values: np.ndarray) -> Tuple[int, int]:
    """Numbers of empty sections between others, and of copies of the section before."""
    step = max(values.shape[1] // _LINES, 1)
    lines = values[:, ::step]
    flat = np.array([(part == part[0, 0]).all() for part in lines])
    flat[flat] = [(values[i] == values[i, 0, 0]).all() for i in np.flatnonzero(flat)]
    same = np.flatnonzero([(a == b).all() for a, b in zip(lines[:-1], lines[1:])])
    copies = sum(not flat[i] and bool((values[i] == values[i + 1]).all()) for i in same)
    filled = np.flatnonzero(~flat)
    return int(flat[filled[0] : filled[-1]].sum()), int(copies)
