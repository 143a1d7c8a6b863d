"""The findings that follow from a map or its half maps without the table R(r, d)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
from scipy.spatial.transform import Rotation

from ..numerics.checks.arrays import check_map, check_mask, check_sampling
from ..numerics.geometry.axes import AxisSet
from ..numerics.geometry.crop import cropped
from ..numerics.geometry.symmetry import NONE, rotations_of
from ..numerics.half_maps.findings import Finding, doubtful, unfit
from ..numerics.measurement.presets import DEFAULT
from ..numerics.noise.solvent_noise import SolventNoise, solvent_noise
from ..numerics.parallel.handover import Handover
from ..numerics.parallel.process_pool import in_workers
from ..numerics.solvent.region import NoNoiseError
from .angles.angular_error import AngularError, angular_error, error_of_fit
from .conical_fsc import ConicalFsc, conical_fsc
from .particles.particle_views import ParticleViews
from .symmetry_search import ImposedSymmetry, found_symmetry, named_symmetry
from .views.agreement import agreed
from .views.available_noise import (
    UnfitHalfMapsError,
    check_half_maps,
    noise_of_half_maps,
    noise_of_solvent,
)
from .views.isotropy import Isotropy, isotropy
from .views.missing_views import MissingViews, missing_views, no_views

__all__ = ["Diagnosis", "diagnose"]

_WITHOUT_SYMMETRY = ImposedSymmetry(NONE, named=True)


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
        ``None`` without half maps, and of those that do not fit.
    symmetry : ImposedSymmetry
        The symmetry with which the map was diagnosed.
    no_noise : str or None
        Why the noise of the map cannot be used, if so: then isotropy, views and angular error are
        not reported.
    particles : ParticleViews or None
        The views by the angles of the particles, if these were given.
    no_correlation : str or None
        Why the correlation of the half maps means nothing, if so: then it is not reported.
    doubt : str or None
        Why the half maps may correlate by more than the signal that they share, if so.
    """

    isotropy: Union[Isotropy, str]
    views: MissingViews
    angular_error: AngularError
    conical_fsc: Optional[ConicalFsc]
    symmetry: ImposedSymmetry = _WITHOUT_SYMMETRY
    no_noise: Optional[str] = None
    particles: Optional[ParticleViews] = None
    no_correlation: Optional[str] = None
    doubt: Optional[str] = None

    def record(self) -> Dict[str, Dict[str, Any]]:
        """Numbers and sentences by name of the finding, in types that JSON has."""
        found: Dict[str, Dict[str, Any]] = {}
        if self.no_noise is not None:
            sentence = (
                f"The noise of this map cannot be measured: {self.no_noise}. The views and the "
                "angular error are therefore not reported."
            )
            found["noise"] = {"reason": self.no_noise, "sentences": [sentence]}
        else:
            if isinstance(self.isotropy, str):
                sentence = f"Whether the views are uniform cannot be tested: {self.isotropy}."
                found["isotropy"] = {"sentences": [sentence]}
            else:
                found["isotropy"] = _entry(self.isotropy)
                found["isotropy"]["sentences"] += agreed(self.isotropy, self.views)
            found["views"] = _entry(self.views)
        if self.particles is not None:
            found["particles"] = _entry(self.particles)
        if self.no_correlation is not None:
            sentence = (
                "The FSC of the half maps along axes, its sphericity and the conical FSC area "
                f"ratio (cFAR) are not reported: {self.no_correlation}."
            )
            found["conical_fsc"] = {"reason": self.no_correlation, "sentences": [sentence]}
        elif self.conical_fsc is not None:
            found["conical_fsc"] = _entry(self.conical_fsc)
        if self.no_noise is None:
            found["angular_error"] = _entry(self.angular_error)
        if self.doubt is not None:
            self._add_doubt(found)
        found["symmetry"] = {**asdict(self.symmetry), "sentences": [self.symmetry.sentence()]}
        return found

    def _add_doubt(self, found: Dict[str, Dict[str, Any]]) -> None:
        """Sentences with the findings that rest on the correlation of the half maps."""
        why = f"in doubt, because of the half maps: {self.doubt}."
        if self.conical_fsc is not None:
            # First, so that nobody reads the numbers without it.
            found["conical_fsc"]["sentences"].insert(0, f"All that follows is {why}")
        if self.no_noise is None and self.views.views is not None:
            found["views"]["sentences"].append(f"The views are {why}")
        if self.no_noise is None and self.angular_error.reason is None:
            sentence = f"The angular error may be larger, and its interval is {why}"
            found["angular_error"]["sentences"].append(sentence)


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
    symmetry: Optional[str] = None,
    exclude: Optional[np.ndarray] = None,
    solvent: Optional[SolventNoise] = None,
    findings: Sequence[Finding] = (),
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
        Called between findings, when the arrays of one are freed; also in worker processes.
    symmetry : str, optional
        Name of the point group that was imposed (:mod:`monodir_plugin.numerics.geometry.symmetry`);
        if it is not given, it is searched for.
    exclude : ndarray of bool, shape (N, N, N), optional
        Voxels that are neither particle nor noise: no noise is taken from them.
    solvent : SolventNoise, optional
        Of a single map in the default preset's working box, where it is known.
    findings : sequence of Finding
        What was found wrong with the pair of half maps (:mod:`monodir_plugin.numerics.half_maps`).

    Returns
    -------
    Diagnosis

    Raises
    ------
    ValueError
        If an array is not a map or not a mask, or there is no such group.
    LostWorkerError
        If a worker process is killed.
    """
    check_map(volume)
    check_mask(mask, volume.shape)
    check_sampling(sampling)
    pause = between or _do_nothing
    # Solvent far from the particle costs as much time as the particle and adds little.
    side = DEFAULT.working_box(mask)
    volume, mask = cropped(volume, side), cropped(mask, side)
    exclude = None if exclude is None else cropped(exclude, side)
    halves: Optional[Tuple[np.ndarray, np.ndarray]] = None
    if noise_map is not None:
        noise_map = cropped(noise_map, side)
        halves = (volume + noise_map, volume - noise_map)
    noise = volume if noise_map is None else noise_map
    apart = None if noise_map is None else unfit(findings)
    reason, region = apart, np.zeros_like(mask)
    try:
        if noise_map is not None:
            if apart is None:
                check_half_maps(volume, noise_map, mask)
                region = noise_of_half_maps(noise_map, exclude)
        else:
            solvent = solvent or solvent_noise(volume, mask, exclude, threads)
            region = noise_of_solvent(volume, mask, exclude, solvent.solvent)
    except UnfitHalfMapsError as found:
        reason = apart = str(found)
    except NoNoiseError as found:
        reason = str(found)
    of_solvent = region if noise_map is None else None
    # By Fourier shell: of the particle with its noise, and of the solvent.
    powers = None if solvent is None else (solvent.particle.radial, solvent.noise.radial)
    power = None if powers is None else powers[1]
    del solvent
    pause()

    handover: Handover[ImposedSymmetry] = Handover()

    def imposed() -> ImposedSymmetry:
        if symmetry is not None:
            return named_symmetry(symmetry)
        return found_symmetry(volume, mask, noise, region)

    def symmetry_and_angles(threads: int) -> Tuple[ImposedSymmetry, AngularError]:
        group = handover.give(imposed)
        pause()
        if reason is not None:
            return group, error_of_fit(reason, sampling, noise_map is not None)
        return group, angular_error(volume, mask, sampling, noise_map, threads, of_solvent, powers)

    def noise_and_views(threads: int) -> Tuple[Union[Isotropy, str], MissingViews]:
        if reason is not None:
            return reason, no_views(axes, reason)
        group = lru_cache(maxsize=1)(lambda: handover.take().name)
        uniform = _isotropy(noise, region, images, lambda: rotations_of(group()), threads, power)
        pause()
        if isinstance(uniform, str):
            # The same noise would have to show the views.
            return uniform, no_views(axes, uniform)
        views = missing_views(
            volume,
            mask,
            sampling,
            axes,
            halves,
            threads,
            group(),
            images,
            of_solvent,
            exclude,
            power,
        )
        return uniform, views

    def correlation(threads: int) -> Optional[ConicalFsc]:
        if halves is None or apart is not None:
            return None
        return conical_fsc(*halves, mask, sampling, axes, cone, threads, images)

    # The second needs the symmetry only after half of its work.
    (group, error), (uniform, views), cones = _at_once(
        [symmetry_and_angles, noise_and_views, correlation], threads, pause
    )
    if isinstance(uniform, str):
        reason = uniform
    return Diagnosis(
        uniform, views, error, cones, group, reason,
        no_correlation=apart, doubt=None if noise_map is None else doubtful(findings),
    )  # fmt: skip


def _at_once(
    works: Sequence[Callable[[int], Any]], threads: int, after: Callable[[], None]
) -> List[Any]:
    """Results of functions of a number of threads, each called in a process of its own.

    Findings spend most of their time in single threads of NumPy.  Computing them at the same time
    therefore uses more cores than computing each of them with all threads.
    """
    each = -(-threads // len(works))
    found: Dict[int, Any] = {}
    for i, result in in_workers(lambda i: works[i](each), len(works), threads):
        found[i] = result
        after()
    return [found[i] for i in range(len(works))]


def _do_nothing() -> None:
    """Stand in for a callback that was not given."""


def _isotropy(
    noise: np.ndarray,
    region: np.ndarray,
    images: Optional[int],
    symmetry: Callable[[], Rotation],
    threads: int,
    power: Optional[np.ndarray],
) -> Union[Isotropy, str]:
    try:
        return isotropy(noise, region, images, symmetry, threads=threads, radial=power)
    except ValueError as error:
        return str(error)


def _entry(
    finding: Union[Isotropy, MissingViews, AngularError, ConicalFsc, ParticleViews],
) -> Dict[str, Any]:
    sentences: List[str] = finding.sentences()
    return {**finding.record(), "sentences": sentences}
