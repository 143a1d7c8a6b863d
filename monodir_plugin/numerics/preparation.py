"""From a map and a mask to a problem that can be raced: what is decided before the first axis."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Dict, List, Optional, Tuple, Union

import numpy as np

from .directional import DirectionalProblem
from .fade import FADE_WIDTH, Fade
from .filters import Filters
from .geometry import box_centre, distance_map, mask_centre
from .information import end_of_information
from .interpolation import VoxelRows
from .levelling import level, levelled
from .monores import monogenic_amplitude
from .noise import SAMPLED_LINES, SOLVENT_ANGLE, SampledNoise
from .noise_power import noise_power
from .noise_tails import PowerNoise, tails_of_noise
from .presets import DEFAULT, Preset
from .scratch import Scratch
from .solvent import NoNoiseError, Solvent
from .spectrum import spectrum_of, unit_gain
from .window import cropped

__all__ = ["DEFAULT_SETTINGS", "NoNoiseError", "Prepared", "Settings", "memory_needed", "prepare"]


@dataclass(frozen=True)
class Settings:
    """What the user may choose.

    Attributes
    ----------
    directions : int
        Number of axes: 46, 81, 126 or 181.
    cone : float
        Full opening of the cone about an axis, degrees.
    control : str or None
        What the significance says: one of
        :data:`monodir_plugin.numerics.discoveries.CONTROLS`; ``None``: the preset's.
    significance : float or None
        Share of the noise that a voxel must exceed (``cells``), or one less the share of false
        discoveries; ``None``: the preset's.
    coarsest : float or None
        Coarsest resolution looked for, Å; ``None``: the preset's.
    noise_radius : float or None
        Radius in voxels beyond which there is no noise; ``None``: found.
    centre : tuple of float, or "box", or "mask"
        Centre for radial and tangential resolution, voxels ``x, y, z``.
    """

    directions: int = 81
    cone: float = 30.0
    control: Optional[str] = None
    significance: Optional[float] = None
    coarsest: Optional[float] = None
    noise_radius: Optional[float] = None
    centre: Union[str, Tuple[float, float, float]] = "box"


DEFAULT_SETTINGS = Settings()
#: With less solvent, as a share of the box, the user is told.
_LITTLE_SOLVENT = 0.05


@dataclass(frozen=True)
class Prepared:
    """A problem, and what was decided on the way to it.

    Attributes
    ----------
    problem : DirectionalProblem
    indices : ndarray, shape (voxels,), int64
        Flat indices of the mask's voxels in the whole box.
    shape : tuple of int
        Shape of the whole box.
    sampling : float
        Voxel size, Å.
    centre : ndarray, shape (3,)
        Voxels, ``x, y, z``.
    settings : Settings
    preset : Preset
    facts : dict
        Numbers found on the way (noise region, end of information, ladder).
    notes, warnings : list of str
        Decisions to tell, and those the user should worry about.
    """

    problem: DirectionalProblem
    indices: np.ndarray
    shape: Tuple[int, int, int]
    sampling: float
    centre: np.ndarray
    settings: Settings
    preset: Preset
    facts: Dict[str, object] = field(default_factory=dict)
    notes: List[str] = field(default_factory=list)
    warnings: List[str] = field(default_factory=list)

    def without_spectra(self) -> Prepared:
        """What is needed when all is measured: to free memory."""
        none = np.zeros((0, 0, 0), np.complex64)
        noise = self.problem.noise
        if isinstance(noise, PowerNoise):
            noise = replace(noise, power=replace(noise.power, power=none.real))
        else:
            noise = replace(noise, spectrum=None, region=none.real > 0)
        problem = replace(
            self.problem,
            spectrum=none,
            noise_spectrum=None if self.problem.noise_spectrum is None else none,
            region=none.real > 0,
            noise=noise,
            voxels=VoxelRows(np.ones((1, 1, 1), bool)),
        )
        return replace(self, problem=problem)


def memory_needed(
    size: int, voxels: int, axes: int, threads: int, side: Optional[int] = None
) -> int:
    """Estimated peak memory in bytes of a run.

    Parameters
    ----------
    size, voxels : int
        Side of the box, and voxels of the mask.
    axes, threads : int
    side : int, optional
        Of the part of the box that is worked on (``Preset.working_box``); default: all of it.
    """
    part = (side or size) ** 3
    # Along the diagonals with a cone of 90 degrees; with one of 30 it is a third to two thirds.
    # A process has the interpreter's objects and the compiled code for itself.
    per_thread = 17 * part + 50 * voxels + 30_000_000
    at_once = max(30 * part, threads * per_thread)
    return 250_000_000 + 16 * size**3 + 2 * axes * voxels + at_once


def prepare(
    volume: np.ndarray,
    mask: np.ndarray,
    sampling: float,
    settings: Settings = DEFAULT_SETTINGS,
    preset: Preset = DEFAULT,
    noise_map: Optional[np.ndarray] = None,
    threads: int = 1,
) -> Prepared:
    """Decide where the noise is, where the ladder ends, and transform the map.

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
        A map of noise alone, of the strength of that in the map: half of the
        difference of the half maps.  The noise is then taken inside the mask.
    threads : int

    Returns
    -------
    Prepared

    Raises
    ------
    NoNoiseError
        If there is no noise in the solvent.
    ValueError
        If the shapes differ, the mask is empty, or no rung fits.
    """
    if volume.shape != mask.shape:
        raise ValueError(f"the mask has shape {mask.shape}, the map {volume.shape}")
    if not mask.any():
        raise ValueError("the mask is empty")
    settings = _with_defaults(settings, preset)
    rules = replace(preset.race, control=settings.control)
    whole, shape = mask, volume.shape
    size = preset.working_box(mask)
    volume, mask = cropped(volume, size), cropped(mask, size)
    noise_map = None if noise_map is None else cropped(noise_map, size)
    gain = unit_gain(volume)
    facts: Dict[str, object] = {"working_box_px": size}
    notes: List[str] = []
    warnings: List[str] = []
    if size < shape[0]:
        notes.append(
            f"box: the middle {size} of {shape[0]} voxels hold the particle and solvent enough"
        )
    source = volume if noise_map is None else noise_map
    if noise_map is None:
        solvent = preset.solvent(volume, mask, settings.noise_radius)
        region = solvent.region
        _tell_noise(solvent, size, settings, facts, notes, warnings)
    else:
        region = mask & (distance_map(size) <= size / 2 - FADE_WIDTH)
        notes.append("noise: half of the difference of the half maps, inside the mask")
    power = noise_power(source, region, gain, threads)
    ladder = preset.ladder(shape[0], sampling, settings.coarsest, 1.0)
    end = end_of_information(power.radial, float(ladder.frequency[0]))
    if end is not None:
        ladder = _end_ladder(ladder, end, shape[0], sampling, settings, preset, facts, warnings)
    fewest = SAMPLED_LINES if preset.sampled_noise else 1
    filters = Filters(ladder, size, fewest, preset.margin)
    resolutions = ladder.resolutions(sampling)
    facts["rungs_A"] = [float(r) for r in resolutions]
    notes.append(f"ladder: {len(ladder)} rungs, {resolutions[0]:.2f} to {resolutions[-1]:.2f} Å")
    if len(ladder) < 5:
        warnings.append(
            f"only {len(ladder)} rungs lie between the coarse limit and the finest frequency: "
            "resolutions are rough; voxels may be too large or the coarse limit too fine"
        )
    spectrum = spectrum_of(volume, gain, threads)
    noise_spectrum = None if noise_map is None else spectrum_of(noise_map, gain, threads)
    fade, gains, half = None, None, settings.cone / 2
    noise: Union[SampledNoise, PowerNoise]
    if preset.sampled_noise:
        fade = Fade(size, size / 2, FADE_WIDTH)
        angle = SOLVENT_ANGLE if noise_map is None else 90.0
        noise = SampledNoise(noise_spectrum, region, angle, filters, fade, half)
    else:
        gains, power = levelled(power, end)
        for each in (spectrum, noise_spectrum):
            if each is not None:
                level(each, gains)
        tails = tails_of_noise(spectrum, power.radial, filters, half, threads)
        noise = PowerNoise(power, filters, half, tails)
    least = 0.0
    if preset.weak > 0:
        amplitude = monogenic_amplitude(
            spectrum, filters, 0, fade, rules.corners, threads, Scratch()
        )
        least = preset.weak * float(amplitude[region].mean())
    problem = DirectionalProblem(
        spectrum=spectrum,
        noise_spectrum=noise_spectrum,
        gains=gains,
        region=region,
        noise=noise,
        voxels=VoxelRows(mask),
        filters=filters,
        unpooled=Filters(ladder.unpooled(), size),
        fade=fade,
        cone=settings.cone,
        significance=settings.significance,
        rules=rules,
        least_amplitude=least,
    )
    if rules.control == "fdr-all":
        notes.append("control: all axes together, counted in a first race along every fifth")
    return Prepared(
        problem=problem,
        indices=np.flatnonzero(whole),
        shape=shape,
        sampling=sampling,
        centre=_centre(settings.centre, whole),
        settings=settings,
        preset=preset,
        facts=facts,
        notes=notes,
        warnings=warnings,
    )


def _with_defaults(settings: Settings, preset: Preset) -> Settings:
    """Settings with the preset's where none were made."""
    return replace(
        settings,
        control=settings.control or preset.race.control,
        significance=settings.significance or preset.significance,
    )


def _tell_noise(
    solvent: Solvent,
    size: int,
    settings: Settings,
    facts: Dict[str, object],
    notes: List[str],
    warnings: List[str],
) -> None:
    """Facts and words on the noise region."""
    voxels = int(solvent.region.sum())
    facts["noise_region"] = {
        "voxels": voxels,
        "outer_radius_px": solvent.outer,
        "noise_ends_at_px": solvent.edge,
    }
    notes.append(f"noise: {voxels} voxels of solvent up to a radius of {solvent.outer:g} voxels")
    if solvent.edge < size // 2 and settings.noise_radius is None:
        notes.append(f"the map was masked by a sphere of {solvent.edge:g} voxels")
    share = voxels / size**3
    if share < _LITTLE_SOLVENT:
        warnings.append(
            f"only {100 * share:.1f} % of the box is solvent, from which the noise is taken: "
            "a larger box or half maps would be better"
        )


def _end_ladder(ladder, end, size, sampling, settings, preset, facts, warnings):  # type: ignore[no-untyped-def]
    """The ladder up to where the information ends, if the preset says so."""
    facts["end_of_information_A"] = sampling / end
    if not preset.stop_at_end:
        warnings.append(
            f"the map holds no information finer than {sampling / end:.2f} Å (it was low-passed): "
            "finer resolutions of this preset mean nothing"
        )
        return ladder
    warnings.append(
        f"the map holds no information finer than {sampling / end:.2f} Å (it was low-passed): "
        "the ladder ends there, and nothing finer is reported"
    )
    return preset.ladder(size, sampling, settings.coarsest, end)


def _centre(choice: Union[str, Tuple[float, float, float]], mask: np.ndarray) -> np.ndarray:
    if choice == "box":
        return box_centre(mask.shape[0])
    if choice == "mask":
        return mask_centre(mask)
    return np.asarray(choice, dtype=float)
