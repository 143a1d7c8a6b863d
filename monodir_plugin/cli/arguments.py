"""Words of the command line as numbers, vectors and ranges; each says what it wanted instead."""

from __future__ import annotations

import argparse
import math
import os
import re
from typing import Tuple, Union

from ..numerics.symmetry import standard_name

__all__ = [
    "add_common",
    "centre",
    "cone",
    "count",
    "dots",
    "limits",
    "number",
    "numbers",
    "positive",
    "rows",
    "symmetry",
    "vector",
    "voxel",
]

_FEWEST_DOTS, _MOST_DOTS = 20, 2400


def rows(text: str) -> Tuple[int, int]:
    """``I:J``: axes I to J - 1."""
    found = re.fullmatch(r"(\d+):(\d+)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is not a range I:J, such as 0:27")
    return int(found.group(1)), int(found.group(2))


def dots(text: str) -> float:
    """Dots per inch of a picture."""
    value = number(text)
    if not _FEWEST_DOTS <= value <= _MOST_DOTS:
        raise argparse.ArgumentTypeError(
            f"{text} is not between {_FEWEST_DOTS} and {_MOST_DOTS} dots per inch"
        )
    return value


def number(text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a number") from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text} is not a finite number")
    return value


def positive(text: str) -> float:
    """A number above 0."""
    value = number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def count(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 1")
    return int(text)


def symmetry(text: str) -> str:
    """The name of a point group."""
    try:
        return standard_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def cone(text: str) -> float:
    """An opening of the cone, degrees."""
    value = number(text)
    if not 10 <= value <= 90:
        raise argparse.ArgumentTypeError(f"{text} is not between 10 and 90 degrees")
    return value


def triple(text: str, wanted: str) -> Tuple[float, float, float]:
    """``X,Y,Z``: three numbers."""
    parts = text.split(",")
    if len(parts) != 3:
        raise argparse.ArgumentTypeError(f"{text} is not {wanted}")
    x, y, z = (number(part) for part in parts)
    return x, y, z


def vector(text: str) -> Tuple[float, float, float]:
    """A direction ``X,Y,Z``, scaled so that its largest number is 1."""
    x, y, z = triple(text, "a direction X,Y,Z")
    largest = max(abs(x), abs(y), abs(z))
    if largest == 0:
        raise argparse.ArgumentTypeError(f"{text} has no direction")
    return x / largest, y / largest, z / largest


def centre(text: str) -> Union[str, Tuple[float, float, float]]:
    """``X,Y,Z`` in voxels, ``mask`` or ``box``."""
    return text if text in ("mask", "box") else triple(text, "X,Y,Z, mask or box")


def numbers(text: str) -> Tuple[int, ...]:
    """``I,J,...``: whole numbers from 0."""
    if re.fullmatch(r"\d+(,\d+)*", text) is None:
        raise argparse.ArgumentTypeError(f"{text} is not a list of whole numbers I,J,...")
    return tuple(int(word) for word in text.split(","))


def limits(text: str) -> Tuple[float, float]:
    """``LOW,HIGH``: two numbers, the smaller one first."""
    words = text.split(",")
    if len(words) != 2:
        raise argparse.ArgumentTypeError(f"{text} is not LOW,HIGH, such as 2,8")
    low, high = (number(word) for word in words)
    if low >= high:
        raise argparse.ArgumentTypeError(f"{text}: the smaller number comes first")
    return low, high


def voxel(text: str) -> Tuple[int, int, int]:
    """``X,Y,Z``: whole numbers from 0."""
    found = numbers(text)
    if len(found) != 3:
        raise argparse.ArgumentTypeError(f"{text} is not a voxel X,Y,Z")
    return found


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that computes: threads, and what is logged."""
    parser.add_argument(
        "--threads",
        type=count,
        default=_cores(),
        metavar="N",
        help="cores to work on (default: all): as many processes, which share the map, measure "
        "along one axis each, and everything else uses as many threads",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="log what is decided")


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
