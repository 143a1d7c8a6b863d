"""Comparison of an enhanced map with the data, if it may have been masked or sharpened strongly.

Filtered maps fade to zero outside the mask, and other programs mask theirs, too.  Windows at the
surface of the mask hold density of the measured map that such a map lacks; where that density is
strong and the noise weak, as beside a micelle or a neighbour, the map seems not to follow the data.
So does a map that was sharpened strongly: bands overlap, and their share of coarser shells changes.
A map that seems not to follow the data is therefore compared with a second reference as well: the
measured map with the shells' power of the enhanced map, faded outside the mask.

A map that was cut within the mask of the run is compared in what the cut has left (``cut``).

The reconstruction of all images is a weighted mean of the half maps, and may have more power where
there are few data than their plain mean.  Such a map is compared with the mean that has its weights
(``weighted_halves``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Optional

import numpy as np
import scipy.fft as sfft

from ..fourier.shells import shell_index
from ..fourier.spectrum import spectrum_of
from ..localres.signal_to_noise import SnrProblem
from .cut import Cut, cut_of
from .filter_bank import faded
from .support import Support, support_of
from .weighted_halves import weighted_halves
from .weights import FilterWeights, filter_weights

__all__ = ["support_by_mask"]

_TINY = 1e-20


def support_by_mask(
    enhanced: np.ndarray,
    measured: np.ndarray,
    problem: SnrProblem,
    mask: np.ndarray,
    threads: int = 1,
    weights: Optional[FilterWeights] = None,
    progress: Optional[Callable[[int, int], None]] = None,
    progress_again: Optional[Callable[[int, int], None]] = None,
    noise_map: Optional[np.ndarray] = None,
) -> Support:
    """Compare an enhanced map, masked or not, with the data of a run.

    Parameters
    ----------
    enhanced, measured : ndarray, shape (N, N, N)
        As for :func:`~monodir_plugin.numerics.filtering.support.support_of`.
    problem : SnrProblem
        With its spectra, unless ``weights`` are given.
    mask : ndarray of bool, shape (N, N, N)
        That of the run.
    threads : int
    weights : FilterWeights, optional
        Those of ``filter_weights(problem)``, where they are known already.
    progress, progress_again : callable, optional
        Called with the number of axes done, and of all; the second one during the second
        comparison, which is made if the map seems not to follow the data.
    noise_map : ndarray, shape (N, N, N), optional
        Half of the difference of the half maps, if ``measured`` is their mean.

    Returns
    -------
    Support
        Of the two comparisons the one in which less of the map does not follow the data
        (``excess``).  The values of the measured and of the filtered map are those of the first
        comparison.  Voxels that are left out have the share 0.

    Raises
    ------
    ValueError
        If the enhanced map is constant, or constant in the mask.
    """
    cut = cut_of(enhanced, mask) if np.ptp(enhanced) > 0 else None
    reference, region = measured, None
    apart = noise_map
    if cut is not None:
        if (cut.left_out | ~mask).all():
            raise ValueError("it is constant in the mask of the run")
        window, region = cut.window, ~cut.left_out
        enhanced = (enhanced - np.float32(cut.background)) * window
        reference = cut.with_edge_of(measured * window, enhanced)
        apart = None if noise_map is None else cut.with_edge_of(noise_map * window, enhanced)
    weights = weights or filter_weights(problem, threads=threads)
    found = support_of(enhanced, reference, problem, threads, weights, progress, region)
    own = None
    if apart is not None and (found.from_elsewhere or found.amplified):
        own = weighted_halves(enhanced, reference, apart, threads)
    if own is not None:
        found = support_of(enhanced, own, problem, threads, weights, progress_again, region)
        found = replace(found, weighted=True)
    elif found.from_elsewhere:
        alike = _with_shells_of(enhanced, measured, problem, mask, threads, cut)
        again = support_of(enhanced, alike, problem, threads, weights, progress_again, region)
        if again.excess < found.excess:
            found = replace(
                again,
                of_filtered=found.of_filtered,
                beyond_of_measured=found.beyond_of_measured,
                by_band_of_filtered=found.by_band_of_filtered,
            )
    if cut is None:
        return found
    gone = cut.left_out[mask]
    return replace(
        found,
        voxels=np.where(gone, np.float32(0), found.voxels),
        unlike_voxels=np.where(gone, np.float32(0), found.unlike_voxels),
        left_out=float(gone.mean()),
    )


def _with_shells_of(
    enhanced: np.ndarray,
    measured: np.ndarray,
    problem: SnrProblem,
    mask: np.ndarray,
    threads: int,
    cut: Optional[Cut],
) -> np.ndarray:
    """The measured map, each shell with the power that the enhanced map has there in the mask.

    It is faded and cut as the enhanced map is.
    """
    window = np.float32(1) if cut is None else cut.window
    shells = shell_index(len(measured))
    powers = [
        np.bincount(shells.ravel(), (np.abs(spectrum) ** 2).ravel())
        for spectrum in (
            spectrum_of(faded(volume, problem.nodes, mask), 1.0, threads)
            for volume in (enhanced, measured * window)
        )
    ]
    # Shells without data stay without.
    held = powers[1] > _TINY + 1e-10 * powers[1].max()
    gain = np.sqrt(powers[0] / np.where(held, powers[1], 1.0)) * held
    spectrum = spectrum_of(measured, 1.0, threads) * gain[shells]
    alike = sfft.irfftn(spectrum, s=measured.shape, workers=threads).astype(np.float32)
    alike = faded(alike, problem.nodes, mask) * window
    return alike if cut is None else cut.with_edge_of(alike, enhanced)
