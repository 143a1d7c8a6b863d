"""The pictures of README and of ``docs/figures.rst``: of the demo, and of half maps like it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from monodir_plugin.figures import FIGURES, draw_figure
from monodir_plugin.files.loading import load_results
from monodir_plugin.files.maps import read_map, write_map
from monodir_plugin.simulation import blob_particle, noisy_map
from monodir_plugin.workflows.measure.job import Job
from monodir_plugin.workflows.measure.run import run as run_job
from monodir_plugin.workflows.measure.run import run_demo
from monodir_plugin.workflows.plot import named_by_folder
from studies.harness import Setting, save_picture

__all__ = ["run"]

#: The folder of the demo in the README.
DEMO = Path("monodir-demo")
#: Across and along the axis that most views of the demo lie along.
ALONG = ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0))


def run(setting: Setting) -> None:
    """Measure the demo, along two axes as well, and half maps, and draw everything there is."""
    with tempfile.TemporaryDirectory() as scratch:
        demo, folder = Path(scratch) / DEMO, Path(scratch) / "along"
        run_demo(demo, setting.threads)
        # Named as the command names it.
        overview = draw_figure("overview", named_by_folder(load_results(demo), DEMO))
        save_picture(overview, setting.picture("figure_demo"))
        volume, mask = (str(demo / f"simulated_{name}.mrc") for name in ("map", "mask"))
        job = Job(volume, mask=mask, output=folder, along=ALONG, threads=setting.threads)
        run_job(job)
        results = [load_results(folder), load_results(_measured_halves(demo, setting.threads))]
        for name, kind in FIGURES.items():
            shown = next(found for found in results if kind.drawable(found))
            save_picture(draw_figure(name, shown), setting.picture(f"figure_view_{name}"))


def _measured_halves(demo: Path, threads: int) -> Path:
    """Results of two half maps of the demo's particle, each as noisy as its map."""
    like, names = read_map(str(demo / "simulated_map.mrc")), []
    for seed in (2, 3):
        names.append(str(demo / f"half{seed - 1}.mrc"))
        half = noisy_map(blob_particle(72, seed=1)[0], noise=0.6, concentration=4.0, seed=seed)
        write_map(Path(names[-1]), half, like)
    output, mask = demo / "halves", str(demo / "simulated_mask.mrc")
    run_job(Job(map=None, halves=(names[0], names[1]), mask=mask, output=output, threads=threads))
    return output
