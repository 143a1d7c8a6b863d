"""Further simulated experiments, of which only the check of enhanced maps is measured."""

from __future__ import annotations

from typing import Tuple

from monodir_plugin.simulation import Views
from studies.truth.cases import Case, Mixture

__all__ = ["CHECK_ONLY", "CONES", "MICELLE", "lacks_a_cone"]


def _within(tilt: float) -> Mixture:
    """Views within an angle of z."""
    return ((1.0, Views(tilts=(0.0, tilt))),)


#: Maps that lack a cone about z; no constant was chosen on them.
CONES: Tuple[Case, ...] = (
    Case("HA-cone", "HA", 64, 3.6, 1.3, _within(45.0), 400, seed=42),
    Case("proteasome-cone-60", "proteasome", 64, 4.5, 1.0, _within(60.0), 300, seed=43),
    Case("ribosome-cone", "ribosome", 72, 5.6, 1.2, _within(50.0), 300, seed=44),
    Case("blob-cone", "blob", 64, 4.0, 0.8, _within(55.0), 400, seed=45),
)
#: Small voxels and little noise, so that helices are resolved.
_FINE: Tuple[Case, ...] = (
    Case("HA-fine", "HA", 72, 2.6, 0.6, ((1.0, Views()),), 400, seed=47),
    Case("proteasome-fine", "proteasome", 72, 2.8, 0.6, ((1.0, Views()),), 400, seed=48),
)
#: Cases of which only the check is measured.
CHECK_ONLY = (*CONES, *_FINE)
#: A particle in a micelle.
MICELLE = Case("micelle", "HA", 72, 3.6, 1.0, ((1.0, Views()),), 400, seed=46)


def lacks_a_cone(case: Case) -> bool:
    """Whether no view comes near the plane perpendicular to z."""
    return all(views.tilts[1] < 90 for _, views in case.views)
