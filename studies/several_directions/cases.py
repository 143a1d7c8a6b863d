"""The maps of the study, and the distributions of their views."""

from __future__ import annotations

from typing import Iterator, NamedTuple, Tuple, Union

import numpy as np
from scipy.spatial.transform import Rotation

from monodir_plugin.simulation import Views

__all__ = ["Case", "TwoLines", "of_one_group", "of_symmetries"]

Line = Tuple[float, float, float]

#: Concentration of views about a preferred direction.
CONCENTRATION = 20.0
#: Shares of the views about a first and a second direction; the rest is even.
SHARES = ((0.45, 0.45), (0.5, 0.3), (0.35, 0.35), (0.6, 0.2))
#: Two directions are so many degrees apart at least.
APART = 45.0
#: Maps of two directions, of one, and of even views; and of rings and cones.
MAPS, RINGS = 20, 8
MODELS = ("compact", "elongated")
GROUPS = ("C7", "D7", "T", "O")
#: Directions about which 80 % of the views of a symmetric particle lie.
LINES = ((0.0, 0.0, 1.0), (1.0, 0.4, 1.0))


class TwoLines(NamedTuple):
    """Views about two directions, the rest even; it draws as ``Views`` does."""

    first: Line
    second: Line
    shares: Tuple[float, float]

    def draw(self, count: int, rng: np.random.Generator) -> Rotation:
        """Draw orientations of images."""
        parts = [
            Views(CONCENTRATION, axis=self.first).draw(count, rng).as_quat(),
            Views(CONCENTRATION, axis=self.second).draw(count, rng).as_quat(),
            Views().draw(count, rng).as_quat(),
        ]
        which = rng.choice(3, size=count, p=[*self.shares, 1 - sum(self.shares)])
        return Rotation.from_quat(np.stack(parts)[which, np.arange(count)])


class Case(NamedTuple):
    """One simulated map."""

    kind: str
    model: str
    group: str
    views: Union[Views, TwoLines]
    images: int
    noise: float
    filtered: bool = False


def of_one_group(quick: bool = False) -> Iterator[Case]:
    """Maps without symmetry: two directions, one, none, and rings and cones about one."""
    rng = np.random.default_rng(21)
    for i in range(1 if quick else MAPS):
        model = MODELS[i % 2]
        first, second = _two_lines(rng)
        yield Case("two", model, "C1", TwoLines(first, second, SHARES[i // 2 % 4]), *_imaging(rng))
        even = (0.1, 0.2, 0.3, 0.5)[i // 2 % 4]
        one = Views(CONCENTRATION, axis=first, even=even)
        yield Case("one", model, "C1", one, *_imaging(rng))
        yield Case("even", model, "C1", Views(), *_imaging(rng))
    for i in range(0 if quick else RINGS):
        x, y, z = rng.normal(size=3).tolist()
        axis = (x, y, z)
        views = (
            Views(CONCENTRATION, axis=axis, stage_tilt=40.0, even=0.1),
            Views(tilts=(0.0, 50.0), axis=axis),
            Views(-12.0, axis=axis),
            Views(tilts=(0.0, 70.0), axis=axis),
        )[i % 4]
        yield Case("ring", MODELS[i // 4], "C1", views, *_imaging(rng))


def of_symmetries(quick: bool = False) -> Iterator[Case]:
    """Maps of particles with many copies, as reconstructed and filtered along their axes."""
    for group in GROUPS[: 1 if quick else None]:
        for i, line in enumerate(LINES[: 1 if quick else None]):
            views = Views(CONCENTRATION, axis=line, even=0.2)
            for filtered in (False, True):
                yield Case("symmetric", "compact", group, views, 300, (0.5, 1.0)[i], filtered)
        yield Case("symmetric and even", "compact", group, Views(), 300, 1.0)


def _two_lines(rng: np.random.Generator) -> Tuple[Line, Line]:
    while True:
        lines = rng.normal(size=(2, 3))
        lines /= np.linalg.norm(lines, axis=1, keepdims=True)
        if np.rad2deg(np.arccos(abs(lines[0] @ lines[1]))) > APART:
            (a, b, c), (d, e, f) = lines.tolist()
            return (a, b, c), (d, e, f)


def _imaging(rng: np.random.Generator) -> Tuple[int, float]:
    return int(rng.choice([500, 1000, 2000])), float(rng.choice([0.5, 1.0, 2.0]))
