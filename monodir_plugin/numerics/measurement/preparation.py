"""From a map and a mask to a problem that can be measured."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Dict, List, Optional, Tuple

import numpy as np

from ..checks.arrays import check_map, check_mask, check_sampling, check_threads
from ..fourier.lowpass_detection import end_of_information
from ..fourier.spectrum import unit_gain
from ..geometry.axes import AxisSet
from ..geometry.crop import cropped
from ..geometry.grid import box_centre, mask_centre
from ..noise.half_map_noise import half_map_noise
from ..noise.noise_model import NoiseModel
from ..noise.solvent_noise import SolventNoise
from ..problem.decisions import (
    Decisions,
    axes_decisions,
    box_decisions,
    exclusion_decisions,
    frequency_decisions,
    half_map_decisions,
    low_pass_decisions,
    solvent_decisions,
    without_repetition,
)
from ..problem.directional_problem import DirectionalProblem, ProblemInput, WorkingBox
from ..problem.settings import (
    DEFAULT_SETTINGS,
    Centre,
    Settings,
    check_settings_for_map,
    checked_settings,
)
from ..solvent.exclusion import without_excluded
from ..solvent.grey_values import compressed_values
from ..solvent.region import Solvent, off_the_border
from .presets import DEFAULT, Preset

__all__ = ["Prepared", "prepare"]


@dataclass(frozen=True)
class Prepared:
    """A problem, and what was decided while it was made.

    Attributes
    ----------
    problem : DirectionalProblem
    indices : ndarray, shape (voxels,), int64
        Flat indices of the voxels of the mask in the whole box.
    shape : tuple of int
        Shape of the whole box.
    sampling : float
        Voxel size, Å.
    centre : ndarray, shape (3,)
        Voxels, ``x, y, z``.
    settings : Settings
        With the preset's values where the user named none.
    preset : Preset
    noise_from_half_maps : bool
    with_data : ndarray of bool, shape (directions,)
        Whether the map holds data along the axes of the table.
    facts : dict
        Numbers that were found (noise region, end of information, frequencies).
    notes, warnings : list of str
        Sentences on decisions, and on what may make results wrong or rough.
    """

    problem: DirectionalProblem
    indices: np.ndarray
    shape: Tuple[int, int, int]
    sampling: float
    centre: np.ndarray
    settings: Settings
    preset: Preset
    noise_from_half_maps: bool
    with_data: np.ndarray
    facts: Dict[str, object] = field(default_factory=dict)
    notes: List[str] = field(default_factory=list)
    warnings: List[str] = field(default_factory=list)

    @property
    def axes(self) -> AxisSet:
        """The axes of the table."""
        return AxisSet.icosahedral(self.settings.directions)

    def without_spectra(self) -> Prepared:
        """What is needed after the measurement: it takes less memory."""
        return replace(self, problem=self.problem.without_spectra())


def prepare(
    volume: np.ndarray,
    mask: np.ndarray,
    sampling: float,
    settings: Settings = DEFAULT_SETTINGS,
    preset: Preset = DEFAULT,
    noise_map: Optional[np.ndarray] = None,
    threads: int = 1,
    exclude: Optional[np.ndarray] = None,
    known: Optional[SolventNoise] = None,
) -> Prepared:
    """Decide where the noise is and which frequencies to test, and transform the map.

    Parameters
    ----------
    volume : ndarray, shape (N, N, N)
        Map, ``[z, y, x]``.
    mask : ndarray of bool, shape (N, N, N)
        Voxels to measure.
    sampling : float
        Voxel size, Å.
    settings : Settings
    preset : Preset
    noise_map : ndarray, shape (N, N, N), optional
        A map of noise alone, as strong as the noise of the map: half of the difference of the half
        maps.  The noise is then taken inside the mask.
    threads : int
    exclude : ndarray of bool, shape (N, N, N), optional
        Voxels that are neither particle nor noise, such as a membrane, gold or a neighbouring
        particle: they are not measured, and no noise is taken from them.
    known : SolventNoise, optional
        Solvent and powers in the working box, where they are known; the powers are used up.

    Returns
    -------
    Prepared

    Raises
    ------
    NoNoiseError
        If there is no noise in the solvent.
    ValueError
        If an array is not a map or not a mask, an argument is of another type, a setting does not
        fit the preset or the map, or no frequency fits between the limits.
    """
    check_map(volume)
    check_mask(mask, volume.shape)
    check_sampling(sampling)
    if noise_map is not None:
        check_map(noise_map, "noise map")
        if noise_map.shape != volume.shape:
            raise ValueError(f"the noise map has shape {noise_map.shape}, the map {volume.shape}")
    if not isinstance(preset, Preset):
        raise ValueError(f"preset {preset}: give a record such as DEFAULT or PRESETS['published']")
    check_threads(threads)
    settings = checked_settings(settings, preset)
    size = volume.shape[0]
    check_settings_for_map(settings, size, sampling)
    mask, overlap = without_excluded(mask, exclude)
    box = _working_box(volume, mask, sampling, preset, noise_map)
    solvent = None if known is None else known.solvent
    region, decided = _noise_region(box, settings, preset, exclude, solvent)
    noise, scatter, around = _noise(box, region, preset, exclude, threads, known)
    end, grid = _frequencies(noise.radial, box, settings, preset)
    particle = None if known is None else known.particle
    problem = preset.problem(
        ProblemInput(box, region, noise, scatter, grid, end, settings, threads, particle, around)
    )
    compressed = compressed_values(box.volume, box.mask)
    axes = AxisSet.icosahedral(settings.directions)
    with_data = problem.axes_with_data(axes)
    decided = (
        box_decisions(box.size, size)
        + exclusion_decisions(exclude, overlap)
        + decided
        + Decisions(warnings=[] if compressed is None else [compressed])
        + low_pass_decisions(end, float(grid[-1]), sampling)
        + problem.decisions(sampling)
        + frequency_decisions(problem.frequencies, sampling)
        + axes_decisions(axes, with_data)
    )
    return Prepared(
        problem=problem,
        indices=np.flatnonzero(mask),
        shape=(size, size, size),
        sampling=sampling,
        centre=_centre(settings.centre, mask),
        settings=settings,
        preset=preset,
        noise_from_half_maps=noise_map is not None,
        with_data=with_data,
        facts=decided.facts,
        notes=decided.notes,
        warnings=without_repetition(decided.warnings),
    )


def _working_box(
    volume: np.ndarray,
    mask: np.ndarray,
    sampling: float,
    preset: Preset,
    noise_map: Optional[np.ndarray],
) -> WorkingBox:
    """Cut the arrays to the part that is worked on."""
    side = preset.working_box(mask)
    part, whole_size = cropped(volume, side), mask.shape[0]
    mask = cropped(mask, side)
    return WorkingBox(
        volume=part,
        noise_map=None if noise_map is None else cropped(noise_map, side),
        mask=mask,
        inside=off_the_border(mask),
        gain=unit_gain(part),
        whole_size=whole_size,
        sampling=sampling,
    )


def _noise_region(
    box: WorkingBox,
    settings: Settings,
    preset: Preset,
    exclude: Optional[np.ndarray],
    solvent: Optional[Solvent],
) -> Tuple[np.ndarray, Decisions]:
    """Where the noise is, bool (n, n, n): inside the mask with half maps, else in the solvent."""
    if box.noise_map is not None:
        return box.inside, half_map_decisions()
    if solvent is None:
        part = None if exclude is None else cropped(exclude, box.size)
        solvent = preset.solvent(box.volume, box.mask, settings.noise_radius, part)
    measured = int(box.mask.sum())
    return solvent.region, solvent_decisions(solvent, box.volume, measured, settings.noise_radius)


def _noise(
    box: WorkingBox,
    region: np.ndarray,
    preset: Preset,
    exclude: Optional[np.ndarray],
    threads: int,
    known: Optional[SolventNoise],
) -> Tuple[NoiseModel, np.ndarray, Optional[np.ndarray]]:
    """The noise, how its power along an axis scatters, and its power around the mask.

    As in :class:`ProblemInput`.
    """
    volume = box.volume if box.noise_map is None else box.noise_map

    def measure(where: np.ndarray) -> NoiseModel:
        return preset.noise(volume, where, box.gain, threads)

    if box.noise_map is None:
        noise = measure(region) if known is None else known.noise
        return noise, np.full(len(noise.radial), box.mask.sum() / region.sum()), None
    excluded = None if exclude is None else cropped(exclude, box.size)
    return half_map_noise(measure, box.noise_map, region, excluded)


def _frequencies(
    noise: np.ndarray, box: WorkingBox, settings: Settings, preset: Preset
) -> Tuple[Optional[float], np.ndarray]:
    """Where a low-passed map ends (``None``: nowhere), and the frequencies to test.

    Cycles per voxel; ``noise`` is the power of the noise by Fourier shell.
    """
    size, sampling, coarsest = box.whole_size, box.sampling, settings.coarsest
    grid = preset.frequencies(size, sampling, coarsest, 1.0)
    end = end_of_information(noise, float(grid[0]))
    return end, grid if end is None else preset.frequencies(size, sampling, coarsest, end)


def _centre(choice: Centre, mask: np.ndarray) -> np.ndarray:
    """The centre in voxels, ``x, y, z``."""
    if isinstance(choice, str):
        return mask_centre(mask) if choice == "mask" else box_centre(mask.shape[0])
    return np.asarray(choice, dtype=float)
