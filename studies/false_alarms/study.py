"""Count the warnings on sound maps and half maps.

Simulated particles of several sizes, noises, views and seeds, each as a single map with its own and
with a generated mask, low-passed, as half maps, and as half maps multiplied by a soft sphere (a
single map that is multiplied by one gets a warning); and the real maps of ``--maps``, if they are
there.  The checks before the first axis must give no warning about them, except for true findings:
axes without data, and little solvent in a small box.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional, Sequence

import numpy as np
from scipy.ndimage import gaussian_filter

from monodir_plugin.files.maps import read_map
from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.geometry.mask import make_mask
from monodir_plugin.numerics.half_maps.checks import compare_half_maps
from monodir_plugin.numerics.half_maps.independence import check_noise_of_halves
from monodir_plugin.numerics.measurement.preparation import prepare
from monodir_plugin.simulation import blob_particle, noisy_map
from studies.harness import Setting

__all__ = ["run"]

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
#: Warnings that are true of the maps to which they belong.
TRUE = ("of the box is solvent", "holds no data along")


class Sound(NamedTuple):
    """A sound input."""

    name: str
    volume: np.ndarray
    mask: np.ndarray
    sampling: float
    second: Optional[np.ndarray] = None


def simulated(seeds: Sequence[int] = SEEDS) -> Iterator[Sound]:
    """Maps and half maps of simulated particles."""
    for size, noise, views in EXPERIMENTS:
        soft = np.clip((0.45 * size - distance_map(size)) / 3, 0, 1).astype(np.float32)
        for seed in seeds:
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


def real(folder: Path) -> Iterator[Sound]:
    """Real maps with their masks, and with generated masks."""
    for path in sorted(folder.glob("*_mask.mrc")):
        mask = read_map(path, what="mask")
        volume = read_map(str(path).replace("_mask", ""))
        yield Sound(f"{volume.path.stem}: map", volume.values, mask.values > 0.5, volume.sampling)
        made = make_mask(volume.values, volume.sampling).values >= 0.5
        yield Sound(f"{volume.path.stem}: made mask", volume.values, made, volume.sampling)


def warnings_of(sound: Sound) -> List[str]:
    """All warnings of an input before the first axis."""
    if sound.second is None:
        found = prepare(sound.volume, sound.mask, sound.sampling).warnings
        return [text for text in found if not any(words in text for words in TRUE)]
    compared = compare_half_maps(sound.volume, sound.second, sound.sampling)
    findings = list(compared.findings)
    findings += check_noise_of_halves(sound.volume, sound.second, sound.mask, compared.fsc)[1]
    return [finding.sentence for finding in findings]


def run(setting: Setting) -> None:
    """Print every warning, and their number; ``--quick`` takes one seed."""
    inputs = warnings = 0
    for sound in chain(simulated(SEEDS[:1] if setting.quick else SEEDS), real(setting.maps)):
        texts = warnings_of(sound)
        inputs += 1
        warnings += len(texts)
        for text in texts:
            print(f"{sound.name}: {text}")
    print(f"{warnings} warnings of {inputs} sound inputs")
