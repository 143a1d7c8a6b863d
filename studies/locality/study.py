"""Image one half of a particle, measure all of it, and write the page."""

from __future__ import annotations

from typing import Callable, Dict, Iterator, List, Sequence, Tuple

import numpy as np

from studies.harness import Record, Setting, Study, filled, rst_table
from studies.truth.cases import QUICK, Case
from studies.truth.experiment import Experiment, make_experiment
from studies.truth.filters import HARD, SOFT
from studies.truth.measure import estimates_of
from studies.truth.oracle import oracle_of

__all__ = ["LEAKING", "by_distance", "half_along", "run"]

_CRITERIA = (0.5, 0.143)
#: Pairs are counted when they are finer than this, cycles per voxel.
_FINER = 0.2
#: Distances into the empty half, voxels.
_BINS: Tuple[Tuple[float, float], ...] = ((0, 4), (4, 8), (8, 12), (12, np.inf))
#: Cases, and the axis of the box (0: z, 1: y, 2: x) along which a half is empty.
_CASES: Tuple[Tuple[Case, int], ...] = (
    (Case("HA", "HA", 72, 3.2, 1.0, seed=51), 0),
    (Case("beta-gal", "beta-gal", 80, 3.2, 1.0, seed=52), 2),
    (Case("HA, less noise", "HA", 72, 3.2, 0.5, seed=51), 0),
)
#: The case on which the leakage of constants is measured.
LEAKING = _CASES[0]


def _measured(setting: Setting) -> Iterator[Record]:
    for case, axis in ((QUICK, 2),) if setting.quick else _CASES:
        yield from _of_case(case, axis, setting)


def half_along(axis: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Keep the density before the middle of the box along an axis of the array."""

    def half(density: np.ndarray, mask: np.ndarray) -> np.ndarray:
        kept = np.arange(density.shape[axis]) < density.shape[axis] // 2
        shape = [1, 1, 1]
        shape[axis] = len(kept)
        return (density * kept.reshape(shape)).astype(np.float32)

    return half


def _of_case(case: Case, axis: int, setting: Setting) -> Iterator[Record]:
    change = (f"half along {axis}", half_along(axis))
    experiment = make_experiment(case, setting.models, setting.cache, setting.threads, change)
    for criterion in _CRITERIA:
        tables: Dict[str, np.ndarray] = {}
        for filter_ in (HARD, SOFT):
            oracle = oracle_of(experiment, setting.cache, filter_)
            tables[f"oracle, {filter_.name}"] = oracle.table(criterion)
        for one in estimates_of(experiment, setting):
            if one.table is not None:
                tables[one.name] = one.table(criterion)
        for name, table in tables.items():
            shares = by_distance(experiment, table, axis)
            yield {
                "case": case.name,
                "noise": case.noise,
                "criterion": criterion,
                "estimate": name,
                **shares,
            }


def by_distance(experiment: Experiment, table: np.ndarray, axis: int) -> Record:
    """Share of the pairs finer than the limit, by distance into the empty half."""
    size = experiment.case.size
    place = np.unravel_index(experiment.voxels, (size,) * 3)[axis] - size // 2
    shares: Record = {}
    for low, high in _BINS:
        inside = (place >= low) & (place < high)
        share = float(np.mean(table[:, inside] > _FINER)) if inside.any() else float("nan")
        shares[_name(low, high)] = share
        shares[f"voxels_{_name(low, high)}"] = int(inside.sum())
    return shares


def _name(low: float, high: float) -> str:
    return f"{low:g}-{high:g}" if np.isfinite(high) else f"beyond {low:g}"


def _page(records: Sequence[Record], _: Setting) -> str:
    parts: List[str] = []
    names = [_name(*each) for each in _BINS]
    for key in dict.fromkeys((r["case"], r["criterion"]) for r in records):
        some = [r for r in records if (r["case"], r["criterion"]) == key]
        rows = [[str(r["estimate"]), *(f"{r[name]:.3f}" for name in names)] for r in some]
        rows.append(["voxels", *(f"{some[0][f'voxels_{name}']}" for name in names)])
        title = f"{key[0]}, noise {some[0]['noise']:g}, FSC {key[1]:g}:"
        parts += [title, "", rst_table(["", *names], rows)]
    return filled(__file__, finer=_FINER, tables="\n".join(parts))


run = Study("validation/locality", _measured, _page).run
