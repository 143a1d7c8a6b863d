"""Comparison of an enhanced map with the data of a finished run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Tuple

import numpy as np

from ..errors import InputError
from ..figures.drawing.saving import save_figure
from ..figures.support import support_figure
from ..files.atomic import disk_errors
from ..files.loading import load_results
from ..files.maps import write_map
from ..numerics.filtering.support import MOST_BEYOND, MOST_LOCALLY, MOST_UNLIKE, Support
from ..numerics.filtering.support_by_mask import support_by_mask
from ..numerics.filtering.weights import filter_weights
from ..numerics.geometry.axes import AxisSet, vectors_to_rot_tilt
from ..numerics.geometry.crop import cropped
from .filter import (
    checked_figure,
    made_parent,
    problem_of_results,
    read_on_grid,
    refuse_file,
)
from .measure.job import Loaded
from .process_tuning import return_free_memory, tune_process
from .progress import progress_of

__all__ = ["CheckedMap", "check_map"]

#: Correlation with a half map above which a map is this half map.
_SAME = 0.99999
#: Smaller shares are rounding: their digits say nothing, and that of a window has no place.
_NOTHING = 1e-3


@dataclass(frozen=True)
class CheckedMap:
    """The result of a check, and its files.

    Attributes
    ----------
    support : Support
    volume, figure : Path
    place : tuple of float
        Where the most does not follow the data: ``x, y, z`` in Å, in the frame of the map.
    is_half_map : bool
        Whether the map is one of the run's half maps.
    """

    support: Support
    volume: Path
    figure: Path
    place: Tuple[float, float, float]
    is_half_map: bool = False

    def sentences(self) -> List[str]:
        """The findings in words, a list of sentences."""
        found = self.support
        worst, least = int(np.argmax(found.by_axis)), float(found.by_axis.min())
        rot, tilt = vectors_to_rot_tilt(AxisSet(found.axes).upper().vectors[worst])
        share, of_filtered, unlike, locally, beyond, of_measured, left_out = (
            _per_cent(value)
            for value in (
                found.share,
                found.of_filtered,
                found.unlike_data,
                found.unlike_locally,
                found.beyond_data,
                found.beyond_of_measured,
                found.left_out,
            )
        )
        x, y, z = self.place
        place = f"about x = {x:.0f}, y = {y:.0f}, z = {z:.0f} Å"
        window = f"In one window it is up to {locally} ({place})."
        if found.unlike_locally < _NOTHING:
            window = f"In no window is it more than {100 * _NOTHING:g} %."
        cut = (
            f"The map was cut by a mask: {left_out} of the voxels of the run's mask were left out, "
            "as they lie outside of it or within two voxels of its edge."
        )
        weighted = (
            "The map is a mean of the run's half maps, weighted by frequency, as the "
            "reconstruction of all images is: it was compared with that mean."
        )
        return [
            self._verdict(),
            f"{share} of the map's power is not supported by the data of the run; of a map "
            f"filtered by them it is {of_filtered}.",
            _sentence(f"{unlike} does not follow the data although they hold signal there."),
            window,
            _sentence(
                f"{beyond} lies where the data are noise (SNR below 1/3) or where there are none; "
                f"of the measured map it is {of_measured}."
            ),
            f"The least supported axis is rot {rot:.0f}, tilt {tilt:.0f} degrees, with "
            f"{100 * found.by_axis[worst]:.0f} %; the best supported one has {100 * least:.0f} %.",
            *([cut] if found.left_out else []),
            *([weighted] if found.weighted else []),
        ]

    def _verdict(self) -> str:
        """The verdict by the two limits of :class:`Support`."""
        found = self.support
        if self.is_half_map:
            return "This map is one of the run's half maps: it is noisier than their mean."
        if not (found.from_elsewhere or found.amplified):
            return "Neither detail from elsewhere nor amplified noise was found in the map."
        parts = []
        if found.from_elsewhere:
            parts.append(
                "it holds detail that the data do not show, whether it is right or not (more than "
                f"{100 * MOST_UNLIKE:g} % of its power, or {100 * MOST_LOCALLY:g} % of that of a "
                "window, does not follow the data)"
            )
        if found.amplified:
            parts.append(
                "noise was amplified or directions without data were filled (more than "
                f"{MOST_BEYOND:g} times the measured map's power lies beyond the data)"
            )
        return f"The map goes beyond the data: {'; '.join(parts)}."


def check_map(
    enhanced: Path,
    folder: Path,
    output: Path,
    threads: int = 1,
    sampling: Optional[float] = None,
) -> CheckedMap:
    """Report how much of the power of an enhanced map the data of a run do not support.

    Parameters
    ----------
    enhanced : Path
        A map on the grid of the run.
    folder : Path
        Folder of the run.
    output : Path
        Map of the unsupported share at every voxel (0 to 1); a figure is written beside it.
    threads : int
    sampling : float, optional
        Voxel size of the enhanced map in Å, if that in its header is wrong.

    Returns
    -------
    CheckedMap

    Raises
    ------
    InputError
        If the results or the map cannot be used; nothing has been written then.
    """
    refuse_file(folder, "give the map first and then the folder")
    tune_process()
    loaded, prepared, problem = problem_of_results(folder, threads)
    source = read_on_grid(enhanced, loaded.volume, sampling)
    figure = checked_figure(output, [*loaded.inputs, source])
    results = load_results(folder)
    is_half_map = _is_half_map(source.values, loaded)
    shape, side, indices = source.values.shape, problem.bands.size, prepared.indices
    part, measured, mask = (
        np.ascontiguousarray(cropped(values, side))
        for values in (source.values, loaded.volume.values, loaded.mask)
    )
    # The arrays behind the weights need not be in memory with the spectra that are compared.
    source = source.without_values()
    noise_map = None
    if loaded.noise_map is not None and not is_half_map:
        noise_map = np.ascontiguousarray(cropped(loaded.noise_map, side))
    del loaded, prepared
    weights = filter_weights(problem, threads=threads)
    problem = problem.without_spectra()
    return_free_memory()
    try:
        found = support_by_mask(
            part,
            measured,
            problem,
            mask,
            threads,
            weights,
            progress=progress_of("axes"),
            progress_again=progress_of("axes again"),
            noise_map=noise_map,
        )
    except ValueError as error:
        raise InputError(f"map {enhanced}: {error}") from error
    del weights, part, measured, noise_map
    return_free_memory()
    box = np.zeros(shape, np.float32)
    box.ravel()[indices] = found.voxels
    # The box that is worked on is the middle of the map.
    voxel = found.place + shape[0] // 2 - side // 2
    nearest = tuple(int(n) % shape[0] for n in np.rint(voxel))
    with disk_errors(output):
        made_parent(output, figure)
        write_map(output, box, source)
        save_figure(
            support_figure(results, found, enhanced.name, (nearest[0], nearest[1], nearest[2])),
            figure,
        )
    # As viewers do: the start counts where there is no origin.
    corner = source.origin if any(source.origin) else np.array(source.start) * source.sampling
    x, y, z = voxel[::-1] * source.sampling + np.array(corner)
    place = (float(x), float(y), float(z))
    return CheckedMap(found, output, figure, place, is_half_map)


def _is_half_map(values: np.ndarray, loaded: Loaded) -> bool:
    """Whether a map is one of the half maps, whatever its scale, and not just like their mean."""
    if loaded.noise_map is None:
        return False
    mean, noise = loaded.volume.values, loaded.noise_map
    nearest = max(_correlation(values, half) for half in (mean + noise, mean - noise))
    return nearest > max(_SAME, _correlation(values, mean))


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Correlation of two maps, plane by plane: in double precision, without copies of them."""
    means = [float(values.mean(dtype=np.float64)) for values in (first, second)]
    sums = np.zeros(3)
    for planes in zip(first, second):
        one, two = (plane.astype(np.float64) - mean for plane, mean in zip(planes, means))
        sums += [np.vdot(one, two), np.vdot(one, one), np.vdot(two, two)]
    return float(sums[0] / np.sqrt(sums[1] * sums[2])) if sums[1:].all() else 0.0


def _per_cent(share: float) -> str:
    """Return a share in per cent; digits of one that is as good as none would say nothing."""
    return f"less than {100 * _NOTHING:g} %" if share < _NOTHING else f"{100 * share:.3g} %"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
