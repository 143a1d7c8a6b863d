"""Make the pictures of ``docs/figures.rst``: every figure, of the demo.

python -m benchmarks.figure_gallery --output docs
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from monodir_plugin.commands import run, run_demo
from monodir_plugin.figures import FIGURES, draw_figure
from monodir_plugin.files.loading import load_results
from monodir_plugin.inputs import Job

from .pictures import save_picture

THREADS = 2
#: Across and along the axis that most views of the demo lie along.
ALONG = ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0))


def main() -> None:
    """Measure the demo, along two axes as well, and draw everything there is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        demo, folder = Path(scratch) / "demo", Path(scratch) / "along"
        run_demo(demo, THREADS)
        files = {"map": "simulated_map.mrc", "mask": "simulated_mask.mrc"}
        named = {key: str(demo / name) for key, name in files.items()}
        run(Job(output=folder, along=ALONG, threads=THREADS, **named))
        results = load_results(folder)
        for name in FIGURES:
            save_picture(draw_figure(name, results), options.output / f"figure_view_{name}.png")


if __name__ == "__main__":
    main()
