"""Reconstruct noise alone, measure it, and write the page."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Sequence

import numpy as np

from monodir_plugin.numerics.geometry.grid import distance_map
from studies.harness import Record, Setting, Study, filled, rst_table
from studies.truth.cases import Case
from studies.truth.experiment import Experiment, image
from studies.truth.filters import GRID
from studies.truth.measure import estimates_of

__all__ = ["run"]

_CRITERIA = (0.5, 0.143)
_SEEDS, _SIZE, _IMAGES = 20, 48, 200
#: Radius of the mask, a ball, over the box.
_RADIUS = 0.27
#: Frequencies of the page's table; the csv has all.
_SHOWN = (0.0, 0.145, 0.205, 0.295, 0.4)


def _seeds(setting: Setting) -> int:
    return 1 if setting.quick else _SEEDS


def _measured(setting: Setting) -> Iterator[Record]:
    return _means([r for seed in range(_seeds(setting)) for r in _of_seed(seed, setting)])


def _of_seed(seed: int, setting: Setting) -> Iterator[Record]:
    experiment = _noise_alone(seed, setting)
    for one in estimates_of(experiment, setting, published=False):
        if one.table is None:
            continue
        for criterion in _CRITERIA:
            table = one.table(criterion)
            for frequency in (0.0, *GRID):
                yield {
                    "criterion": criterion,
                    "estimate": one.name,
                    "frequency": float(frequency),
                    "share": float(np.mean(table > max(frequency - 1e-4, 0.0))),
                }


def _noise_alone(seed: int, setting: Setting) -> Experiment:
    case = Case(f"noise-{seed}", "blob", _SIZE, 4.0, 1.0, images=_IMAGES, seed=100 + seed)
    mask = distance_map(_SIZE) < _RADIUS * _SIZE
    names = ("mask", "clean", "noise", "half1", "half2", "noises", "flexible")

    def make() -> Dict[str, Any]:
        nothing = np.zeros((_SIZE,) * 3, np.float32)
        made = image(nothing, mask, case, setting.threads, realisations=0)
        return {name: getattr(made, name) for name in names}

    stored: Dict[str, Any] = setting.cache.arrays("maps-noise", (case, _RADIUS), make)
    return Experiment(case, **{name: stored[name] for name in names})


def _means(records: Sequence[Record]) -> Iterator[Record]:
    """Means and standard deviations over the seeds."""
    groups: Dict[tuple, List[float]] = {}
    for record in records:
        key = (record["criterion"], record["estimate"], record["frequency"])
        groups.setdefault(key, []).append(float(record["share"]))
    for (criterion, name, frequency), shares in groups.items():
        yield {
            "criterion": criterion,
            "estimate": name,
            "frequency": frequency,
            "share": float(np.mean(shares)),
            "deviation": float(np.std(shares, ddof=1)) if len(shares) > 1 else float("nan"),
        }


def _page(means: Sequence[Record], setting: Setting) -> str:
    parts: List[str] = []
    head = ["", "at all", *(f"{shown:g}" for shown in _SHOWN[1:])]
    for criterion in _CRITERIA:
        some = [m for m in means if m["criterion"] == criterion]
        rows = []
        for name in dict.fromkeys(str(m["estimate"]) for m in some):
            shares = {m["frequency"]: m["share"] for m in some if m["estimate"] == name}
            rows.append([name, *(f"{100 * shares[f]:.2f}" for f in _SHOWN)])
        parts += [f"FSC {criterion:g}, percent of the pairs finer than:", "", rst_table(head, rows)]
    return filled(__file__, seeds=_seeds(setting), tables="\n".join(parts))


run = Study("validation/noise", _measured, _page).run
