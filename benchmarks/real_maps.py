"""Make the figures of the README and of ``docs/`` from the demo and from real maps.

    python -m benchmarks.real_maps --maps FOLDER --emd-11007 FILE --output docs

``FOLDER`` holds ``betagal_100_3.54A.mrc`` and ``anisotropic_64_4.00A.mrc`` with
their masks; ``FILE`` is ``emd_11007.map`` (inside the wheel that
``pip download --no-deps ccpem-utils`` fetches).  What is not given is not made.
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

from .pictures import save_picture

THREADS = 2
#: The near isotropic and the strongly anisotropic map, side by side.
COMPARED = ("betagal", "anisotropic")


def jobs(maps: Optional[Path], emd: Optional[Path]) -> Dict[str, Dict[str, Optional[str]]]:
    """Map and mask of every figure; without a mask one is made."""
    found: Dict[str, Dict[str, Optional[str]]] = {}
    if maps is not None:
        for name, stem in (
            ("betagal", "betagal_100_3.54A"),
            ("anisotropic", "anisotropic_64_4.00A"),
        ):
            found[name] = {"map": str(maps / f"{stem}.mrc"), "mask": str(maps / f"{stem}_mask.mrc")}
    if emd is not None:
        found["emd_11007"] = {"map": str(emd), "mask": None}
    return found


def main() -> None:
    """Run, draw each and two side by side, and print the findings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=Path, help="folder with the small real maps")
    parser.add_argument("--emd-11007", type=Path, help="emd_11007.map")
    parser.add_argument("--output", type=Path, default=Path("docs"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        summaries = {"demo": run_demo(Path(scratch) / "demo", THREADS)}
        for name, files in jobs(options.maps, options.emd_11007).items():
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


def _kept(summary: Dict[str, Any]) -> Dict[str, object]:
    """What is printed: the resolution of the whole map by the program, and the main findings."""
    names = ("axes", "unresolved_share", "median_A", "best_axis", "worst_axis", "warnings")
    # The published preset has none of the whole map.
    whole = summary["found"].get("map_resolution_A")
    return {"map_resolution_A": whole, **{name: summary[name] for name in names}}


if __name__ == "__main__":
    main()
