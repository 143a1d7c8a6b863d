"""A finished folder of results, read back for figures, reports and viewers.

Lists and the average directional resolution are read at once; the other maps, the
table, the diagnosis and the input map when they are first asked for.
"""

from __future__ import annotations

import csv
import logging
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
    Union,
)

import mrcfile
import numpy as np

from ..diagnosis.conical_fsc import ConicalFsc
from ..diagnosis.tensor import TensorFit, fit_tensors
from ..diagnosis.views.missing_views import MissingViews
from ..errors import InputError
from ..numerics.geometry.axes import AxisSet
from ..numerics.reduction.profiles import RadialProfile
from ..numerics.reduction.result_maps import MAIN_MAP, RESULT_MAPS
from ..numerics.reduction.table import ResolutionTable
from .archives import DAMAGED
from .atomic import is_there
from .half_map_names import common_name, other_half, plain_stem
from .maps import MapFile, read_map
from .run_folder.diagnosis import CONICAL_FSC, PARTICLES, VIEWS, load_conical_fsc, load_views
from .run_folder.parts import PARTS
from .run_folder.results import ALONG, DIRECTIONS, PROFILE, SUMMARY, TABLE, load_table
from .run_folder.summary import InputSummary, Summary, read_summary
from .run_folder.tensor import TENSOR, load_tensors
from .switching import complete_switch

__all__ = ["Results", "check_finished", "load_results", "named_by_folder", "read_or_refuse"]

Content = TypeVar("Content")

log = logging.getLogger("monodir")

#: Letters of two names of half maps that fit into a title.
_LONG_NAME = 32


@dataclass(frozen=True)
class Results:
    """The results of a run, as figures need them.

    Attributes
    ----------
    name : str
        Name of the map in titles; of half maps both names, or what long names have in common.
    volumes : mapping of str to ndarray, shape (N, N, N), float32
        Maps in Å by name (``adr``, ``highest``, ..., ``along_0_0_1``), zero
        outside the mask, ``[z, y, x]``.
    mask : ndarray of bool, shape (N, N, N)
    sampling : float
        Voxel size, Å.
    centre : ndarray, shape (3,)
        Centre of radii in voxels, ``x, y, z``.
    axes : AxisSet
    counts : ndarray, shape (axes,)
        For every axis the number of voxels that are finest along it.
    axis_resolution : ndarray, shape (axes,)
        Median over the mask of the resolution along each axis, Å; NaN where at least half of the
        mask is not resolved.
    with_data : ndarray of bool, shape (axes,)
        Whether the map holds data along each axis.
    profile : RadialProfile
    slopes : dict
        By name of the curve: ``slope`` (Å per Å) and ``intercept`` (Å).
    slope_range : tuple of float or None
        Radii in Å of the fit.
    summary : Summary
        The content of ``summary.json``.
    read_table : callable
        Returns the ResolutionTable.
    read_density : callable
        Returns the input map as a MapFile (of half maps their mean); takes
        its present path if it was moved.
    read_tensors : callable
        Returns the TensorFit: from its file, or of the table where there is none.
    read_conical_fsc : callable
        Returns the ConicalFsc of a diagnosed run of half maps.
    read_views : callable
        Returns the MissingViews of a diagnosed map whose views could be estimated.
    read_particles : callable
        Returns the MissingViews by the angles of the particles, if these were given.
    """

    name: str
    volumes: Mapping[str, np.ndarray]
    mask: np.ndarray
    sampling: float
    centre: np.ndarray
    axes: AxisSet
    counts: np.ndarray
    axis_resolution: np.ndarray
    with_data: np.ndarray
    profile: RadialProfile
    slopes: Dict[str, Dict[str, float]]
    slope_range: Optional[Tuple[float, float]]
    summary: Summary
    read_table: Callable[[], ResolutionTable]
    read_density: Callable[..., MapFile]
    read_tensors: Callable[[], TensorFit]
    read_conical_fsc: Callable[[], ConicalFsc]
    read_views: Callable[[], MissingViews]
    read_particles: Callable[[], MissingViews]

    def values(self, name: str) -> np.ndarray:
        """A map inside the mask, shape (voxels,), Å."""
        return self.volumes[name][self.mask]

    @property
    def resolution_limits(self) -> Tuple[float, float]:
        """The finest and the coarsest resolution of the measurement, Å."""
        frequencies = self.summary["found"]["frequencies_A"]
        return float(min(frequencies)), float(max(frequencies))

    @property
    def diagnosis(self) -> Mapping[str, Dict[str, Any]]:
        """The findings of the diagnosis by name; empty where the run made none."""
        return self.summary.get("diagnosis", {})

    def along(self) -> List[str]:
        """Names of the maps along the axes of ``--along``."""
        return sorted(name for name in self.volumes if name not in RESULT_MAPS)


def load_results(folder: Union[str, Path]) -> Results:
    """Read a folder that ``monodir run`` wrote.

    Parameters
    ----------
    folder : path

    Returns
    -------
    Results

    Raises
    ------
    InputError
        If the folder is not of a finished run, or a file in it is damaged.
        What is read later raises it then.
    """
    folder = Path(folder)
    check_finished(folder)
    if is_there(folder / PARTS):
        log.warning(
            "%s: a run in it has not ended; these are the results of the one before", folder
        )
    summary = read_or_refuse(folder / SUMMARY, read_summary)
    volumes = _Volumes(folder)
    directions = _read_columns(folder / DIRECTIONS)
    mask = volumes[MAIN_MAP] > 0
    read_table = lru_cache(maxsize=1)(lambda: read_or_refuse(folder / TABLE, load_table))
    try:
        return Results(
            name=_name(summary),
            volumes=volumes,
            mask=mask,
            sampling=float(summary["inputs"][0]["sampling_A"]),
            centre=np.array(summary["centre_px"], float),
            axes=AxisSet(np.stack([directions[k] for k in "xyz"], axis=1)),
            counts=directions["count"],
            axis_resolution=directions["median_resolution_A"],
            with_data=directions["data"] > 0,
            profile=_profile(_read_columns(folder / PROFILE)),
            slopes=_slopes(summary),
            slope_range=_slope_range(summary),
            summary=summary,
            read_table=read_table,
            read_density=lru_cache(maxsize=1)(
                lambda path=None: _density(folder / SUMMARY, summary, path)
            ),
            read_tensors=lru_cache(maxsize=1)(
                lambda: _tensors(folder / TENSOR, np.flatnonzero(mask), read_table)
            ),
            read_conical_fsc=lru_cache(maxsize=1)(
                lambda: read_or_refuse(folder / CONICAL_FSC, load_conical_fsc)
            ),
            read_views=lru_cache(maxsize=1)(lambda: read_or_refuse(folder / VIEWS, load_views)),
            read_particles=lru_cache(maxsize=1)(
                lambda: read_or_refuse(folder / PARTICLES, load_views)
            ),
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise InputError(
            f"results {folder}: its lists or {SUMMARY} are incomplete ({error}); "
            "run monodir again with this version"
        ) from error


def named_by_folder(results: Results, folder: Path) -> Results:
    """Return results whose figures have the name of a folder in their titles, before the map's.

    Maps of several runs often have the same name.
    """
    return replace(results, name=f"{folder.resolve().name} ({results.name})")


def _name(summary: Summary) -> str:
    """Name of the map; of half maps both names, or what long ones have in common."""
    first, second = (Path(entry["path"]) for entry in (summary["inputs"] * 2)[:2])
    if not summary["parameters"]["noise_from_half_maps"]:
        return first.name
    both = f"{plain_stem(first)} and {plain_stem(second)}"
    if len(both) > _LONG_NAME and other_half(first) is not None:
        return common_name(first)
    return both


class _Volumes(Mapping[str, np.ndarray]):
    """The maps of a folder by name, each read when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = [*RESULT_MAPS, *sorted(path.stem for path in folder.glob(ALONG))]
        self._read: Dict[str, np.ndarray] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._read:
            path = self._folder / f"{name}.mrc"
            try:
                with mrcfile.open(path) as file:
                    self._read[name] = file.data
            except DAMAGED as error:
                raise _unreadable(path, error) from error
            shapes = {values.shape for values in self._read.values()}
            if len(shapes) > 1:
                raise InputError(f"results {path}: its box is not that of the other maps; {_AGAIN}")
        return self._read[name]


_AGAIN = "run monodir again"


def _unreadable(path: Path, error: BaseException) -> InputError:
    reason = "it is missing" if not is_there(path) else f"it cannot be read ({error})"
    return InputError(f"results {path}: {reason}; {_AGAIN}")


def _read_columns(path: Path) -> Dict[str, np.ndarray]:
    """A list of numbers with a header, as columns by name."""
    try:
        with path.open(newline="") as file:
            rows = list(csv.reader(file))
        return {name: np.array(column, float) for name, *column in zip(*rows)}
    except DAMAGED as error:
        raise _unreadable(path, error) from error


def _profile(columns: Dict[str, np.ndarray]) -> RadialProfile:
    return RadialProfile(
        radius=columns["radius_A"],
        count=columns["voxels"],
        mean={name: columns[f"{name}_mean_A"] for name in RESULT_MAPS},
        std={name: columns[f"{name}_std_A"] for name in RESULT_MAPS},
    )


def _slope_range(summary: Summary) -> Optional[Tuple[float, float]]:
    if summary["slope_radii_A"] is None:
        return None
    start, stop = summary["slope_radii_A"]
    return start, stop


def _slopes(summary: Summary) -> Dict[str, Dict[str, float]]:
    """Slopes and intercepts by curve; what could not be fitted is NaN."""
    intercepts = summary["intercepts_A"]
    return {
        name: {"slope": _or_nan(slope), "intercept": _or_nan(intercepts[name])}
        for name, slope in summary["slopes_A_per_A"].items()
    }


def _or_nan(value: Optional[float]) -> float:
    return math.nan if value is None else value


def check_finished(folder: Path) -> None:
    """Check that a folder is that of a finished run, and complete the moves of a killed run.

    Raises
    ------
    InputError
        If it is not, or cannot be completed.
    """
    try:
        complete_switch(folder)
    except OSError as error:
        raise InputError(
            f"results {folder}: a run was killed while it put its results there, and they cannot "
            f"be moved ({error.strerror}); run monodir again"
        ) from error
    if folder.is_file():
        raise InputError(
            f"results {folder}: it is a file; name the folder that monodir run has finished"
        )
    if not is_there(folder):
        raise InputError(f"results {folder}: there is no such folder; check the name")
    if not is_there(folder / SUMMARY):
        raise InputError(
            f"results {folder}: there is no {SUMMARY} in it; "
            "name a folder that monodir run has finished"
        )


def read_or_refuse(path: Path, read: Callable[[Path], Content]) -> Content:
    """Read a file of results with a function; a damaged file is an InputError."""
    try:
        return read(path)
    except DAMAGED as error:
        raise _unreadable(path, error) from error


def _tensors(
    path: Path, voxels: np.ndarray, read_table: Callable[[], ResolutionTable]
) -> TensorFit:
    """The tensors of a file, checked to be of these voxels, or of the table."""
    if not is_there(path):
        return fit_tensors(read_table())
    fit = read_or_refuse(path, load_tensors)
    if not np.array_equal(fit.indices, voxels):
        raise InputError(f"results {path}: its voxels are not those of the maps; remove the file")
    return fit


def _density(where: Path, summary: Summary, path: Optional[Union[str, Path]]) -> MapFile:
    """The input map, checked to be the one that was measured; of half maps the mean."""
    inputs = summary["inputs"]
    halves = summary["parameters"]["noise_from_half_maps"]
    entries: Sequence[InputSummary] = inputs[:2] if halves and path is None else inputs[:1]
    files = []
    for entry in entries:
        source = Path(path or entry["path"])
        if not is_there(source) and path is not None:
            raise InputError(f"map {source}: there is no such file; check the name")
        if not is_there(source):
            raise InputError(
                f"map {source}: it is not where {where} says it was; give its path with --map"
            )
        # The checksum says whether these are the values that were checked then.
        files.append(read_map(source, sampling=float(entry["sampling_A"]), known=path is None))
        if path is None and files[-1].sha256 != entry["sha256"]:
            raise InputError(
                f"map {source}: it has changed since it was measured; run monodir again, or give "
                "the map that was measured with --map"
            )
    first = files[0]
    if first.values.shape != (summary["box_px"],) * 3:
        raise InputError(
            f"map {first.path}: its box is not that of the results; give the map that was measured"
        )
    if len(files) == 1:
        return first
    mean = (first.values + files[1].values) / 2
    return MapFile(first.path, mean, first.sampling, first.origin, first.start, first.sha256)
