"""Missing views found in simulated maps with known views, treated as common programs do."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, Iterator, List, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import gaussian_filter
from scipy.stats import spearmanr

from monodir_plugin.diagnosis.views.missing_views import HALF_ANGLE, MissingViews, missing_views
from monodir_plugin.diagnosis.views.view_density import ViewDensity, views_from_coverage
from monodir_plugin.numerics.fourier.directional_shell_sums import cone_sums
from monodir_plugin.numerics.fourier.shells import shell_index
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.soft_edges import soft_mask, soft_sphere
from monodir_plugin.simulation import (
    Imaging,
    Simulated,
    Views,
    blob_particle,
    coverage_of_views,
    simulate,
    views_of,
)
from studies.harness import Record, Setting

__all__ = ["NOISE", "TREATMENTS", "VIEWS", "example", "measured", "rod"]

SIZE, SAMPLING, IMAGES, ATOMS = 64, 1.5, 500, 3000
NOISE = (0.5, 2.0)
VIEWS: Dict[str, Views] = {
    "uniform": Views(),
    "top, k = 1": Views(1.0),
    "top, k = 2": Views(2.0),
    "top, k = 5": Views(5.0),
    "top, k = 10": Views(10.0),
    "side, k = -2": Views(-2.0),
    "side, k = -6": Views(-6.0),
    "tilts 0-50": Views(tilts=(0.0, 50.0)),
    "tilts 0-70": Views(tilts=(0.0, 70.0)),
    "top, k = 8, stage at 40": Views(8.0, stage_tilt=40.0),
}
TREATMENTS = (
    "as reconstructed",
    "low-passed and sharpened",
    "Wiener filter along axes",
    "spherical mask",
    "tight mask",
)
_MANY_VIEWS = 50_000
_LOW_PASS = 0.25
#: Å², by which maps are sharpened.
_B_FACTOR = -60.0


def measured(setting: Setting) -> Iterator[Record]:
    """One for every particle, distribution of views, noise, treatment and source of noise."""
    axes = AxisSet.icosahedral(81)
    chosen = dict(list(VIEWS.items())[:2]) if setting.quick else VIEWS
    for particle, (volume, mask) in _particles().items():
        for views, spread in chosen.items():
            print(f"{particle}, {views}", flush=True)
            truth = _true_density(spread)
            for seed, noise in enumerate(NOISE):
                made = simulate(volume, Imaging(IMAGES, spread, noise, seed=seed))
                for treatment, (whole, *pair) in _treated(made, mask, axes):
                    for source, halves in (("half maps", (pair[0], pair[1])), ("solvent", None)):
                        found = missing_views(whole, mask, SAMPLING, axes, halves)
                        yield {
                            "particle": particle,
                            "views": views,
                            "noise": noise,
                            "treatment": treatment,
                            "from": source,
                            **_compared(found, made, truth),
                        }


def example(name: str) -> Tuple[MissingViews, ViewDensity]:
    """The finding from half maps of the compact particle at the lower noise, and the truth."""
    volume, mask = _particles()["compact"]
    made = simulate(volume, Imaging(IMAGES, VIEWS[name], NOISE[0], seed=0))
    halves = (made.half1, made.half2)
    found = missing_views(made.map, mask, SAMPLING, AxisSet.icosahedral(81), halves)
    return found, _true_density(VIEWS[name])


def _particles() -> Dict[str, Tuple[np.ndarray, np.ndarray]]:
    """A compact particle, and one more than twice as long as wide, along the views' axis."""
    return {"compact": blob_particle(SIZE, 1, ATOMS), "elongated": rod(SIZE)}


def rod(side: int) -> Tuple[np.ndarray, np.ndarray]:
    """A particle more than twice as long as wide, and its mask."""
    z, y, x = np.meshgrid(*[np.arange(side) - side // 2] * 3, indexing="ij")
    mask = (z / (0.38 * side)) ** 2 + (x**2 + y**2) / (0.17 * side) ** 2 < 1
    places = np.random.default_rng(1).choice(np.flatnonzero(mask), size=ATOMS)
    volume = np.bincount(places, minlength=side**3).reshape(mask.shape).astype(np.float32)
    volume = gaussian_filter(volume, 0.8)
    return volume / volume[mask].std(), mask


def _treated(
    made: Simulated, mask: np.ndarray, axes: AxisSet
) -> Iterator[Tuple[str, List[np.ndarray]]]:
    """Map and half maps as they come from different programs."""
    maps = [made.map, made.half1, made.half2]
    frequency = shell_index(SIZE) / SIZE
    low = 1 / (1 + (frequency / _LOW_PASS) ** 16)
    sharp = np.exp(-_B_FACTOR / 4 * (frequency / SAMPLING) ** 2)
    ball = soft_sphere(SIZE, 0.45 * SIZE, 4.0)
    yield TREATMENTS[0], maps
    yield TREATMENTS[1], [_filtered(each, low * sharp) for each in maps]
    yield TREATMENTS[2], [_filtered(each, _wiener(made, axes)) for each in maps]
    yield TREATMENTS[3], [each * ball for each in maps]
    yield TREATMENTS[4], [each * soft_mask(mask, 5.0) for each in maps]


def _filtered(volume: np.ndarray, gain: np.ndarray) -> np.ndarray:
    return scipy.fft.irfftn(scipy.fft.rfftn(volume) * gain, s=volume.shape).astype(np.float32)


def _wiener(made: Simulated, axes: AxisSet) -> np.ndarray:
    """``SSNR / (1 + SSNR)`` of signal and noise as they are, by nearest axis and shell."""
    power = np.stack([np.abs(scipy.fft.rfftn(m)) ** 2 for m in (made.clean, made.noise)])
    (signal, noise), _ = cone_sums(power, axes, HALF_ANGLE)
    gain = np.divide(signal, signal + noise, out=np.ones_like(signal), where=signal + noise > 0)
    k = np.rint(np.fft.fftfreq(SIZE) * SIZE)
    kz, ky, kx = np.meshgrid(k, k, np.arange(SIZE // 2 + 1), indexing="ij")
    directions = np.stack([kx, ky, kz], axis=-1)
    directions /= np.maximum(np.linalg.norm(directions, axis=-1, keepdims=True), 1.0)
    shells = shell_index(SIZE)
    inside = shells <= SIZE // 2
    return np.where(inside, gain[axes.closest(directions), np.minimum(shells, SIZE // 2)], 0.0)


def _true_density(spread: Views) -> ViewDensity:
    """The distribution that views were drawn from, on the grid of the estimate."""
    axes = AxisSet.icosahedral(46)
    grid = views_from_coverage(np.ones(46), 1.0, np.ones(46, bool), axes, HALF_ANGLE)
    drawn = views_of(spread.draw(_MANY_VIEWS, np.random.default_rng(0)))
    counts = np.bincount(grid.views.closest(drawn), minlength=len(grid.views))
    return replace(grid, values=counts / _MANY_VIEWS / grid.shares, parameters=99)


def _compared(found: MissingViews, made: Simulated, truth: ViewDensity) -> Record:
    """The finding, the truth, and the differences between them."""
    axes = found.axes
    true_coverage = coverage_of_views(views_of(made.orientations), axes.vectors)
    true_coverage /= true_coverage.mean()
    ideal = replace(found, views=truth, coverage=truth.coverage(axes, HALF_ANGLE), tilts=None)
    compared: Record = {
        "source": found.source,
        "kind": found.kind,
        "true_kind": ideal.kind,
        "slope": found.slope,
        "slope_error": found.slope_error,
        "empty": int(found.empty.sum()),
        "true_worst": float(ideal.coverage.min()),
        "true_tilt": ideal.stage_tilt()[0],
    }
    if found.views is None:
        return compared
    tilt, promised = found.stage_tilt()
    line = 0.0
    if "even" not in (found.kind, ideal.kind):
        line = float(AxisSet(ideal.line[None]).angles_to(found.line)[0])
    compared.update(
        rank=float(spearmanr(found.coverage, true_coverage)[0]),
        rms=float(np.sqrt(np.mean((found.coverage - true_coverage) ** 2))),
        worst=float(found.coverage.min()),
        density=float(np.corrcoef(found.views.values, truth.values)[0, 1]),
        line=line,
        tilt=tilt,
        promised=promised,
        reached=float(truth.coverage(axes, HALF_ANGLE, tilt).min()),
    )
    return compared
