"""What the estimate does with noise alone, at borders, with more axes and with changed maps."""

from __future__ import annotations

from typing import Callable, Dict, List, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import binary_dilation, binary_erosion

from benchmarks.validation_cases import Experiment
from monodir_plugin.numerics import AxisSet, Settings, analyse
from monodir_plugin.numerics.analysis import Analysis, measure_table
from monodir_plugin.numerics.geometry import distance_map
from monodir_plugin.numerics.preparation import prepare
from monodir_plugin.numerics.presets import Preset
from monodir_plugin.numerics.table import decode

__all__ = ["leakage", "more_axes", "noise_alone", "stability"]

DIRECTIONS = 46
SETS = (46, 81, 126, 181)


def noise_alone(
    preset: Preset, seeds: int = 20, size: int = 48, threads: int = 2
) -> Dict[str, List[float]]:
    """Share of the cells of white noise that reach each rung, means over seeds.

    Returns
    -------
    dict
        ``resolution_voxels`` of every rung, ``share`` that reaches it or a finer one,
        ``deviation`` of that share from seed to seed.
    """
    mask = distance_map(size) < 0.27 * size
    axes = AxisSet.icosahedral(DIRECTIONS)
    shares = []
    for seed in range(seeds):
        noise = np.random.default_rng(seed).normal(size=(size,) * 3).astype(np.float32)
        settings = Settings(directions=DIRECTIONS, coarsest=size / 6)
        prepared = prepare(noise, mask, 1.0, settings, preset, threads=threads)
        rungs = prepared.problem.filters.ladder.frequency
        frequency = decode(measure_table(prepared, axes, threads).codes)
        shares.append([np.mean(frequency >= rung - 1e-4) for rung in rungs])
    return {
        "resolution_voxels": list(1 / rungs),
        "share": list(np.mean(shares, axis=0)),
        "deviation": list(np.std(shares, axis=0, ddof=1)),
    }


def leakage(
    experiment: Experiment, level: float, preset: Preset, threads: int = 2
) -> List[Tuple[float, float, float]]:
    """Resolved cells by distance from a signal that fills half of the mask.

    Returns
    -------
    list of (float, float, float)
        Distance from the border in voxels (negative: in the signal), share of cells resolved,
        share of cells finer than half of the coarse limit.
    """
    size = experiment.mask.shape[0]
    y = np.arange(size)[None, :, None] - size // 2
    half = experiment.clean * np.where(y < 0, 1.0, 0.0).astype(np.float32)
    found = _analysed(half + level * experiment.noise[-1], experiment.mask, experiment, preset)
    frequency = decode(found.table.codes)
    place = np.unravel_index(found.table.indices, found.table.shape)[1] - size // 2
    bins = (-16, -12, -8, -4, 0, 4, 8, 12, 16)
    return [
        (
            (low + high - 1) / 2,
            float(np.mean(frequency[:, (place >= low) & (place < high)] > 0)),
            float(np.mean(frequency[:, (place >= low) & (place < high)] > 2 / 10)),
        )
        for low, high in zip(bins, bins[1:])
    ]


def more_axes(
    experiment: Experiment, level: float, preset: Preset, threads: int = 2
) -> List[Dict[str, float]]:
    """Medians of the maps in voxels for sets of 46 to 181 axes."""
    out = []
    for count in SETS:
        found = _analysed(
            experiment.map(level), experiment.mask, experiment, preset, count, threads
        )
        out.append({"axes": float(count), **_medians(found)})
    return out


def stability(
    experiment: Experiment, level: float, preset: Preset, threads: int = 2
) -> List[Dict[str, object]]:
    """Medians in voxels of maps that hold the same data, in the voxels of the smallest mask."""
    volume, mask = experiment.map(level), experiment.mask
    reach = 0.2 * (3 * mask.sum() / (4 * np.pi)) ** (1 / 3)
    steps = max(1, round(reach))
    ball = binary_erosion(mask, iterations=steps)
    rows: List[Tuple[str, np.ndarray, np.ndarray]] = [
        ("as it is", volume, mask),
        ("mask radius + 20 %", volume, binary_dilation(mask, iterations=steps)),
        ("mask radius - 20 %", volume, ball),
        ("box padded by noise, 64 to 80", _padded(experiment, level), np.pad(mask, 8)),
        ("gain 1000", 1000 * volume, mask),
        ("B-factor -100 Å²", _weighted(volume, experiment, lambda s: np.exp(25 * s**2)), mask),
        ("B-factor +100 Å²", _weighted(volume, experiment, lambda s: np.exp(-25 * s**2)), mask),
        ("low-pass at 4 voxels", _weighted(volume, experiment, _until(experiment, 0.25)), mask),
    ]
    out: List[Dict[str, object]] = []
    for name, values, inside in rows:
        found = _analysed(values, inside, experiment, preset, threads=threads)
        common = ball if values.shape == ball.shape else np.pad(ball, 8)
        chosen = common.ravel()[found.table.indices]
        out.append({"map": name, **_medians(found, chosen)})
    return out


def _analysed(  # type: ignore[no-untyped-def]
    volume, mask, experiment, preset, directions=DIRECTIONS, threads=2
) -> Analysis:
    settings = Settings(directions=directions, coarsest=10 * experiment.sampling)
    return analyse(volume, mask, experiment.sampling, settings, preset, threads=threads)


def _medians(found: Analysis, chosen: object = slice(None)) -> Dict[str, float]:
    maps, sampling = found.reduced.maps(), found.table.sampling
    names = ("highest", "lowest", "adr", "anisotropy")
    return {name: float(np.median(maps[name][chosen]) / sampling) for name in names}


def _padded(experiment: Experiment, level: float) -> np.ndarray:
    """A larger box, its rim filled with noise of the same spectrum from another realisation."""
    size, more = experiment.mask.shape[0], 8
    rim = np.pad(experiment.noise[0], more, mode="wrap") * np.float32(level)
    rim[(slice(more, more + size),) * 3] = experiment.map(level)
    return rim


def _weighted(
    volume: np.ndarray, experiment: Experiment, weight: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """A map whose spectrum is multiplied by a function of spatial frequency in 1/Å."""
    k = np.fft.fftfreq(len(volume)) / experiment.sampling
    kx = np.fft.rfftfreq(len(volume)) / experiment.sampling
    length = np.sqrt(k[:, None, None] ** 2 + k[None, :, None] ** 2 + kx**2)
    return scipy.fft.irfftn(scipy.fft.rfftn(volume) * weight(length), s=volume.shape)


def _until(experiment: Experiment, frequency: float) -> Callable[[np.ndarray], np.ndarray]:
    """A low-pass filter that falls over 0.02 cycles per voxel."""

    def weight(length: np.ndarray) -> np.ndarray:
        rise = np.clip((length * experiment.sampling - frequency) / 0.02, 0.0, 1.0)
        return 0.5 * (1 + np.cos(np.pi * rise))

    return weight
