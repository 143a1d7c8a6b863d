"""Warnings on sound maps, counted: ``python -m benchmarks.false_alarms``.

Simulated particles of several sizes, noises, views and seeds, each as a single map with its own and
with a made mask, as half maps, low-passed, and multiplied by a soft sphere (half maps only: of a
single map that is told); and the real maps of ``../shared/maps``, if they are there.  None of what
is found before the first axis is measured may be said of them, but what is true of them: axes
without data, and little solvent in a small box.
"""

from __future__ import annotations

from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional

import numpy as np
from scipy.ndimage import gaussian_filter

from monodir_plugin.files.maps import read_map
from monodir_plugin.numerics.geometry import distance_map
from monodir_plugin.numerics.half_map_checks import compare_half_maps
from monodir_plugin.numerics.half_map_noise import check_noise_of_halves
from monodir_plugin.numerics.masking import make_mask
from monodir_plugin.numerics.preparation import prepare
from monodir_plugin.simulation import blob_particle, noisy_map

SAMPLING = 1.5
#: Side of the box, deviation of the noise, concentration of the views.
EXPERIMENTS = (
    (48, 0.1, 0.0),
    (48, 0.3, 0.0),
    (64, 0.6, 4.0),
    (64, 1.5, 0.0),
    (72, 0.6, 4.0),
    (48, 3.0, 0.0),
    (41, 0.3, 2.0),
)
SEEDS = (1, 2, 3)
MAPS = Path(__file__).resolve().parents[2] / "shared" / "maps"
#: True of the maps that they are said of.
TRUE = ("of the box is solvent", "holds no data along")


class Sound(NamedTuple):
    """A sound input."""

    name: str
    volume: np.ndarray
    mask: np.ndarray
    sampling: float
    second: Optional[np.ndarray] = None


def simulated() -> Iterator[Sound]:
    """Maps and half maps of simulated particles."""
    for size, noise, views in EXPERIMENTS:
        soft = np.clip((0.45 * size - distance_map(size)) / 3, 0, 1).astype(np.float32)
        for seed in SEEDS:
            particle, mask = blob_particle(size, seed=seed)
            first, second = (
                noisy_map(particle, noise=noise, concentration=views, seed=seed + offset)
                for offset in (7, 77)
            )
            name = f"{size} voxels, noise {noise:g}, views {views:g}, seed {seed}"
            yield Sound(f"{name}: map", first, mask, SAMPLING)
            made = make_mask(first, SAMPLING)
            yield Sound(f"{name}: made mask", first, made.values >= 0.5, SAMPLING)
            yield Sound(f"{name}: low-passed", gaussian_filter(first, 0.8), mask, SAMPLING)
            yield Sound(f"{name}: half maps", first, mask, SAMPLING, second)
            low = [gaussian_filter(half, 0.8) for half in (first, second)]
            yield Sound(f"{name}: half maps, low-passed", low[0], mask, SAMPLING, low[1])
            yield Sound(
                f"{name}: half maps in a sphere", first * soft, mask, SAMPLING, second * soft
            )


def real() -> Iterator[Sound]:
    """The real maps that lie beside the repository."""
    for path in sorted(MAPS.glob("*_mask.mrc")):
        mask = read_map(path, what="mask")
        volume = read_map(str(path).replace("_mask", ""))
        yield Sound(f"{volume.path.stem}: map", volume.values, mask.values > 0.5, volume.sampling)
        made = make_mask(volume.values, volume.sampling).values >= 0.5
        yield Sound(f"{volume.path.stem}: made mask", volume.values, made, volume.sampling)


def said(sound: Sound) -> List[str]:
    """All that is said of an input before the first axis."""
    if sound.second is None:
        told = prepare(sound.volume, sound.mask, sound.sampling).warnings
        return [text for text in told if not any(words in text for words in TRUE)]
    compared = compare_half_maps(sound.volume, sound.second, sound.sampling)
    found = list(compared.findings)
    found += check_noise_of_halves(sound.volume, sound.second, sound.mask, compared.fsc)[1]
    return [finding.sentence for finding in found]


def main() -> None:
    """Print every warning, and how many there are."""
    inputs = alarms = 0
    for source in (simulated, real):
        for sound in source():
            texts = said(sound)
            inputs += 1
            alarms += len(texts)
            for text in texts:
                print(f"{sound.name}: {text}")
    print(f"{alarms} warnings of {inputs} sound inputs")


if __name__ == "__main__":
    main()
