"""Converters for argparse: each turns text into a value, or states what the value must be.

Checks of other packages are imported when a value is converted: parsers are also built to print
help, which should not wait for numerical libraries.
"""

from __future__ import annotations

import argparse
import math
import re
from typing import Tuple, Union

from ..numerics.parallel.cores import available_cores
from .parser import nearest

__all__ = [
    "add_common",
    "add_verbose",
    "axis_range",
    "centre",
    "cone_angle",
    "dots_per_inch",
    "integers",
    "limits",
    "number",
    "point",
    "positive_integer",
    "positive_number",
    "symmetry",
    "vector",
    "voxel",
]

_LOWEST_DPI, _HIGHEST_DPI = 20, 2400


def axis_range(text: str) -> Tuple[int, int]:
    """``I:J``: axes I to J - 1."""
    match = re.fullmatch(r"(\d+):(\d+)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text} is not a range I:J, such as 0:27")
    return int(match.group(1)), int(match.group(2))


def dots_per_inch(text: str) -> float:
    """Dots per inch of a PNG file."""
    value = number(text)
    if not _LOWEST_DPI <= value <= _HIGHEST_DPI:
        raise argparse.ArgumentTypeError(
            f"{text} is not between {_LOWEST_DPI} and {_HIGHEST_DPI} dots per inch"
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


def positive_number(text: str) -> float:
    """A number above 0."""
    value = number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def positive_integer(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        plain = re.sub(r"[,_' ]", "", text)
        grouped = re.fullmatch(r"\d{1,3}([,_' ]\d{3})+", text)
        fix = f"; write {plain}" if grouped and int(plain) else ""
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 1{fix}")
    return int(text)


def preset(text: str) -> str:
    """The name of a preset."""
    if text == "default":
        # Without the import of all presets, which takes half a second.
        return text
    from ..numerics.measurement.presets import PRESETS

    if text not in PRESETS:
        nearby = nearest(text, PRESETS)
        meant = f"; did you mean {nearby}?" if nearby else "."
        raise argparse.ArgumentTypeError(
            f"there is no {text}{meant} The choices are {', '.join(PRESETS)}"
        )
    return text


def symmetry(text: str) -> str:
    """The name of a point group."""
    from ..numerics.geometry.symmetry import standard_name

    try:
        return standard_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def cone_angle(text: str) -> float:
    """The full opening angle of a cone, degrees."""
    from ..numerics.problem.settings import check_cone

    value = number(text)
    try:
        check_cone(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return value


def _triple(text: str, form: str) -> Tuple[float, float, float]:
    """``X,Y,Z``: three numbers; ``form`` names the accepted form in the message."""
    parts = text.split(",")
    if len(parts) != 3:
        raise argparse.ArgumentTypeError(f"{text} is not {form}; write it as 0,0,1, without blanks")
    x, y, z = (number(part) for part in parts)
    return x, y, z


def vector(text: str) -> Tuple[float, float, float]:
    """A direction ``X,Y,Z``, scaled so that its largest component is 1 or -1."""
    x, y, z = _triple(text, "a direction X,Y,Z")
    largest = max(abs(x), abs(y), abs(z))
    if largest == 0:
        raise argparse.ArgumentTypeError(f"{text} has no direction")
    return x / largest, y / largest, z / largest


def point(text: str) -> Tuple[float, float, float]:
    """A position ``X,Y,Z``."""
    return _triple(text, "a position X,Y,Z")


def centre(text: str) -> Union[str, Tuple[float, float, float]]:
    """``X,Y,Z`` in voxels, ``mask`` or ``box``."""
    return text if text in ("mask", "box") else _triple(text, "X,Y,Z, mask or box")


def integers(text: str) -> Tuple[int, ...]:
    """``I,J,...``: whole numbers of at least 0."""
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
    """``X,Y,Z``: whole numbers of at least 0."""
    if re.fullmatch(r"\d+,\d+,\d+", text) is None:
        raise argparse.ArgumentTypeError(
            f"{text} is not a voxel: give three whole numbers X,Y,Z, such as 32,32,32, "
            "without blanks"
        )
    x, y, z = integers(text)
    return x, y, z


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that computes."""
    parser.add_argument(
        "--threads",
        type=positive_integer,
        default=available_cores(),
        metavar="N",
        help="number of CPU cores to use, as processes or threads (default: all available cores)",
    )
    add_verbose(parser)


def add_verbose(parser: argparse.ArgumentParser) -> None:
    """Add the option that logs decisions."""
    parser.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="log decisions and estimates to standard error",
    )
