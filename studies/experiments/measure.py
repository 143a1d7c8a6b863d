"""Measurements of a simulated case, and the numbers about it that the page states."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple, Tuple

import numpy as np
from scipy.stats import spearmanr

from monodir_plugin.diagnosis.angles.angular_error import AngularError, angular_error
from monodir_plugin.diagnosis.conical_fsc import THRESHOLDS, conical_fsc
from monodir_plugin.files.loading import Results, load_results
from monodir_plugin.files.maps import read_map
from monodir_plugin.files.run_folder.results import SUMMARY
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.problem.settings import Settings
from monodir_plugin.simulation import coverage_of_views, orientation_of_euler, views_of
from monodir_plugin.workflows.measure.job import Job
from monodir_plugin.workflows.measure.run import run
from monodir_plugin.workflows.simulate import PARAMETERS, VIEWS, simulate_into
from studies.experiments.cases import Case

__all__ = ["BANDS", "CONE", "DEFAULT", "PAPER", "Estimate", "Outcome", "measure"]

#: Half angle of the cone about an axis, degrees, over which its coverage is taken.
CONE = 15.0
#: Angles of axes to z, degrees.
BANDS = ((0, 30), (30, 60), (60, 90))
_ANGLES = "angular_error.json"
_FSC = "fsc.json"


class Estimate(NamedTuple):
    """How a case is measured.

    Attributes
    ----------
    name : str
    criterion : float
        FSC value.
    halves : bool
        From the half maps, else from the map of all images alone.
    """

    name: str
    criterion: float
    halves: bool


#: The criterion that the paper names, and the program's defaults.
PAPER = Estimate("half maps, FSC 0.143", 0.143, True)
DEFAULT = Estimate("map alone, FSC 0.5", 0.5, False)


@dataclass(frozen=True)
class Outcome:
    """The measurements of one case.

    Attributes
    ----------
    case : Case
    estimate : Estimate
    results : Results
    coverage : ndarray, shape (axes,)
        Coverage of the axes by the views; 1 is what evenly spread views give.
    angles : AngularError
        Angular error estimated from the map alone.
    fsc : tuple of float
        Where the masked half maps correlate by 0.143 and by 0.5, over whole shells, Å.
    """

    case: Case
    estimate: Estimate
    results: Results
    coverage: np.ndarray
    angles: AngularError
    fsc: Tuple[float, float]

    @property
    def tilt(self) -> np.ndarray:
        """Angle of every axis to z, degrees, shape (axes,)."""
        return self.results.axes.upper().tilt

    @property
    def frequency(self) -> np.ndarray:
        """One over the resolution of every axis; 0 where it is not resolved; shape (axes,)."""
        return np.nan_to_num(1 / self.results.axis_resolution)

    @property
    def finest(self) -> float:
        """The finest resolution that was looked for, Å."""
        return self.results.resolution_limits[0]

    @property
    def coarsest(self) -> float:
        """The coarse limit, Å."""
        return self.results.resolution_limits[1]

    @property
    def fsc_resolution(self) -> float:
        """Where the FSC of the half maps is the criterion, Å."""
        return self.fsc[THRESHOLDS.index(self.estimate.criterion)]

    @property
    def unresolved(self) -> float:
        """Share of the pairs (voxel, axis) that are not resolved at the coarse limit."""
        return float(self.results.summary["unresolved_share"])

    @property
    def at_coarse_limit(self) -> float:
        """Share of the voxels whose ``lowest`` is the coarse limit."""
        return float(np.mean(self.results.values("lowest") >= 0.999 * self.coarsest))

    @property
    def at_fine_limit(self) -> float:
        """Share of the voxels whose ``highest`` is the finest resolution looked for."""
        return float(np.mean(self.results.values("highest") <= 1.001 * self.finest))

    def median(self, name: str) -> float:
        """Median of a map over the particle, Å."""
        return float(np.median(self.results.values(name)))

    def band(self, low: float, high: float) -> float:
        """Median resolution, Å, of axes whose angle to z lies between two; infinite: unresolved."""
        among = (self.tilt >= low) & (self.tilt <= high)
        middle = float(np.median(self.frequency[among]))
        return 1 / middle if middle > 0 else float("inf")

    def finer_than(self, reference: Outcome) -> np.ndarray:
        """Spatial frequency of the resolution of every axis over the reference's.

        That takes out the particle's own anisotropy.  0 where the axis is not resolved.
        """
        return self.frequency * reference.results.axis_resolution

    def rank_of_resolution(self, reference: Outcome) -> float:
        """Spearman's correlation over axes of coverage and resolution as a frequency.

        Over that of the reference, where the views are spread unlike the reference's.
        """
        finer = self.frequency
        if self.case.imaging.views != reference.case.imaging.views:
            finer = self.finer_than(reference)
        return float(spearmanr(finer, self.coverage)[0])

    @property
    def rank_of_counts(self) -> float:
        """Spearman's correlation over axes of coverage and the voxels finest along the axis."""
        return float(spearmanr(self.results.counts, self.coverage)[0])

    def slope(self, curve: str) -> float:
        """Slope of the curve ``radial`` or ``tangential``, Å per Å."""
        return float(self.results.slopes[curve]["slope"])

    def centre(self, curve: str) -> float:
        """Value at the centre of the straight line that is fitted to a curve, Å."""
        return float(self.results.slopes[curve]["intercept"])


def measure(
    case: Case, work: Path, estimate: Estimate, settings: Settings, threads: int = 1
) -> Outcome:
    """Simulate a case and measure it, or read the results of an earlier call.

    Parameters
    ----------
    case : Case
    work : Path
        Folder of maps and results.
    estimate : Estimate
    settings : Settings
        All but the criterion.
    threads : int

    Returns
    -------
    Outcome
    """
    folder = work / case.name
    maps, found = folder / "maps", folder / estimate.name.replace(" ", "-").replace(",", "")
    if not _made_with(maps / PARAMETERS, case):
        for name in (_ANGLES, _FSC):
            (folder / name).unlink(missing_ok=True)
        simulate_into(maps, case.particle, case.imaging, threads)
    if not (found / SUMMARY).is_file():
        _run(maps, found, estimate, settings, threads)
    results = load_results(found)
    coverage = coverage_of_views(_views(maps / VIEWS), results.axes.vectors, CONE)
    angles = _angular_error(folder / _ANGLES, maps, threads)
    return Outcome(case, estimate, results, coverage, angles, _fsc(folder / _FSC, maps, threads))


def _run(maps: Path, found: Path, estimate: Estimate, settings: Settings, threads: int) -> None:
    names = {key: str(maps / f"{key}.mrc") for key in ("map", "half1", "half2", "mask")}
    run(
        Job(
            map=None if estimate.halves else names["map"],
            halves=(names["half1"], names["half2"]) if estimate.halves else None,
            mask=names["mask"],
            output=found,
            settings=Settings(
                directions=settings.directions,
                # None is the default, as the page says.
                criterion=estimate.criterion if estimate.halves else None,
            ),
            threads=threads,
            # The page needs no diagnosis but the angular error, which is estimated apart.
            diagnosis=False,
        )
    )


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


def _angular_error(path: Path, maps: Path, threads: int) -> AngularError:
    """Angular error estimated from the map of all images, measured once."""
    if not path.is_file():
        volume, mask = (read_map(maps / f"{name}.mrc") for name in ("map", "mask"))
        found = angular_error(volume.values, mask.values >= 0.5, volume.sampling, threads=threads)
        path.write_text(json.dumps(asdict(found)), encoding="utf-8")
    return AngularError(**json.loads(path.read_text(encoding="utf-8")))


def _fsc(path: Path, maps: Path, threads: int) -> Tuple[float, float]:
    """Resolutions at the thresholds over whole shells, measured once."""
    if not path.is_file():
        one, other, mask = (read_map(maps / f"{key}.mrc") for key in ("half1", "half2", "mask"))
        axes = AxisSet(np.eye(3))
        found = conical_fsc(
            one.values, other.values, mask.values >= 0.5, one.sampling, axes, threads=threads
        )
        path.write_text(json.dumps(found.plain_resolution), encoding="utf-8")
    at_low, at_half = json.loads(path.read_text(encoding="utf-8"))
    return at_low, at_half
