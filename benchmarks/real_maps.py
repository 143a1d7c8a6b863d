"""Make the figures of the README and of ``docs/`` from the demo and from real maps.

    python -m benchmarks.real_maps --maps FOLDER --emd-11007 FILE --output docs

``FOLDER`` holds ``betagal_100_3.54A.mrc`` and ``anisotropic_64_4.00A.mrc`` with
their masks; ``FILE`` is ``emd_11007.map`` (inside the wheel that
``pip download --no-deps ccpem-utils`` fetches).  What is not given is not made.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Dict, Optional

from monodir_plugin.commands import run, run_demo
from monodir_plugin.inputs import Job

THREADS = 2


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
    """Run, and keep the figure and the findings of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=Path, help="folder with the small real maps")
    parser.add_argument("--emd-11007", type=Path, help="emd_11007.map")
    parser.add_argument("--output", type=Path, default=Path("docs"))
    options = parser.parse_args()
    findings = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "demo"
        findings["demo"] = run_demo(folder, THREADS)
        shutil.copy(folder / "figure.png", options.output / "figure_demo.png")
        for name, files in jobs(options.maps, options.emd_11007).items():
            folder = Path(scratch) / name
            findings[name] = run(Job(output=folder, threads=THREADS, **files))
            shutil.copy(folder / "figure.png", options.output / f"figure_{name}.png")
    for name, summary in findings.items():
        kept = {
            key: summary[key]
            for key in ("median_A", "unresolved_share", "best_axis", "worst_axis", "warnings")
        }
        print(name, json.dumps(kept, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
