"""The paper's Figures 1 to 3 again, simulated, with what is known of each beside what is measured.

    python -m benchmarks.experiments --models ../shared/models --output docs --work FOLDER

``--models`` holds 1jyx_betagal.pdb, 3j9i_proteasome.pdb, 4v5d_ribosome.cif.gz and
4o5n_ha_trimer.pdb; a procedural particle stands in for what is missing.  With ``--work``
maps and results stay in a folder, and what is there is not measured again: name a new one
after a change of the program.  ``--quick`` halves boxes and takes 46 axes.
Figures go to ``--output``, tables to standard output.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import List, Optional, Sequence

import numpy as np
from scipy.stats import spearmanr

from benchmarks.experiment_figures import draw_cases, draw_series
from monodir_plugin.commands import run
from monodir_plugin.figures import save_figure
from monodir_plugin.files.loading import Results, load_results
from monodir_plugin.files.results import SUMMARY
from monodir_plugin.inputs import Job
from monodir_plugin.numerics.preparation import Settings
from monodir_plugin.simulating import PARAMETERS, VIEWS, simulate_into
from monodir_plugin.simulation import (
    Imaging,
    Particle,
    Views,
    coverage_of_views,
    orientation_of_euler,
    views_of,
)

THREADS = 2
#: In standard deviations of the clean images.  At the first, most cells of the first
#: figure are not resolved at all, and curves flatten at the coarse limit.
NOISES = (2.0, 0.5)
ANGLES = (0.0, 0.3, 0.6, 1.2, 1.8, 2.4)
#: Half angle of the cone about an axis, degrees, over which its coverage is taken.
CONE = 15.0


@dataclass(frozen=True)
class Case:
    """One simulated experiment."""

    name: str
    title: str
    particle: Particle
    imaging: Imaging

    @property
    def label(self) -> str:
        """The title, which tells when the model was missing."""
        return self.title if self.particle.model else f"{self.title} (procedural particle)"


@dataclass(frozen=True)
class Outcome:
    """What was measured in one case, and the coverage of the axes by its views."""

    case: Case
    results: Results
    coverage: np.ndarray


def first_figure(models: Path, noise: float) -> List[Case]:
    """Evenly spread views, two kinds of missing views, errors of shift and of angle."""
    particle = _particle(models, "1jyx_betagal.pdb", 128, 1.8)
    every = Imaging(noise=noise)
    cases = {
        "all": ("(a) all views", every),
        "no-top": (
            "(b) no views with tilt under 40°",
            replace(every, views=Views(tilts=(40.0, 90.0))),
        ),
        "only-top": (
            "(c) only views with tilt under 50°",
            replace(every, views=Views(tilts=(0.0, 50.0))),
        ),
        "shift-1": ("(d) shifts of 1 voxel", replace(every, shift_error=1.0)),
        "angle-1.2": ("(e) angular errors of 1.2°", replace(every, angle_error=1.2)),
    }
    return [
        Case(f"{name}-noise-{noise:g}", title, particle, imaging)
        for name, (title, imaging) in cases.items()
    ]


def series(models: Path, noise: float) -> List[Case]:
    """Errors of angle from none to large; the first and the fourth are (a) and (e)."""
    whole, *_, wrong = first_figure(models, noise)
    known = {0.0: whole, wrong.imaging.angle_error: wrong}
    return [
        known.get(angle)
        or replace(
            whole,
            name=f"angle-{angle:g}-noise-{noise:g}",
            title=f"angular errors of {angle:g}°",
            imaging=replace(whole.imaging, angle_error=angle),
        )
        for angle in ANGLES
    ]


def second_figure(models: Path, noise: float) -> List[Case]:
    """A particle with good angles and one with poor ones."""
    good, poor = Imaging(noise=noise, angle_error=0.3), Imaging(noise=noise, angle_error=2.4)
    proteasome = _particle(models, "3j9i_proteasome.pdb", 112, 2.1)
    ribosome = _particle(models, "4v5d_ribosome.cif.gz", 128, 3.0)
    return [
        Case(f"proteasome-noise-{noise:g}", "proteasome, angular errors of 0.3°", proteasome, good),
        Case(f"ribosome-noise-{noise:g}", "ribosome, angular errors of 2.4°", ribosome, poor),
    ]


def third_figure(models: Path, noise: float) -> List[Case]:
    """Preferred top views, with the stage untilted and tilted."""
    particle = _particle(models, "4o5n_ha_trimer.pdb", 112, 1.8)
    top = Views(concentration=10.0)
    return [
        Case(
            f"ha-{tilt:g}-noise-{noise:g}",
            f"HA trimer, mostly top views, stage at {tilt:g}°",
            particle,
            Imaging(noise=noise, views=replace(top, stage_tilt=tilt)),
        )
        for tilt in (0.0, 40.0)
    ]


def _particle(models: Path, name: str, size: int, sampling: float) -> Particle:
    path = models / name
    return Particle(str(path) if path.is_file() else None, size, sampling)


def quick(case: Case) -> Case:
    """The same case in half the box, with voxels twice as large."""
    particle = case.particle
    halved = replace(particle, size=particle.size // 2, sampling=2 * particle.sampling)
    return replace(case, particle=halved)


def measure(case: Case, work: Path, settings: Settings) -> Outcome:
    """Simulate a case and measure it, or take what an earlier call left."""
    maps, found = work / case.name / "maps", work / case.name / "results"
    if not (_made_with(maps / PARAMETERS, case) and (found / SUMMARY).is_file()):
        simulate_into(maps, case.particle, case.imaging, THREADS)
        names = {name: str(maps / f"{name}.mrc") for name in ("map", "mask")}
        run(Job(output=found, settings=settings, threads=THREADS, **names))
    results = load_results(found)
    angles = np.loadtxt(maps / VIEWS, delimiter=",", skiprows=1)
    views = views_of(orientation_of_euler(*angles.T))
    return Outcome(case, results, coverage_of_views(views, results.axes.vectors, CONE))


def _made_with(path: Path, case: Case) -> bool:
    """Whether maps of these parameters are there."""
    if not path.is_file():
        return False
    there = json.loads(path.read_text(encoding="utf-8"))
    wanted = {"particle": asdict(case.particle), "imaging": asdict(case.imaging)}
    return all(there[key] == json.loads(json.dumps(value)) for key, value in wanted.items())


def table(outcomes: Sequence[Outcome], reference: Optional[Outcome] = None) -> List[str]:
    """Findings of some cases as lines of a grid.

    ``rho R`` is Spearman's rank correlation over the axes between their coverage and their mean
    resolution as spatial frequency, ``rho v`` between coverage and votes.  Where the views are
    spread unlike the reference's, frequencies are taken over the reference's, which takes
    out the particle's own anisotropy.
    """
    head = (
        f"{'case':44s} {'ADR':>6s} {'highest':>8s} {'lowest':>7s} {'aniso':>6s} {'unres.':>7s} "
        f"{'0-30':>6s} {'30-60':>6s} {'60-90':>6s} {'rho R':>6s} {'rho v':>6s} "
        f"{'radial':>8s} {'tangent.':>8s} {'at 0':>6s}"
    )
    return [head, *(_line(outcome, reference) for outcome in outcomes)]


def _line(outcome: Outcome, reference: Optional[Outcome]) -> str:
    results = outcome.results
    medians = [np.median(results.values(n)) for n in ("adr", "highest", "lowest", "anisotropy")]
    bands = [_band(results, low, low + 30) for low in (0, 30, 60)]
    finer = 1 / results.mean_resolution
    if reference is not None and reference.case.imaging.views != outcome.case.imaging.views:
        finer = finer * reference.results.mean_resolution
    slopes = [results.slopes[name]["slope"] for name in ("radial", "tangential")]
    return (
        f"{outcome.case.label:44s} {medians[0]:6.2f} {medians[1]:8.2f} {medians[2]:7.2f} "
        f"{medians[3]:6.2f} {100 * results.summary['unresolved_share']:6.1f}% "
        + " ".join(f"{band:6.2f}" for band in bands)
        + f" {spearmanr(finer, outcome.coverage)[0]:6.2f}"
        f" {spearmanr(results.counts, outcome.coverage)[0]:6.2f} "
        f"{slopes[0]:8.3f} {slopes[1]:8.3f} {results.slopes['tangential']['intercept']:6.2f}"
    )


def _band(results: Results, low: float, high: float) -> float:
    """Mean resolution in Å along axes whose tilt lies between two angles."""
    tilt = results.axes.upper().tilt
    return float(results.mean_resolution[(tilt >= low) & (tilt <= high)].mean())


def main() -> None:
    """Run all cases; draw and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, default=Path("../shared/models"), metavar="DIR")
    parser.add_argument("--output", type=Path, default=Path("docs"), metavar="DIR")
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep maps and results here")
    parser.add_argument("--quick", action="store_true", help="half boxes, 46 axes")
    parser.add_argument("--figures", type=int, nargs="+", choices=(1, 2, 3), default=(1, 2, 3))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        _experiments(options, options.work or Path(scratch))


def _experiments(options: argparse.Namespace, work: Path) -> None:
    settings = Settings(directions=46 if options.quick else 81)

    def measured(cases: Sequence[Case]) -> List[Outcome]:
        chosen = [quick(case) for case in cases] if options.quick else cases
        return [measure(case, work, settings) for case in chosen]

    if 1 in options.figures:
        for noise in NOISES:
            outcomes = measured(first_figure(options.models, noise))
            errors = measured(series(options.models, noise))
            _show(f"Figure 1, noise {noise:g}", table(outcomes, outcomes[0]))
            _show(f"Errors of angle, noise {noise:g}", table(errors, outcomes[0]))
            _draw(outcomes, options.output / f"figure_paper_1_noise_{noise:g}.png", True)
            shifted = next(o for o in outcomes if o.case.imaging.shift_error > 0)
            figure = draw_series(ANGLES, [o.results for o in errors], shifted.results)
            save_figure(figure, options.output / f"figure_paper_1_series_noise_{noise:g}.png")
    for number, maker in ((2, second_figure), (3, third_figure)):
        if number in options.figures:
            outcomes = measured(maker(options.models, NOISES[-1]))
            _show(f"Figure {number}, noise {NOISES[-1]:g}", table(outcomes))
            _draw(outcomes, options.output / f"figure_paper_{number}.png", number == 3)


def _draw(outcomes: Sequence[Outcome], path: Path, common_scale: bool) -> None:
    rows = [(o.case.label, o.results, o.coverage) for o in outcomes]
    save_figure(draw_cases(rows, common_scale), path)


def _show(title: str, lines: Sequence[str]) -> None:
    print(f"\n{title}", *lines, sep="\n", flush=True)


if __name__ == "__main__":
    main()
