"""From a map and a mask to a problem that can be measured: decisions before the first axis."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Dict, List, Optional, Tuple, Union

import numpy as np

from . import published
from .amplitude_test import SIGNIFICANCE, AmplitudeTest
from .axes import AxisSet
from .bands import bands_of
from .criterion import CRITERION, snr_of_fsc
from .fade import FADE_WIDTH, Fade
from .filters import Filters
from .geometry import box_centre, distance_map, mask_centre
from .information import end_of_information
from .interpolation import VoxelRows
from .ladder import default_coarsest
from .local_power import independent_of
from .monores import monogenic_amplitude
from .nodes import Nodes
from .noise import SAMPLED_LINES, SOLVENT_ANGLE, SampledNoise
from .noise_power import NoisePower, noise_power
from .noise_report import report_noise
from .presets import DEFAULT, Preset
from .processed import hardly_stronger, processed_solvent
from .scratch import Scratch
from .signal_to_noise import SnrProblem, map_resolution, measured_without_cone
from .solvent import NoNoiseError
from .spectrum import spectrum_of, unit_gain
from .whitening import whitened, whitening_gains
from .window import cropped

__all__ = [
    "DEFAULT_SETTINGS",
    "NoNoiseError",
    "Prepared",
    "Settings",
    "checked_settings",
    "memory_needed",
    "prepare",
]


Problem = Union[SnrProblem, AmplitudeTest]


@dataclass(frozen=True)
class Settings:
    """What the user may choose.

    Attributes
    ----------
    directions : int
        Number of axes: 46, 81, 126 or 181.
    cone : float
        Full opening of the cone about an axis, degrees (default preset: its full width at half
        of the weight).
    criterion : float or None
        FSC value that ends the resolution, between 0 and 1; ``None``: 0.5.  Default preset only.
    significance : float or None
        Quantile of the noise's amplitude that a voxel must exceed, between 0 and 1; ``None``:
        0.95.  Published preset only.
    coarsest : float or None
        Coarsest resolution looked for, Å; ``None``: the preset's.
    noise_radius : float or None
        Radius in voxels beyond which there is no noise; ``None``: found.
    centre : tuple of float, or "box", or "mask"
        Centre for radial and tangential resolution, voxels ``x, y, z``.
    """

    directions: int = 81
    cone: float = 30.0
    criterion: Optional[float] = None
    significance: Optional[float] = None
    coarsest: Optional[float] = None
    noise_radius: Optional[float] = None
    centre: Union[str, Tuple[float, float, float]] = "box"


DEFAULT_SETTINGS = Settings()
_FEW_FREQUENCIES = 5
#: With a larger share of exact zeros the user is warned; spheres leave 48 % of their box.
_MANY_ZEROS = 0.55
#: More axes without data are counted, not named.
_NAMED_AXES = 6
#: Bands are no narrower than of a map that reaches this many times the coarse limit.
_COARSEST_BANDS = 2.0
#: Distance of nodes over the deviation of the window.
_NODES = 0.8


@dataclass(frozen=True)
class Prepared:
    """A problem, and what was decided on the way to it.

    Attributes
    ----------
    problem : SnrProblem or AmplitudeTest
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
    noise_from_half_maps : bool
    with_data : ndarray of bool, shape (directions,)
        Whether the map holds data along the axes of the table.
    facts : dict
        Numbers found on the way (noise region, end of information, frequencies).
    notes, warnings : list of str
        Decisions to tell, and those the user should worry about.
    """

    problem: Problem
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
        """What is needed when all is measured: to free memory."""
        return replace(self, problem=self.problem.without_spectra())


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
    return 250_000_000 + 20 * size**3 + 2 * axes * voxels + at_once


def prepare(
    volume: np.ndarray,
    mask: np.ndarray,
    sampling: float,
    settings: Settings = DEFAULT_SETTINGS,
    preset: Preset = DEFAULT,
    noise_map: Optional[np.ndarray] = None,
    threads: int = 1,
) -> Prepared:
    """Decide where the noise is and where frequencies end, and transform the map.

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
        If the shapes differ, the mask is empty, no frequency fits, or a setting makes no sense.
    """
    if volume.shape != mask.shape:
        raise ValueError(f"the mask has shape {mask.shape}, the map {volume.shape}")
    if not mask.any():
        raise ValueError("the mask is empty")
    settings = checked_settings(settings, preset)
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
    inside = mask & (distance_map(size) <= size / 2 - FADE_WIDTH)
    inside = inside if inside.any() else mask
    if noise_map is None:
        solvent = preset.solvent(volume, mask, settings.noise_radius)
        region = solvent.region
        report_noise(solvent, size, int(mask.sum()), settings.noise_radius, facts, notes, warnings)
        zeros = float(np.mean(volume == 0))
        if zeros > _MANY_ZEROS:
            warnings.append(
                f"{100 * zeros:.0f} % of the map is exactly zero (it was masked): what is left of "
                "the solvent may not hold the particle's noise, and resolutions may be too fine; "
                "give the half maps"
            )
    else:
        region = inside
        notes.append("noise: half of the difference of the half maps, inside the mask")
    power = noise_power(volume if noise_map is None else noise_map, region, gain, threads)
    grid = preset.frequencies(shape[0], sampling, settings.coarsest, 1.0)
    end = end_of_information(power.radial, float(grid[0]))
    if end is not None:
        _report_end(sampling / end, preset, facts, warnings)
        grid = preset.frequencies(shape[0], sampling, settings.coarsest, end)
    if len(grid) < _FEW_FREQUENCIES:
        warnings.append(
            f"only {len(grid)} frequencies lie between the coarse limit and the finest one: "
            "resolutions are rough; voxels may be too large or the coarse limit too fine"
        )
    problem: Problem
    if preset.by_amplitude:
        maps = (volume, noise_map)
        problem = _amplitude_test(maps, mask, region, shape[0], sampling, settings, gain, threads)
    else:
        particle = noise_power(volume, inside, gain, threads)
        if noise_map is None:
            powers = (particle.radial, power.radial)
            doubts = [
                processed_solvent(*powers, float(grid[0]), sampling),
                hardly_stronger(*powers, grid, snr_of_fsc(settings.criterion)),
            ]
            warnings += [doubt for doubt in doubts if doubt is not None]
        limit = sampling / default_coarsest(shape[0], sampling)
        problem = _snr_problem(
            spectrum_of(volume, gain, threads),
            power,
            particle,
            mask,
            grid,
            end,
            limit,
            settings,
            threads,
        )
        resolution = problem.resolution
        facts["map_resolution_A"] = sampling / resolution
        facts["window_A"] = sampling * problem.bands.window
        facts["interval"] = [
            {"frequency_A": sampling / f, "finer_A": sampling / high, "coarser_A": sampling / low}
            for f, low, high in zip(problem.frequencies, *problem.intervals())
        ]
        notes.append(
            f"the whole map reaches FSC {settings.criterion:g} at {sampling / resolution:.2f} Å"
        )
    frequencies = problem.frequencies
    facts["frequencies_A"] = [float(sampling / f) for f in frequencies]
    notes.append(
        f"frequencies: {len(frequencies)}, from {sampling / frequencies[0]:.2f} to "
        f"{sampling / frequencies[-1]:.2f} Å"
    )
    with_data = problem.axes_with_data(AxisSet.icosahedral(settings.directions))
    if not with_data.all():
        warnings.append(_without_data(AxisSet.icosahedral(settings.directions), with_data))
    return Prepared(
        problem=problem,
        indices=np.flatnonzero(whole),
        shape=shape,
        sampling=sampling,
        centre=_centre(settings.centre, whole),
        settings=settings,
        preset=preset,
        noise_from_half_maps=noise_map is not None,
        with_data=with_data,
        facts=facts,
        notes=notes,
        warnings=warnings,
    )


def _snr_problem(
    spectrum: np.ndarray,
    noise: NoisePower,
    particle: NoisePower,
    mask: np.ndarray,
    grid: np.ndarray,
    end: Optional[float],
    counted_from: float,
    settings: Settings,
    threads: int,
) -> SnrProblem:
    """Whiten spectrum and powers, choose the bands, and measure without a cone."""
    size = spectrum.shape[0]
    gains = whitening_gains(noise.radial, end)
    whitened(spectrum, gains)
    noise, particle = (_whitened_power(power, gains) for power in (noise, particle))
    criterion = snr_of_fsc(settings.criterion)
    resolution = map_resolution(
        particle.radial, noise.radial, criterion, counted_from, float(grid[-1])
    )
    bands = bands_of(grid, size, max(resolution, _COARSEST_BANDS * counted_from))
    nodes = Nodes(mask, _NODES * bands.window)
    counted_from = min(counted_from, float(grid[-1]))
    found = measured_without_cone(spectrum, noise, nodes, bands, criterion, counted_from, threads)
    problem = SnrProblem(
        spectrum=spectrum,
        noise=noise,
        particle=particle,
        nodes=nodes,
        bands=bands,
        opening=settings.cone,
        criterion=criterion,
        counted_from=counted_from,
        resolution=resolution,
        without_cone=found,
        independent=independent_of(bands, settings.cone),
    )
    axes = AxisSet.icosahedral(settings.directions)
    return replace(problem, known=(axes.vectors, problem.with_data(axes)))


def _whitened_power(power: NoisePower, gains: np.ndarray) -> NoisePower:
    return NoisePower(whitened(power.power, gains**2), power.radial * gains.astype(float) ** 2)


def _amplitude_test(
    maps: Tuple[np.ndarray, Optional[np.ndarray]],
    mask: np.ndarray,
    region: np.ndarray,
    side: int,
    sampling: float,
    settings: Settings,
    gain: float,
    threads: int,
) -> AmplitudeTest:
    """The test of the authors' program for a map, and its noise map if there is one."""
    volume, noise_map = maps
    size = len(volume)
    ladder = published.authors_ladder(side, sampling, settings.coarsest or published.COARSEST)
    filters = Filters(ladder, size, SAMPLED_LINES, published.ALIAS_MARGIN)
    fade = Fade(size, size / 2, FADE_WIDTH)
    spectrum = spectrum_of(volume, gain, threads)
    noise_spectrum = None if noise_map is None else spectrum_of(noise_map, gain, threads)
    angle = SOLVENT_ANGLE if noise_map is None else 90.0
    amplitude = monogenic_amplitude(spectrum, filters, 0, fade, True, threads, Scratch())
    return AmplitudeTest(
        spectrum=spectrum,
        noise_spectrum=noise_spectrum,
        region=region,
        noise=SampledNoise(noise_spectrum, region, angle, filters, fade, settings.cone / 2),
        voxels=VoxelRows(mask),
        filters=filters,
        fade=fade,
        cone=settings.cone,
        significance=settings.significance,
        least_amplitude=published.WEAK * float(amplitude[region].mean()),
    )


def checked_settings(settings: Settings, preset: Preset) -> Settings:
    """Settings with the preset's values where none were named.

    Raises
    ------
    ValueError
        If a setting makes no sense, or is not one of the preset's.
    """
    if preset.by_amplitude:
        if settings.criterion is not None:
            raise ValueError(
                f"the preset {preset.name} has no FSC criterion; name a significance, or use the "
                "default preset"
            )
        significance = SIGNIFICANCE if settings.significance is None else settings.significance
        if not 0 < significance < 1:
            raise ValueError(f"a significance of {significance:g}: name one between 0 and 1")
        return replace(settings, significance=significance)
    if settings.significance is not None:
        raise ValueError(
            f"the preset {preset.name} has no significance; name an FSC criterion, or use the "
            "published preset"
        )
    criterion = CRITERION if settings.criterion is None else settings.criterion
    snr_of_fsc(criterion)
    return replace(settings, criterion=criterion)


def _report_end(end: float, preset: Preset, facts: Dict[str, object], warnings: List[str]) -> None:
    """Say where the information of a low-passed map ends."""
    facts["end_of_information_A"] = end
    nothing = f"the map holds no information finer than {end:.2f} Å (it was low-passed): "
    if preset.by_amplitude:
        warnings.append(nothing + "finer resolutions of this preset mean nothing")
    else:
        warnings.append(nothing + "nothing finer is reported")


def _without_data(axes: AxisSet, with_data: np.ndarray) -> str:
    """A sentence on axes along which no view contributed."""
    missing = AxisSet(axes.vectors[~with_data]).upper()
    if len(missing) > _NAMED_AXES:
        where = f"{len(missing)} of {len(axes)} axes"
    else:
        named = (f"rot {r:.0f} tilt {t:.0f}" for r, t in zip(missing.rot, missing.tilt))
        where = f"the axes {', '.join(named)}"
    return f"the map holds no data along {where}: no voxel is resolved there"


def _centre(choice: Union[str, Tuple[float, float, float]], mask: np.ndarray) -> np.ndarray:
    if choice == "box":
        return box_centre(mask.shape[0])
    if choice == "mask":
        return mask_centre(mask)
    return np.asarray(choice, dtype=float)
