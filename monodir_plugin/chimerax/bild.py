"""Objects of ChimeraX's format BILD as text: numbers, and the arrows of the box."""

from __future__ import annotations

from typing import List, Sequence, Union

import numpy as np
from matplotlib.colors import to_rgb

__all__ = ["arrows_text", "numbers"]

#: Okabe and Ito's colours.
_ARROWS = {"x": "#D55E00", "y": "#009E73", "z": "#0072B2"}
#: Strokes between points of a square from -1 to 1.
_LETTERS = {
    "x": (((-0.7, -1), (0.7, 1)), ((-0.7, 1), (0.7, -1))),
    "y": (((0, 0), (-0.7, 1)), ((0, 0), (0.7, 1)), ((0, 0), (0, -1))),
    "z": (((-0.7, 1), (0.7, 1)), ((0.7, 1), (-0.7, -1)), ((-0.7, -1), (0.7, -1))),
}


def numbers(values: Union[Sequence[float], np.ndarray]) -> str:
    """Numbers with three decimals; negative zero becomes zero."""
    return " ".join(f"{round(float(value), 3) + 0.0:.3f}" for value in values)


def arrows_text(corner: np.ndarray, length: float) -> str:
    """Arrows along x, y and z from a corner (Å), with their letters, as BILD objects."""
    lines: List[str] = [".comment the axes of the box"]
    for axis, (name, colour) in enumerate(_ARROWS.items()):
        tip = corner + length * np.eye(3)[axis]
        middle = tip + 0.15 * length * np.eye(3)[axis]
        lines += [
            f".note {name}",
            f".color {numbers(to_rgb(colour))}",
            f".arrow {numbers(corner)} {numbers(tip)} {0.02 * length:.3f}",
        ]
        for stroke in _LETTERS[name]:
            # Letters are upright in the first view of ChimeraX: they lie in the plane x, y.
            start, stop = (middle + 0.07 * length * np.array([*end, 0.0]) for end in stroke)
            lines.append(f".cylinder {numbers(start)} {numbers(stop)} {0.012 * length:.3f}")
    return "\n".join(lines) + "\n"
