"""Medians and overviews of real maps, for ``docs``.

``--maps`` holds ``betagal_100_3.54A.mrc`` and ``anisotropic_64_4.00A.mrc`` with their masks,
``--emdb`` holds ``emd_11007.map`` and ``emd_3488.mrc`` (both are part of the Python package
``ccpem-utils``).  Missing maps are not measured; the page is written only if none is missing.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any, Dict

from monodir_plugin.figures import compare, draw_figure
from monodir_plugin.figures.directions.polar import spread_of_axes
from monodir_plugin.files.loading import load_results
from monodir_plugin.workflows.measure.job import Job
from monodir_plugin.workflows.measure.run import run as run_job
from studies.harness import Setting, filled, rst_table, save_picture

__all__ = ["run"]

#: The near isotropic and the strongly anisotropic map, side by side.
COMPARED = ("betagal", "anisotropic")
#: Resolution of deposited maps as deposited, Å.
DEPOSITED = {"emd_11007": 2.9, "emd_3488": 3.2}


def run(setting: Setting) -> None:
    """Measure, draw each map and two side by side, and print the findings."""
    with tempfile.TemporaryDirectory() as scratch:
        summaries: Dict[str, Any] = {}
        jobs = _jobs(setting)
        for name, files in jobs.items():
            job = Job(output=Path(scratch) / name, threads=setting.threads, **files)
            summaries[name] = run_job(job)
        found = {name: load_results(Path(scratch) / name) for name in summaries}
        for name, results in found.items():
            save_picture(draw_figure("overview", results), setting.picture(f"figure_{name}"))
            print(name, json.dumps(_kept(summaries[name]), indent=1, ensure_ascii=False))
            print(f"spread of axes: {100 * spread_of_axes(results):.1f} %")
        if set(COMPARED) <= set(found):
            figure = compare([found[name] for name in COMPARED], COMPARED)
            save_picture(figure, setting.picture("figure_comparison"))
        if {*COMPARED, *DEPOSITED} <= set(found):
            setting.page("maps/real_maps").write_text(_page(summaries), encoding="utf-8")


def _jobs(setting: Setting) -> Dict[str, Dict[str, Any]]:
    """Map and mask of every figure; without a mask one is made."""
    found: Dict[str, Dict[str, Any]] = {}
    for name, stem in (("betagal", "betagal_100_3.54A"), ("anisotropic", "anisotropic_64_4.00A")):
        if (setting.maps / f"{stem}.mrc").is_file():
            paths = (setting.maps / f"{stem}{end}.mrc" for end in ("", "_mask"))
            found[name] = dict(zip(("map", "mask"), map(str, paths)))
    if setting.emdb is not None:
        found["emd_11007"] = {"map": str(setting.emdb / "emd_11007.map"), "mask": None}
        found["emd_3488"] = {"map": str(setting.emdb / "emd_3488.mrc"), "mask": None}
    return found


def _page(summaries: Dict[str, Dict[str, Any]]) -> str:
    """A page with the medians of every map, beside what was deposited."""
    head = (
        "map",
        "deposited",
        "whole map",
        "axes",
        "ADR",
        "highest",
        "lowest",
        "MonoRes",
        "unresolved",
    )
    rows = []
    for name, summary in summaries.items():
        median = summary["median_A"]
        values = (
            DEPOSITED.get(name),
            summary["found"]["map_resolution_A"],
            summary["axes"]["median_A"],
            *(median[kind] for kind in ("adr", "highest", "lowest", "monores")),
        )
        shown = ("" if value is None else f"{value:.2f}" for value in values)
        rows.append([name, *shown, f"{100 * summary['unresolved_share']:.0f} %"])
    warnings = [
        # A warning begins with the path of the map, which is that of this machine.
        f"* {name}: {re.sub(r'^map .*?: ', '', text)}."
        for name, s in summaries.items()
        for text in s["warnings"]
    ]
    return filled(__file__, table=rst_table(head, rows), warnings="\n".join(warnings))


def _kept(summary: Dict[str, Any]) -> Dict[str, object]:
    """The numbers that are printed: the resolution of the whole map, and the main findings."""
    names = ("axes", "unresolved_share", "median_A", "best_axis", "worst_axis", "warnings")
    # The published preset has none of the whole map.
    whole = summary["found"].get("map_resolution_A")
    return {"map_resolution_A": whole, **{name: summary[name] for name in names}}
