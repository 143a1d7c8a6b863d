"""Make the figures of the README and of ``docs/`` from the demo and from real maps.

    python -m benchmarks.real_maps --maps FOLDER --emdb FOLDER --output docs

The first folder holds ``betagal_100_3.54A.mrc`` and ``anisotropic_64_4.00A.mrc`` with
their masks, the second ``emd_11007.map`` and ``emd_3488.mrc`` (inside the wheel that
``pip download --no-deps ccpem-utils`` fetches).  What is not given is not made; with both,
``real_maps.rst`` is written, too.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any, Dict, Optional

from monodir_plugin.commands import run, run_demo
from monodir_plugin.figures import compare, draw_figure
from monodir_plugin.figures.polar import spread_of_axes
from monodir_plugin.files.loading import load_results
from monodir_plugin.inputs import Job
from studies.harness import rst_table

from .pictures import save_picture

THREADS = 2
#: The near isotropic and the strongly anisotropic map, side by side.
COMPARED = ("betagal", "anisotropic")


#: Resolution of deposited maps as deposited, Å.
DEPOSITED = {"emd_11007": 2.9, "emd_3488": 3.2}


def jobs(maps: Optional[Path], emdb: Optional[Path]) -> Dict[str, Dict[str, Optional[str]]]:
    """Map and mask of every figure; without a mask one is made."""
    found: Dict[str, Dict[str, Optional[str]]] = {}
    if maps is not None:
        for name, stem in (
            ("betagal", "betagal_100_3.54A"),
            ("anisotropic", "anisotropic_64_4.00A"),
        ):
            found[name] = {"map": str(maps / f"{stem}.mrc"), "mask": str(maps / f"{stem}_mask.mrc")}
    if emdb is not None:
        found["emd_11007"] = {"map": str(emdb / "emd_11007.map"), "mask": None}
        found["emd_3488"] = {"map": str(emdb / "emd_3488.mrc"), "mask": None}
    return found


def main() -> None:
    """Run, draw each and two side by side, and print the findings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=Path, help="folder with the small real maps")
    parser.add_argument("--emdb", type=Path, help="folder with emd_11007.map and emd_3488.mrc")
    parser.add_argument("--output", type=Path, default=Path("docs"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        summaries = {"demo": run_demo(Path(scratch) / "demo", THREADS)}
        for name, files in jobs(options.maps, options.emdb).items():
            summaries[name] = run(Job(output=Path(scratch) / name, threads=THREADS, **files))
        found = {name: load_results(Path(scratch) / name) for name in summaries}
        for name, results in found.items():
            figure = draw_figure("overview", results)
            save_picture(figure, options.output / f"figure_{name}.png")
            print(name, json.dumps(_kept(summaries[name]), indent=1, ensure_ascii=False))
            print(f"spread of axes: {100 * spread_of_axes(results):.1f} %")
        if set(COMPARED) <= set(found):
            figure = compare([found[name] for name in COMPARED], COMPARED)
            save_picture(figure, options.output / "figure_comparison.png")
        if options.maps is not None and options.emdb is not None:
            page = options.output / "real_maps.rst"
            page.write_text(_page(summaries), encoding="utf-8")


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
        if name == "demo":
            continue
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
        f"* {name}: {text}."
        for name, s in summaries.items()
        for text in s["warnings"]
        if name in DEPOSITED
    ]
    return _TEXT.format(table=rst_table(head, rows), warnings="\n".join(warnings))


_TEXT = """\
Real maps
=========

Made by ``python -m benchmarks.real_maps``, from single maps, at FSC 0.5; all in Å. "Whole map":
where the ratio of signal and noise of the whole mask falls to the criterion; "axes": the median
axis; the others are medians over the mask. Deposited resolutions are where the FSC of half maps is
0.143.

{table}
EMD-11007 was low-passed near its deposited 2.9 Å, so that nothing finer can be measured; at FSC 0.5
the median is coarser than at 0.143, as it has to be. EMD-3488 comes out finer than the 3.2 Å that
were deposited, and should not be believed: most of its box is exactly zero, and what is left of the
solvent does not hold the particle's noise. The run says so; the half maps are not at hand.
β-galactosidase and the particle with preferred orientation (``docs/figure_betagal.png``,
``docs/figure_anisotropic.png``) come without a published FSC of these very maps.

Warnings of the runs:

{warnings}
"""


def _kept(summary: Dict[str, Any]) -> Dict[str, object]:
    """What is printed: the resolution of the whole map by the program, and the main findings."""
    names = ("axes", "unresolved_share", "median_A", "best_axis", "worst_axis", "warnings")
    # The published preset has none of the whole map.
    whole = summary["found"].get("map_resolution_A")
    return {"map_resolution_A": whole, **{name: summary[name] for name in names}}


if __name__ == "__main__":
    main()
