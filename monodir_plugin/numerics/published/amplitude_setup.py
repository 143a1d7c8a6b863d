"""Makes the problem of the preset ``published``: filters, noise sample and least amplitude."""

from __future__ import annotations

from ..fourier.spectrum import spectrum_of
from ..parallel.buffers import Scratch
from ..problem.directional_problem import ProblemInput
from . import xmipp_compat
from .amplitude_test import SIGNIFICANCE, AmplitudeTest
from .edge_taper import FADE_WIDTH, Fade
from .filters import Filters
from .monogenic_amplitude import monogenic_amplitude
from .sampled_noise import SAMPLED_LINES, SOLVENT_ANGLE, SampledNoise
from .voxel_interpolation import VoxelRows

__all__ = ["amplitude_test"]


def amplitude_test(given: ProblemInput) -> AmplitudeTest:
    """Make the test of the authors' program for a map, and for its noise map if there is one.

    It samples the noise itself, and does not use ``given.noise``.
    """
    box, settings, threads = given.box, given.settings, given.threads
    significance = SIGNIFICANCE if settings.significance is None else settings.significance
    grid = xmipp_compat.authors_frequency_grid(
        box.whole_size, box.sampling, settings.coarsest or xmipp_compat.COARSEST
    )
    filters = Filters(grid, box.size, SAMPLED_LINES, xmipp_compat.ALIAS_MARGIN)
    fade = Fade(box.size, box.size / 2, FADE_WIDTH)
    spectrum = spectrum_of(box.volume, box.gain, threads)
    noise_spectrum, angle = None, SOLVENT_ANGLE
    if box.noise_map is not None:
        noise_spectrum, angle = spectrum_of(box.noise_map, box.gain, threads), 90.0
    amplitude = monogenic_amplitude(spectrum, filters, 0, fade, True, threads, Scratch())
    return AmplitudeTest(
        spectrum=spectrum,
        noise_spectrum=noise_spectrum,
        region=given.region,
        noise=SampledNoise(noise_spectrum, given.region, angle, filters, fade, settings.cone / 2),
        voxels=VoxelRows(box.mask),
        filters=filters,
        fade=fade,
        cone=settings.cone,
        significance=significance,
        least_amplitude=xmipp_compat.WEAK * float(amplitude[given.region].mean()),
    )
