"""The cases of the paper's Figures 1 to 3: a particle, and how it is imaged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import List

from monodir_plugin.simulation import Imaging, Particle, Views

__all__ = [
    "ANGLES",
    "NOISE",
    "Case",
    "first_figure",
    "quick",
    "second_figure",
    "series",
    "third_figure",
]

#: Noise of the images, in standard deviations of the clean ones: the number that the paper gives,
#: whose unit is not known.
NOISE = 2.0
#: Errors of angle of the series, degrees.
ANGLES = (0.0, 0.3, 0.6, 1.2, 1.8, 2.4)


@dataclass(frozen=True)
class Case:
    """One simulated experiment."""

    name: str
    title: str
    particle: Particle
    imaging: Imaging

    @property
    def label(self) -> str:
        """The title, with a note where the model was missing."""
        return self.title if self.particle.model else f"{self.title} (procedural particle)"


def first_figure(models: Path, noise: float = NOISE) -> List[Case]:
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
    return [Case(name, title, particle, imaging) for name, (title, imaging) in cases.items()]


def series(models: Path, noise: float = NOISE) -> List[Case]:
    """Errors of angle from none to large; the first and the fourth are (a) and (e)."""
    whole, *_, wrong = first_figure(models, noise)
    known = {0.0: whole, wrong.imaging.angle_error: wrong}
    return [
        known.get(angle)
        or replace(
            whole,
            name=f"angle-{angle:g}",
            title=f"angular errors of {angle:g}°",
            imaging=replace(whole.imaging, angle_error=angle),
        )
        for angle in ANGLES
    ]


def second_figure(models: Path, noise: float = NOISE) -> List[Case]:
    """A particle with good angles and one with poor ones."""
    good, poor = Imaging(noise=noise, angle_error=0.3), Imaging(noise=noise, angle_error=2.4)
    proteasome = _particle(models, "3j9i_proteasome.pdb", 112, 2.1)
    ribosome = _particle(models, "4v5d_ribosome.cif.gz", 128, 3.0)
    return [
        Case("proteasome", "proteasome, angular errors of 0.3°", proteasome, good),
        Case("ribosome", "ribosome, angular errors of 2.4°", ribosome, poor),
    ]


def third_figure(models: Path, noise: float = NOISE) -> List[Case]:
    """Preferred top views, with the stage untilted and tilted."""
    particle = _particle(models, "4o5n_ha_trimer.pdb", 112, 1.8)
    top = Views(concentration=10.0)
    return [
        Case(
            f"ha-{tilt:g}",
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
