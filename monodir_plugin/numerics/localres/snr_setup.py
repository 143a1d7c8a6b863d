"""Makes the problem of the default preset: whitens the map, and chooses bands, window and nodes."""

from __future__ import annotations

from dataclasses import replace
from typing import List, Optional, Tuple

import numpy as np

from ..fourier.frequency_limits import default_coarsest
from ..fourier.shells import power_over_shells
from ..fourier.spectrum import spectrum_of
from ..fourier.whitening import whitened, whitening_gains
from ..geometry.axes import AxisSet
from ..half_maps.unlike_detail import unlike_detail
from ..noise.noise_model import NoiseModel
from ..noise.noise_power import NoisePower, noise_power
from ..problem.criterion import CRITERION, snr_of_fsc
from ..problem.directional_problem import ProblemInput
from ..solvent.filtered_solvent import filtered_solvent, hardly_stronger, weaker_than_solvent
from ..solvent.levels_off import shared_noise, weaker_noise
from ..solvent.missing_frequencies import missing_frequencies, strong_noise
from .bands import bands_of
from .cone_shape import SQUARED_COSINE, ConeShape
from .equal_axes import independent_in_mask, spread_of_equal_axes
from .local_power import independent_of
from .map_resolution import map_resolution
from .nodes import Nodes
from .signal_to_noise import FAILURES, SnrProblem, measured_without_cone

__all__ = ["snr_problem"]

#: Bands are no narrower than those of a map whose resolution has this many times the spatial
#: frequency of the coarse limit.
_COARSEST_BANDS = 2.0
#: Distance of neighbouring nodes over the standard deviation of the window.
_NODES = 0.8


def snr_problem(given: ProblemInput, shape: ConeShape = SQUARED_COSINE) -> SnrProblem:
    """Whiten spectrum and powers, choose the bands, and measure without a cone.

    Parameters
    ----------
    given : ProblemInput
    shape : ConeShape

    Returns
    -------
    SnrProblem
    """
    box, grid, threads = given.box, given.grid, given.threads
    power = given.particle
    if power is None:
        power = noise_power(box.volume, box.inside, box.gain, threads)
    fsc = CRITERION if given.settings.criterion is None else given.settings.criterion
    criterion = snr_of_fsc(fsc)
    warnings = _doubts(given, power, criterion)
    spectrum = spectrum_of(box.volume, box.gain, threads)
    powers = power_over_shells(spectrum), power.radial, given.noise.radial
    missing = missing_frequencies(*powers, (float(grid[0]), float(grid[-1])), box.sampling)
    strong = strong_noise(*powers, float(grid[0]), box.sampling)
    # Beside much noise, frequencies seem to be missing.
    warnings += [text for text in (strong or missing,) if text is not None]
    gains = whitening_gains(given.noise.radial, given.end)
    whitened(spectrum, gains)
    noise, particle = (_whitened_power(model, gains) for model in (given.noise, power))
    limit = box.sampling / default_coarsest(box.whole_size, box.sampling)
    finest = float(grid[-1])
    resolution, usual = (
        map_resolution(particle.radial, noise.radial, snr, limit, finest)
        for snr in (criterion, snr_of_fsc(CRITERION))
    )
    # Bands and window do not depend on the criterion (:mod:`.bands`).
    bands = bands_of(grid, box.size, max(usual, _COARSEST_BANDS * limit))
    nodes = Nodes(box.mask, _NODES * bands.window)
    counted_from = min(limit, float(grid[-1]))
    problem = SnrProblem(
        spectrum=spectrum,
        noise=noise,
        particle=particle,
        nodes=nodes,
        bands=bands,
        opening=given.settings.cone,
        criterion=criterion,
        counted_from=counted_from,
        resolution=resolution,
        without_cone=measured_without_cone(
            spectrum, noise, nodes, bands, criterion, counted_from, threads
        ),
        independent=independent_of(bands, given.settings.cone, shape),
        shape=shape,
        warnings=warnings,
    )
    axes = AxisSet.icosahedral(given.settings.directions)
    return replace(
        problem,
        known=(axes.vectors, problem.with_data(axes)),
        by_chance=_by_chance(problem, given.noise_scatter) if fsc == CRITERION else None,
    )


def _by_chance(problem: SnrProblem, noise_scatter: np.ndarray) -> Optional[Tuple[float, float]]:
    """Return the scatter of axes that are alike.

    It is known at the criterion at which it was compared with simulated maps: at 0.143 it would
    come out up to twice too wide.
    """
    bands = problem.bands
    voxels = len(problem.nodes.flat)
    number, correlation = independent_in_mask(bands, voxels, problem.opening, problem.shape)
    return spread_of_equal_axes(
        bands.frequency,
        problem.snr_of_map(),
        number,
        correlation,
        problem.criterion,
        FAILURES,
        np.interp(bands.frequency * bands.size, np.arange(len(noise_scatter)), noise_scatter),
    )


def _doubts(given: ProblemInput, particle: NoiseModel, criterion: float) -> List[str]:
    """Return sentences on noise that cannot be the noise of the particle."""
    powers, sampling = (particle.radial, given.noise.radial), given.box.sampling
    if given.box.noise_map is not None:
        doubts = [shared_noise(*powers, given.grid, sampling)]
        if given.around is not None:
            doubts.append(unlike_detail(*powers, given.around, given.grid, sampling))
        return [doubt for doubt in doubts if doubt is not None]
    filtered = filtered_solvent(*powers, float(given.grid[0]), sampling)
    doubts = [
        filtered or weaker_noise(*powers, given.grid, sampling),
        hardly_stronger(*powers, given.grid, criterion),
        weaker_than_solvent(*powers, given.grid, sampling, int(given.box.inside.sum())),
    ]
    return [doubt for doubt in doubts if doubt is not None]


def _whitened_power(model: NoiseModel, gains: np.ndarray) -> NoisePower:
    return NoisePower(whitened(model.power, gains**2), model.radial * gains.astype(float) ** 2)
