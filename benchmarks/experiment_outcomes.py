"""What is measured in a simulated case, and the numbers that the page tells of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from benchmarks.experiment_cases import Case
from monodir_plugin.commands import run
from monodir_plugin.diagnosis.angular_error import AngularError, angular_error
from monodir_plugin.files.loading import Results, load_results
from monodir_plugin.files.results import SUMMARY
from monodir_plugin.inputs import Job
from monodir_plugin.numerics.preparation import Settings
from monodir_plugin.simulating import PARAMETERS, VIEWS, simulate_into
from monodir_plugin.simulation import coverage_of_views, orientation_of_euler, views_of

__all__ = ["BANDS", "CONE", "Outcome", "measure"]

THREADS = 2
#: Half angle of the cone about an axis, degrees, over which its coverage is taken.
CONE = 15.0
#: Angles of axes to z, degrees.
BANDS = ((0, 30), (30, 60), (60, 90))
_TOLD = "angular_error.json"


@dataclass(frozen=True)
class Outcome:
    """What was measured in one case.

    Attributes
    ----------
    case : Case
    results : Results
    coverage : ndarray, shape (axes,)
        Of the axes by the views; 1 is what evenly spread views give.
    angles : AngularError
        What the map alone tells of the errors of its angles.
    """

    case: Case
    results: Results
    coverage: np.ndarray
    angles: AngularError

    @property
    def tilt(self) -> np.ndarray:
        """Angle of every axis to z, degrees, shape (axes,)."""
        return self.results.axes.upper().tilt

    @property
    def coarsest(self) -> float:
        """The coarse limit, Å."""
        return self.results.ladder[1]

    @property
    def unresolved(self) -> float:
        """Share of the cells that are not resolved even at the coarse limit."""
        return float(self.results.summary["unresolved_share"])

    @property
    def unresolved_along(self) -> np.ndarray:
        """The same along every axis, shape (axes,)."""
        return np.mean(self.results.read_table().codes == 0, axis=1)

    @property
    def at_coarse_limit(self) -> float:
        """Share of the voxels whose ``lowest`` is the coarse limit."""
        return float(np.mean(self.results.values("lowest") >= 0.999 * self.coarsest))

    @property
    def at_fine_end(self) -> float:
        """Share of the voxels whose ``highest`` is the fine end of the ladder."""
        return float(np.mean(self.results.values("highest") <= 1.001 * self.results.ladder[0]))

    def median(self, name: str) -> float:
        """Of a map over the particle, Å."""
        return float(np.median(self.results.values(name)))

    def band(self, low: float, high: float) -> float:
        """Mean resolution in Å along axes whose angle to z lies between two."""
        among = (self.tilt >= low) & (self.tilt <= high)
        return float(self.results.mean_resolution[among].mean())

    def finer_than(self, reference: Outcome) -> np.ndarray:
        """Spatial frequency of the mean resolution along every axis over the reference's.

        That takes out the particle's own anisotropy.
        """
        return reference.results.mean_resolution / self.results.mean_resolution

    def rank_of_resolution(self, reference: Outcome) -> float:
        """Spearman's correlation over axes of coverage and mean resolution as a frequency.

        Over that of the reference, where the views are spread unlike the reference's.
        """
        finer = 1 / self.results.mean_resolution
        if self.case.imaging.views != reference.case.imaging.views:
            finer = self.finer_than(reference)
        return float(spearmanr(finer, self.coverage)[0])

    @property
    def rank_of_votes(self) -> float:
        """Spearman's correlation over axes of coverage and votes."""
        return float(spearmanr(self.results.counts, self.coverage)[0])

    def slope(self, curve: str) -> float:
        """Of ``radial`` or ``tangential``, Å per Å."""
        return float(self.results.slopes[curve]["slope"])

    def centre(self, curve: str) -> float:
        """The curve's straight line at the centre, Å."""
        return float(self.results.slopes[curve]["intercept"])


def measure(case: Case, work: Path, settings: Settings) -> Outcome:
    """Simulate a case and measure it, or take what an earlier call left."""
    folder = work / case.name
    maps, found, told = folder / "maps", folder / "results", folder / _TOLD
    if not (_made_with(maps / PARAMETERS, case) and (found / SUMMARY).is_file()):
        told.unlink(missing_ok=True)
        simulate_into(maps, case.particle, case.imaging, THREADS)
        names = {name: str(maps / f"{name}.mrc") for name in ("map", "mask")}
        # Of the diagnosis the page tells the errors of angle alone.
        run(Job(output=found, settings=settings, threads=THREADS, diagnosis=False, **names))
    results = load_results(found)
    coverage = coverage_of_views(_views(maps / VIEWS), results.axes.vectors, CONE)
    return Outcome(case, results, coverage, _angles(told, results))


def _made_with(path: Path, case: Case) -> bool:
    """Whether maps of these parameters are there."""
    if not path.is_file():
        return False
    there = json.loads(path.read_text(encoding="utf-8"))
    wanted = {"particle": asdict(case.particle), "imaging": asdict(case.imaging)}
    return all(there[key] == json.loads(json.dumps(value)) for key, value in wanted.items())


def _views(path: Path) -> np.ndarray:
    angles = np.loadtxt(path, delimiter=",", skiprows=1)
    return views_of(orientation_of_euler(*angles.T))


def _angles(path: Path, results: Results) -> AngularError:
    """What the map tells of the errors of its angles, measured once."""
    if not path.is_file():
        density = results.read_density()
        told = angular_error(density.values, results.mask, results.sampling, threads=THREADS)
        path.write_text(json.dumps(asdict(told)), encoding="utf-8")
    return AngularError(**json.loads(path.read_text(encoding="utf-8")))
