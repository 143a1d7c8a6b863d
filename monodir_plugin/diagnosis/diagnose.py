"""All that a map, or its half maps, tells without the table R(r, d)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple, Union

import numpy as np

from ..numerics.geometry.axes import AxisSet
from ..numerics.geometry.crop import cropped
from ..numerics.geometry.grid import distance_map
from ..numerics.localres.presets import DEFAULT
from ..numerics.noise.solvent import NoNoiseError, noise_edge, off_the_particle
from ..numerics.parallel.buffers import give_back
from .angles.angular_error import AngularError, angular_error
from .conical_fsc import ConicalFsc, conical_fsc
from .views.isotropy import Isotropy, isotropy
from .views.missing_views import MissingViews, missing_views

__all__ = ["Diagnosis", "diagnose"]

#: Voxels kept clear of the sphere at which the noise of half maps ends, which may be soft.
_MARGIN = 4.0


@dataclass(frozen=True)
class Diagnosis:
    """What was found in a map, each with its uncertainty.

    Attributes
    ----------
    isotropy : Isotropy or str
        Or the reason why nothing was found.
    views : MissingViews
    angular_error : AngularError
    conical_fsc : ConicalFsc or None
        ``None`` without half maps.
    """

    isotropy: Union[Isotropy, str]
    views: MissingViews
    angular_error: AngularError
    conical_fsc: Optional[ConicalFsc]

    def record(self) -> Dict[str, Dict[str, Any]]:
        """Numbers and sentences by name of the finding, as JSON takes them."""
        found: Dict[str, Dict[str, Any]] = {}
        if isinstance(self.isotropy, str):
            said = f"Whether views were uniform cannot be told: {self.isotropy}."
            found["isotropy"] = {"sentences": [said]}
        else:
            found["isotropy"] = _entry(self.isotropy)
        found["views"] = _entry(self.views)
        if self.conical_fsc is not None:
            found["conical_fsc"] = _entry(self.conical_fsc)
        found["angular_error"] = _entry(self.angular_error)
        return found


def diagnose(
    volume: np.ndarray,
    mask: np.ndarray,
    sampling: float,
    axes: AxisSet,
    cone: float,
    noise_map: Optional[np.ndarray] = None,
    images: Optional[int] = None,
    threads: int = 1,
) -> Diagnosis:
    """Diagnose a map.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, or mean of the half maps, ``[z, y, x]``.
    mask : ndarray of bool, shape (N, N, N)
        The particle.
    sampling : float
        Voxel size, Å.
    axes : AxisSet
    cone : float
        Opening of the cones of the conical correlation, degrees.
    noise_map : ndarray, shape (N, N, N), optional
        Half of the difference of the half maps.
    images : int, optional
        Number of particle images behind the map.
    threads : int

    Returns
    -------
    Diagnosis
    """
    # Solvent far from the particle costs as much as the particle and tells no more.
    side = DEFAULT.working_box(mask)
    volume, mask = cropped(volume, side), cropped(mask, side)
    halves: Optional[Tuple[np.ndarray, np.ndarray]] = None
    if noise_map is not None:
        noise_map = cropped(noise_map, side)
        halves = (volume + noise_map, volume - noise_map)
    correlation = None
    if halves is not None:
        correlation = conical_fsc(*halves, mask, sampling, axes, cone, threads)
    give_back()
    uniform = _isotropy(volume, mask, noise_map, images, threads)
    give_back()
    views = missing_views(volume, mask, sampling, axes, halves, threads)
    del halves
    give_back()
    return Diagnosis(
        isotropy=uniform,
        views=views,
        angular_error=angular_error(volume, mask, sampling, noise_map, threads),
        conical_fsc=correlation,
    )


def _isotropy(
    volume: np.ndarray,
    mask: np.ndarray,
    noise_map: Optional[np.ndarray],
    images: Optional[int],
    threads: int,
) -> Union[Isotropy, str]:
    try:
        if noise_map is None:
            region = off_the_particle(volume, mask, None).region
            return isotropy(volume, region, images, threads=threads)
        radius = distance_map(len(mask))
        edge = noise_edge(noise_map, np.ones_like(mask), radius)
        return isotropy(noise_map, radius <= edge - _MARGIN, images, threads=threads)
    except (NoNoiseError, ValueError) as error:
        return str(error)


def _entry(finding: Union[Isotropy, MissingViews, AngularError, ConicalFsc]) -> Dict[str, Any]:
    sentences: List[str] = finding.sentences()
    return {**finding.record(), "sentences": sentences}
