"""Diagnose the views of maps with two preferred directions, with one, with none; and symmetric."""

from __future__ import annotations

from itertools import chain
from typing import Iterator, List, Tuple

import numpy as np
import scipy.fft
from scipy.stats import spearmanr

from monodir_plugin.diagnosis.views.missing_views import MissingViews, missing_views
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.symmetry import rotations_of
from monodir_plugin.simulation import blob_particle, coverage_of_views, views_of
from studies.harness import Record, Setting, Study, binomial_interval, filled, rst_table, some
from studies.several_directions.cases import GROUPS, Case, TwoLines, of_one_group, of_symmetries
from studies.strong_preference.symmetric import symmetric_halves, symmetrised
from studies.views.measure import rod

__all__ = ["run"]

SIZE, SAMPLING = 48, 3.0
AXES = AxisSet.icosahedral(81)
#: Where the noise of symmetric maps is taken from; that of the others is from half maps.
SOURCES = ("half maps", "solvent")
#: A direction was found if it is named within this angle, degrees.
_NEAR = 12.0
#: An answer about a symmetric map is wrong if its coverage is off by more than this anywhere ...
_OFF = 0.3
#: ... and rests on fewer than this rank correlation.
_RANK = 0.7
_ANSWERS = ("unknown", "right", "right, both readings", "wrong, both readings", "wrong")
#: Kinds of symmetric maps.
_TREATMENTS = (
    ("symmetric and even", 0, "even views"),
    ("symmetric", 0, "as reconstructed"),
    ("symmetric", 1, "filtered along axes"),
)
#: Distributions without a second direction.
_OTHERS = {"one": "one direction", "even": "even views", "ring": "rings, cones and belts"}


def _particle(case: Case) -> Tuple[np.ndarray, np.ndarray]:
    density, mask = rod(SIZE) if case.model == "elongated" else blob_particle(SIZE, 11)
    if case.group == "C1":
        return density, mask
    mask = symmetrised(mask.astype(np.float32), case.group) > 0.25
    return symmetrised(density, case.group), mask


def _filtered(volume: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """A map filtered as a refinement does whose signal is as strong as its noise at coverage 1."""
    k = np.fft.fftfreq(SIZE)
    kz, ky, kx = np.meshgrid(k, k, np.fft.rfftfreq(SIZE), indexing="ij")
    directions = np.stack([kx, ky, kz], axis=-1)
    directions /= np.maximum(np.linalg.norm(directions, axis=-1, keepdims=True), 1e-9)
    gain = (covered / (covered + 1.0))[AXES.closest(directions)]
    filtered: np.ndarray = scipy.fft.irfftn(scipy.fft.rfftn(volume) * gain, s=volume.shape)
    return filtered.astype(np.float32)


def _measured(setting: Setting) -> Iterator[Record]:
    cases = chain(of_one_group(setting.quick), of_symmetries(setting.quick))
    for seed, case in enumerate(cases, 900):
        density, mask = _particle(case)
        halves, orientations = symmetric_halves(
            density, case.group, case.views, case.images, case.noise, seed
        )
        turns = rotations_of(case.group)
        copies = np.concatenate([turn.apply(views_of(orientations)) for turn in turns])
        true = coverage_of_views(copies, AXES.vectors)
        true /= true.mean()
        if case.filtered:
            halves = [_filtered(half, true) for half in halves]
        volume = (halves[0] + halves[1]) / 2
        for source in SOURCES[: 1 if case.group == "C1" else None]:
            given = (halves[0], halves[1]) if source == "half maps" else None
            found = missing_views(volume, mask, SAMPLING, AXES, given, 1, case.group, case.images)
            yield {
                "kind": case.kind,
                "model": case.model,
                "group": case.group,
                "images": case.images,
                "noise": case.noise,
                "filtered": int(case.filtered),
                "source": source,
                "true_worst": float(true.min()),
                "true_best": float(true.max()),
                **_compared(found, case, true),
            }


def _compared(found: MissingViews, case: Case, true: np.ndarray) -> Record:
    out: Record = {"found": found.kind, "unless_filtered": int(found.even_unless_filtered)}
    if found.views is None:
        return out
    second = found.second
    out["second"] = int(second is not None)
    out["rank"] = float(spearmanr(found.coverage, true)[0])
    out["worst"], out["best"] = float(found.coverage.min()), float(found.coverage.max())
    if isinstance(case.views, TwoLines):
        lines = AxisSet(np.array([case.views.first, case.views.second]))
        out["apart"] = float(lines.angles_to(lines.vectors[0])[1])
        out["off"] = 90.0
        if second is not None:
            angles = lines.angles_to(np.stack([found.line, second]))
            pairs = (angles[0, 0], angles[1, 1]), (angles[0, 1], angles[1, 0])
            out["off"] = float(min(max(pair) for pair in pairs))
    return out


def rate(hits: List[bool]) -> str:
    """A count of hits, and the 95 % interval of their share."""
    if not hits:
        return "none"
    low, high = binomial_interval(sum(hits), len(hits))
    return f"{sum(hits)} of {len(hits)} ({100 * low:.0f} to {100 * high:.0f} %)"


def _directions(found: List[Record]) -> str:
    two = some(found, kind="two")
    near = [r.get("off", 90.0) <= _NEAR for r in two]
    wrong = [bool(r.get("second")) and r["off"] > _NEAR for r in two]
    rows = [
        [f"two directions, both named within {_NEAR:.0f} degrees", rate(near)],
        ["two directions, a wrong one named", rate(wrong)],
    ]
    for kind, words in _OTHERS.items():
        false = [bool(r.get("second")) for r in some(found, kind=kind)]
        rows.append([f"{words}, a second one named", rate(false)])
    return rst_table(["views", "maps"], rows)


def answer(r: Record) -> str:
    """Whether the coverage that is given for a symmetric map is right, or misleads."""
    if "rank" not in r:
        return "unknown"
    off = max(abs(r["worst"] - r["true_worst"]), abs(r["best"] - r["true_best"]))
    name = "right" if off <= _OFF or r["rank"] >= _RANK else "wrong"
    return f"{name}, both readings" if r["unless_filtered"] else name


def _symmetries(found: List[Record]) -> str:
    rows = []
    for group in GROUPS:
        for kind, filtered, words in _TREATMENTS:
            of_group = some(found, kind=kind, group=group, filtered=filtered)
            answers = [answer(r) for r in of_group]
            rows.append([group, words, *(str(answers.count(name)) for name in _ANSWERS)])
    for kind, filtered, words in _TREATMENTS:
        answers = [answer(r) for r in some(found, kind=kind, filtered=filtered)]
        rates = (rate([each == name for each in answers]) for name in _ANSWERS)
        rows.append(["all", words, *rates])
    return rst_table(["symmetry", "maps", *_ANSWERS], rows)


def _page(found: List[Record], _: Setting) -> str:
    return filled(__file__, directions=_directions(found), symmetries=_symmetries(found))


run = Study("diagnosis/several_directions", _measured, _page).run
