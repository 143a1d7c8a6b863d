"""The findings that follow from a map or its half maps without the table R(r, d)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

import numpy as np

from ..numerics.geometry.axes import AxisSet
from ..numerics.geometry.crop import cropped
from ..numerics.geometry.grid import distance_map
from ..numerics.measurement.presets import DEFAULT
from ..numerics.noise.solvent import NoNoiseError, noise_edge, off_the_particle
from .angles.angular_error import AngularError, angular_error
from .conical_fsc import ConicalFsc, conical_fsc
from .views.isotropy import Isotropy, isotropy
from .views.missing_views import MissingViews, missing_views

__all__ = ["Diagnosis", "diagnose"]

#: Margin in voxels to the sphere at which the noise of half maps ends; its edge may be soft.
_MARGIN = 4.0


@dataclass(frozen=True)
class Diagnosis:
    """Findings about a map, each with its uncertainty.

    Attributes
    ----------
    isotropy : Isotropy or str
        A string gives the reason why isotropy could not be tested.
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
        """Numbers and sentences by name of the finding, in types that JSON has."""
        found: Dict[str, Dict[str, Any]] = {}
        if isinstance(self.isotropy, str):
            sentence = f"Whether the views are uniform cannot be tested: {self.isotropy}."
            found["isotropy"] = {"sentences": [sentence]}
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
    between: Optional[Callable[[], None]] = None,
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
        Number of particle images from which the map was reconstructed.
    threads : int
    between : callable, optional
        Called between two findings, when the arrays of the first are freed.

    Returns
    -------
    Diagnosis
    """
    pause = between or _do_nothing
    # Solvent far from the particle costs as much time as the particle and adds little.
    side = DEFAULT.working_box(mask)
    volume, mask = cropped(volume, side), cropped(mask, side)
    halves: Optional[Tuple[np.ndarray, np.ndarray]] = None
    if noise_map is not None:
        noise_map = cropped(noise_map, side)
        halves = (volume + noise_map, volume - noise_map)
    correlation = None
    if halves is not None:
        correlation = conical_fsc(*halves, mask, sampling, axes, cone, threads)
    pause()
    uniform = _isotropy(volume, mask, noise_map, images, threads)
    pause()
    views = missing_views(volume, mask, sampling, axes, halves, threads)
    del halves
    pause()
    return Diagnosis(
        isotropy=uniform,
        views=views,
        angular_error=angular_error(volume, mask, sampling, noise_map, threads),
        conical_fsc=correlation,
    )


def _do_nothing() -> None:
    """Stand in for a callback that was not given."""


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
