"""All that a map, or its half maps, tells without the table R(r, d)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional, Tuple, Union

import numpy as np

from ..numerics.axes import AxisSet
from ..numerics.presets import DEFAULT
from ..numerics.scratch import give_back
from ..numerics.solvent import NoNoiseError
from ..numerics.symmetry import NONE, rotations_of
from ..numerics.window import cropped
from .agreement import agreed
from .angular_error import AngularError, angular_error, told_by
from .conical_fsc import ConicalFsc, conical_fsc
from .isotropy import Isotropy, isotropy
from .missing_views import MissingViews, missing_views, no_views
from .noise_at_hand import check_half_maps, noise_of_half_maps, noise_of_solvent
from .symmetry_search import ImposedSymmetry, found_symmetry, named_symmetry

__all__ = ["Diagnosis", "diagnose"]

_WITHOUT_SYMMETRY = ImposedSymmetry(NONE, named=True)


@dataclass(frozen=True)
class Diagnosis:
    """What is told of a map, each with its uncertainty.

    Attributes
    ----------
    isotropy : Isotropy or str
        Or the reason why nothing is told.
    views : MissingViews
    angular_error : AngularError
    conical_fsc : ConicalFsc or None
        ``None`` without half maps.
    symmetry : ImposedSymmetry
        With which the map was diagnosed.
    no_noise : str or None
        Why the map holds no noise that findings could rest on, if so: then neither isotropy nor
        views nor errors of angle are told.
    """

    isotropy: Union[Isotropy, str]
    views: MissingViews
    angular_error: AngularError
    conical_fsc: Optional[ConicalFsc]
    symmetry: ImposedSymmetry = _WITHOUT_SYMMETRY
    no_noise: Optional[str] = None

    def record(self) -> Dict[str, Dict[str, Any]]:
        """Numbers and sentences by name of the finding, as JSON takes them."""
        found: Dict[str, Dict[str, Any]] = {}
        if self.no_noise is not None:
            said = (
                f"There is no noise to be had: {self.no_noise}. So neither the views nor errors of "
                "angle are told."
            )
            found["noise"] = {"reason": self.no_noise, "sentences": [said]}
        else:
            if isinstance(self.isotropy, str):
                said = f"Whether views were uniform cannot be told: {self.isotropy}."
                found["isotropy"] = {"sentences": [said]}
            else:
                found["isotropy"] = _entry(self.isotropy)
                found["isotropy"]["sentences"] += agreed(self.isotropy, self.views)
            found["views"] = _entry(self.views)
        if self.conical_fsc is not None:
            found["conical_fsc"] = _entry(self.conical_fsc)
        if self.no_noise is None:
            found["angular_error"] = _entry(self.angular_error)
        found["symmetry"] = {**asdict(self.symmetry), "sentences": [self.symmetry.sentence()]}
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
    symmetry: Optional[str] = None,
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
    symmetry : str, optional
        Name of the point group that was imposed (:mod:`monodir_plugin.numerics.symmetry`); if it is
        not given, it is looked for.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ValueError
        If there is no such group.
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
        correlation = conical_fsc(*halves, mask, sampling, axes, cone, threads, images)
    give_back()
    noise = volume if noise_map is None else noise_map
    reason, region = _noise_at_hand(volume, mask, noise_map)
    if symmetry is not None:
        group = named_symmetry(symmetry)
    else:
        group = found_symmetry(volume, mask, noise, region)
    give_back()
    if reason is not None:
        told_none = no_views(axes, reason), told_by(reason, sampling, noise_map is not None)
        return Diagnosis(reason, *told_none, correlation, group, reason)
    uniform = _isotropy(noise, region, images, group, threads)
    give_back()
    views = missing_views(volume, mask, sampling, axes, halves, threads, group.name)
    del halves
    give_back()
    return Diagnosis(
        isotropy=uniform,
        views=views,
        angular_error=angular_error(volume, mask, sampling, noise_map, threads),
        conical_fsc=correlation,
        symmetry=group,
    )


def _noise_at_hand(
    volume: np.ndarray, mask: np.ndarray, noise_map: Optional[np.ndarray]
) -> Tuple[Optional[str], np.ndarray]:
    """Why there is no noise, if so, and where there is."""
    try:
        if noise_map is None:
            return None, noise_of_solvent(volume, mask)
        check_half_maps(volume, noise_map, mask)
        return None, noise_of_half_maps(noise_map)
    except NoNoiseError as error:
        return str(error), np.zeros_like(mask)


def _isotropy(
    noise: np.ndarray,
    region: np.ndarray,
    images: Optional[int],
    group: ImposedSymmetry,
    threads: int,
) -> Union[Isotropy, str]:
    try:
        return isotropy(noise, region, images, rotations_of(group.name), threads=threads)
    except ValueError as error:
        return str(error)


def _entry(finding: Union[Isotropy, MissingViews, AngularError, ConicalFsc]) -> Dict[str, Any]:
    sentences: List[str] = finding.sentences()
    return {**finding.record(), "sentences": sentences}
