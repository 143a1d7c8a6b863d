"""Simulated maps that are good or bad in one way each: verdicts, pictures, and other programs.

Anyone can make these maps again: ``monodir simulate`` takes the parameters in the table of the
page.  Everything is measured from half maps.  RELION's local resolution is part of the page only
where ``relion_postprocess`` is installed.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any, List, NamedTuple, Optional, Sequence

import numpy as np
from matplotlib.figure import Figure

from monodir_plugin.figures import draw_figure
from monodir_plugin.figures.drawing.layout import several_plots
from monodir_plugin.files.loading import load_results
from monodir_plugin.files.maps import read_map
from monodir_plugin.files.run_folder.verdict import verdict
from monodir_plugin.numerics.problem.settings import Settings
from monodir_plugin.simulation.imaging import Imaging
from monodir_plugin.simulation.particle import Particle
from monodir_plugin.simulation.views import Views
from monodir_plugin.workflows.measure.job import Job
from monodir_plugin.workflows.measure.run import run as run_job
from monodir_plugin.workflows.simulate import simulate_into
from studies.harness import Record, Setting, Study, filled, rst_table, save_picture
from studies.truth.methods.relion import relion_resolution, relion_version

__all__ = ["CASES", "run"]

SIZE, SAMPLING, NOISE, IMAGES, SEED = 72, 2.0, 1.5, 600, 4
#: Axes of the maps that are drawn beside other programs.
ALONG = ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
#: The map that is drawn.
DRAWN = "preferred"


class Case(NamedTuple):
    """A simulated map."""

    name: str
    options: str
    imaging: Imaging


def _imaging(images: int = IMAGES, angle_error: float = 0.0, **views: Any) -> Imaging:
    return Imaging(images, Views(**views), NOISE, angle_error=angle_error, seed=SEED)


#: In the order of the page, with the options of ``monodir simulate`` that make them.
CASES = (
    Case("even", "", _imaging()),
    Case("few", "--images 60", _imaging(images=60)),
    Case("preferred", "--concentration 4", _imaging(concentration=4.0)),
    Case("cone", "--tilts 0 50", _imaging(tilts=(0.0, 50.0))),
    Case("blurred", "--angle-error 5", _imaging(angle_error=5.0)),
)


def _measure(setting: Setting) -> List[Record]:
    """One record a map; pictures are drawn on the way."""
    return [_record(case, setting) for case in (CASES[:1] if setting.quick else CASES)]


def _record(case: Case, setting: Setting) -> Record:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        particle = Particle(size=SIZE, sampling=SAMPLING)
        simulate_into(scratch / "maps", particle, case.imaging, setting.threads)
        found = _run(scratch, case, setting, 0.5)
        picture = setting.picture(f"figure_map_{case.name}")
        save_picture(draw_figure("overview", load_results(scratch / "at_0.5")), picture)
        fine = _run(scratch, case, setting, 0.143)
        relion = _relion(scratch)
        if case.name == DRAWN and relion is not None:
            figure = _beside(load_results(scratch / "at_0.143"), relion)
            save_picture(figure, setting.picture("figure_other_programs"))
    return {
        "case": case.name,
        "options": case.options,
        "verdict": " ".join(re.sub(r"half maps .*?: ", "", line) for line in verdict(found)),
        **_numbers(found, fine),
        **({} if relion is None else {"relion": float(np.median(relion[relion > 0]))}),
    }


def _run(scratch: Path, case: Case, setting: Setting, criterion: float) -> Any:
    """The summary of a run."""
    maps = scratch / "maps"
    job = Job(
        map=None,
        output=scratch / f"at_{criterion:g}",
        halves=(str(maps / "half1.mrc"), str(maps / "half2.mrc")),
        mask=str(maps / "mask.mrc"),
        settings=Settings(criterion=criterion),
        along=ALONG,
        images=case.imaging.images,
        threads=setting.threads,
        quiet=True,
    )
    return run_job(job)


def _numbers(found: Any, fine: Any) -> Record:
    """The numbers that programs report for a map, at FSC 0.143, and the angular error."""
    conical = fine["diagnosis"]["conical_fsc"]
    at, ratio = conical["at_0.143"], conical["area_ratio"]
    angles = found["diagnosis"]["angular_error"]
    known = angles["reason"] is None
    return {
        "fsc": at["whole_shells"],
        "conical_finest": at["finest_axis"],
        "conical_coarsest": at["coarsest_axis"],
        "sphericity": at["sphericity"],
        "cfar": ratio["value"],
        "cfar_chance": ratio["by_chance"],
        "monores": fine["median_A"]["monores"],
        "median_axis": fine["axes"]["median_A"],
        "ratio_of_axes": fine["axes"]["ratio"],
        "unresolved": found["unresolved_share"],
        "angle_low": angles["low"] if known else float("nan"),
        "angle_high": angles["high"] if known else float("nan"),
    }


def _relion(scratch: Path) -> Optional[np.ndarray]:
    """RELION's local resolution inside the mask, Å; ``None`` where it is not installed."""
    if relion_version() is None:
        return None
    half1, half2 = (read_map(str(scratch / "maps" / f"half{i}.mrc")).values for i in (1, 2))
    mask = read_map(str(scratch / "maps" / "mask.mrc"), what="mask").values > 0.5
    found = relion_resolution(half1, half2, SAMPLING)
    return np.where(mask, np.maximum(found, 2 * SAMPLING), 0.0)


def _beside(results: Any, relion: np.ndarray) -> Figure:
    """Central slices of local resolution without and with a direction, on one scale."""
    panels = [
        ("RELION", relion),
        ("MonoDir, no direction (MonoRes)", results.volumes["monores"]),
        ("MonoDir, along x", results.volumes["along_1_0_0"]),
        ("MonoDir, along z", results.volumes["along_0_0_1"]),
    ]
    middle = SIZE // 2
    slices = [np.ma.masked_less_equal(np.asarray(values)[middle], 0) for _, values in panels]
    shown = np.concatenate([part.compressed() for part in slices])
    limits = float(np.quantile(shown, 0.02)), float(np.quantile(shown, 0.98))
    figure = Figure(figsize=(9.5, 2.9), layout="constrained")
    axes = several_plots(figure, 1, len(panels))
    for place, (title, _), part in zip(axes, panels, slices):
        image = place.imshow(part, cmap="viridis_r", vmin=limits[0], vmax=limits[1], origin="lower")
        place.set_title(title, fontsize=9)
        place.set_xticks([])
        place.set_yticks([])
    bar = figure.colorbar(image, ax=axes, fraction=0.02)
    bar.set_label("local resolution at FSC 0.143 (Å)", fontsize=9)
    bar.ax.invert_yaxis()
    return figure


def _page(records: Sequence[Record], setting: Setting) -> str:
    by_name = {record["case"]: record for record in records}
    head = (
        "map",
        "FSC",
        "conical FSC",
        "sphericity",
        "cFAR (even views)",
        "RELION",
        "MonoRes",
        "median axis",
        "coarsest / finest",
    )
    rows = [
        (
            f"{r['case']}",
            f"{r['fsc']:.1f}",
            f"{r['conical_finest']:.1f} to {r['conical_coarsest']:.1f}",
            f"{r['sphericity']:.2f}",
            f"{r['cfar']:.2f} ({r['cfar_chance']:.2f})",
            f"{r['relion']:.1f}" if "relion" in r else "",
            f"{r['monores']:.1f}",
            f"{r['median_axis']:.1f}",
            f"{r['ratio_of_axes']:.2f}",
        )
        for r in records
    ]
    fields = {f"{name}_verdict": by_name[name]["verdict"] for name in by_name}
    options = rst_table(
        ("map", "options of ``monodir simulate``"),
        [(c.name, f"``{c.options}``" if c.options else "") for c in CASES],
    )
    blurred = by_name["blurred"]
    return filled(
        __file__,
        size=SIZE,
        sampling=SAMPLING,
        noise=NOISE,
        images=IMAGES,
        seed=SEED,
        options=options,
        table=rst_table(head, rows),
        angle_low=blurred["angle_low"],
        angle_high=blurred["angle_high"],
        few_unresolved=100 * by_name["few"]["unresolved"],
        **fields,
    )


run = Study("maps/good_and_bad", _measure, _page).run
