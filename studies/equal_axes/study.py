"""Measure maps from even and uneven views, and compare the scatter of their axes with chance.

Everything is simulated, so that the views are known.  Where the views are even, the axes differ by
chance and by what the particle itself is like.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Sequence

import numpy as np

from monodir_plugin.figures.directions.polar import chance_of_axes, spread_of_axes
from monodir_plugin.figures.drawing.alike_axes import COMPARED, alike_maps
from monodir_plugin.files.loading import Results, load_results
from monodir_plugin.numerics.problem.settings import Settings
from monodir_plugin.numerics.reduction.result_maps import RESULT_MAPS
from monodir_plugin.simulation.imaging import Imaging
from monodir_plugin.simulation.particle import Particle
from monodir_plugin.simulation.views import Views
from monodir_plugin.workflows.measure.job import Job
from monodir_plugin.workflows.measure.run import run as run_job
from monodir_plugin.workflows.simulate import simulate_into
from studies.harness import Record, Setting, Study, filled, rst_table

__all__ = ["run"]


class _Case(NamedTuple):
    """A simulated map, and the opening of the cones in degrees."""

    name: str
    size: int
    sampling: float
    images: int
    noise: float
    model: str = ""
    concentration: float = 0.0
    cone: float = 30.0
    seed: int = 1


#: Percentile of the distances from the centre beyond which voxels lie at the rim.
_RIM = 100 * 2 / 3
_BETAGAL, _PROTEASOME = "1jyx_betagal.pdb", "3j9i_proteasome.pdb"
_CASES = (
    _Case("random", 56, 2.5, 600, 1.5, seed=1),
    _Case("random", 56, 2.5, 600, 1.5, seed=2),
    _Case("random", 56, 2.5, 600, 1.5, seed=3),
    _Case("random", 56, 2.5, 4000, 4.0, seed=4),
    _Case("random", 56, 2.5, 150, 1.0, seed=5),
    _Case("random", 56, 2.5, 600, 1.5, cone=50.0, seed=1),
    _Case("random", 80, 2.0, 1200, 2.5, seed=6),
    _Case("β-galactosidase", 64, 3.0, 800, 2.0, model=_BETAGAL, seed=7),
    _Case("proteasome", 64, 3.0, 800, 2.0, model=_PROTEASOME, seed=8),
    _Case("random", 56, 2.5, 600, 1.5, concentration=1.0, seed=1),
    _Case("random", 56, 2.5, 600, 1.5, concentration=2.0, seed=1),
    _Case("random", 56, 2.5, 600, 1.5, concentration=4.0, seed=1),
)


def _measured(setting: Setting) -> Iterator[Record]:
    for case in _CASES[:1] if setting.quick else _CASES:
        with tempfile.TemporaryDirectory() as folder:
            yield from _of_case(case, Path(folder), setting)


def _of_case(case: _Case, folder: Path, setting: Setting) -> Iterator[Record]:
    particle = Particle(
        model=str(setting.models / case.model) if case.model else None,
        size=case.size,
        sampling=case.sampling,
        seed=case.seed,
    )
    views = Views(concentration=case.concentration)
    imaging = Imaging(case.images, views, case.noise, seed=case.seed)
    simulate_into(folder, particle, imaging, setting.threads)
    for noise in ("half maps", "solvent"):
        halves = noise == "half maps"
        output = folder / noise.replace(" ", "-")
        run_job(
            Job(
                map=None if halves else str(folder / "map.mrc"),
                halves=(str(folder / "half1.mrc"), str(folder / "half2.mrc")) if halves else None,
                mask=str(folder / "mask.mrc"),
                output=output,
                settings=Settings(cone=case.cone),
                threads=setting.threads,
                diagnosis=False,
                quiet=True,
            )
        )
        results = load_results(output)
        chance = chance_of_axes(results)
        middle = results.summary["axes"]["median_A"]
        expected = float("nan")
        if chance is not None and middle is not None:
            expected = (chance[1] - chance[0]) / 2 / middle
        over = _over_alike(results)
        yield {
            **case._asdict(),
            "noise_from": noise,
            "median_A": middle or float("nan"),
            "found": spread_of_axes(results),
            "by_chance": expected,
            **over,
            "monores_A": float(np.median(results.values("monores"))),
        }


def _over_alike(results: Results) -> Dict[str, float]:
    """Maps over those if all axes were alike: medians, and means over the outer third of voxels."""
    alike = alike_maps(results)
    if alike is None:
        return {}
    rim = alike.radius >= np.percentile(alike.radius, _RIM)
    found: Dict[str, float] = {}
    for name in COMPARED:
        values, others = results.values(name), alike.values[name]
        found[f"{name}_over_alike"] = float(np.median(values) / np.median(others))
        found[f"{name}_at_rim"] = float(values[alike.places][rim].mean() / others[rim].mean())
    return found


def _page(records: Sequence[Record], setting: Setting) -> str:
    head = (
        "particle",
        "box",
        "images",
        "noise",
        "cone",
        "noise from",
        "found",
        "by chance",
        "ratio",
    )
    tables: Dict[str, List[tuple]] = {"even": [], "uneven": []}
    ratios: Dict[str, List[float]] = {"even": [], "uneven": []}
    for r in records:
        which = "uneven" if float(r["concentration"]) else "even"
        ratio = float(r["found"]) / float(r["by_chance"])
        ratios[which].append(ratio)
        first = f"K = {float(r['concentration']):g}" if which == "uneven" else str(r["name"])
        tables[which].append(
            (
                first,
                f"{r['size']}",
                f"{r['images']}",
                f"{float(r['noise']):g}",
                f"{float(r['cone']):g}",
                str(r["noise_from"]),
                f"{100 * float(r['found']):.1f}",
                f"{100 * float(r['by_chance']):.1f}",
                f"{ratio:.2f}",
            )
        )
    even = np.array(ratios["even"])
    return filled(
        __file__,
        even=rst_table(head, tables["even"]),
        uneven=rst_table(("views", *head[1:]), tables["uneven"]) if tables["uneven"] else "",
        maps=len(even),
        least=float(np.nanmin(even)),
        most=float(np.nanmax(even)),
        middle=float(np.nanmedian(even)),
        alike=_table_of_maps(records, "over_alike"),
        rim=_table_of_maps(records, "at_rim"),
        monores=_changes_of_monores(records),
    )


def _table_of_maps(records: Sequence[Record], what: str) -> str:
    """Maps over those if all axes were alike: ranges for each kind of views."""
    labels = [RESULT_MAPS[name].short_label for name in COMPARED]
    by_views: Dict[float, List[Record]] = {}
    for record in records:
        by_views.setdefault(float(record["concentration"]), []).append(record)
    rows = []
    for concentration, some in sorted(by_views.items()):
        ratios = ([float(r[f"{name}_{what}"]) for r in some] for name in COMPARED)
        ranges = [f"{min(values):.2f} to {max(values):.2f}" for values in ratios]
        rows.append((f"K = {concentration:g}", f"{len(some)}", *ranges))
    return rst_table(("views", "maps", *labels), rows)


def _changes_of_monores(records: Sequence[Record]) -> str:
    """Median MonoRes of maps from uneven views over that of the same particle from even views."""
    same = ("name", "size", "images", "noise", "cone", "seed", "noise_from")
    even = {
        tuple(str(r[key]) for key in same): float(r["monores_A"])
        for r in records
        if not float(r["concentration"])
    }
    rows = [
        (
            f"K = {float(r['concentration']):g}",
            str(r["noise_from"]),
            f"{float(r['monores_A']) / even[tuple(str(r[key]) for key in same)]:.3f}",
        )
        for r in records
        if float(r["concentration"])
    ]
    return rst_table(("views", "noise from", "MonoRes over that of even views"), rows)


run = Study("validation/equal_axes", _measured, _page).run
