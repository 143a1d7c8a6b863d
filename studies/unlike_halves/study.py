"""Count the findings on half maps that do not belong together, and on sound ones.

Simulated half maps of blobs without and with an imposed symmetry and of the atomic models, at four
levels of noise.  The second half map is sound, with even and with preferred views, or its particle
is larger or smaller, turned by a few degrees, blurred by a B-factor, or its noise is stronger.
"""

from __future__ import annotations

from typing import Dict, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np
import scipy.fft
from scipy.ndimage import affine_transform
from scipy.spatial.transform import Rotation

from monodir_plugin.numerics.geometry.symmetry import rotations_of
from monodir_plugin.numerics.half_maps.checks import compare_half_maps
from monodir_plugin.simulation import blob_particle, noisy_map
from monodir_plugin.simulation.models import density_of_model
from studies.harness import Setting
from studies.harness.tables import Record, write_csv

__all__ = ["run"]

SIZE = 48
#: Deviation of the noise, relative to that of the particle.
NOISES = (0.3, 1.0, 2.0, 4.0)
#: Concentrations of the views about z.
VIEWS = (0.0, 2.0)
#: Blobs: seed, and the group with which they are averaged.
BLOBS = ((1, "C1"), (2, "C1"), (3, "C4"), (4, "D2"), (5, "T"))
#: Groups that are imposed on the noise, too.
GROUPS = ("C4", "D2", "T")
#: Atomic models and voxel sizes, Å.
MODELS = (
    ("1jyx_betagal.pdb", 4.9),
    ("3j9i_proteasome.pdb", 4.7),
    ("4o5n_ha_trimer.pdb", 4.7),
    ("4v5d_ribosome.cif.gz", 7.6),
)


class Change(NamedTuple):
    """What is wrong with the second half map.

    Attributes
    ----------
    name : str
    magnification : float
    degrees : float
        Of a rotation about a random axis.
    b_factor : float
        Voxels², of a blur.
    noise : float
        Factor of the noise.
    """

    name: str
    magnification: float = 1.0
    degrees: float = 0.0
    b_factor: float = 0.0
    noise: float = 1.0


CHANGES = (
    Change("sound"),
    Change("1 % larger", magnification=1.01),
    Change("2 % larger", magnification=1.02),
    Change("5 % smaller", magnification=0.95),
    Change("turned by 2 degrees", degrees=2.0),
    Change("turned by 5 degrees", degrees=5.0),
    Change("noise 1.5 times", noise=1.5),
    Change("blurred by B = 12 voxels²", b_factor=12.0),
)


def particles(setting: Setting) -> Iterator[Tuple[str, np.ndarray]]:
    """Names and densities, with a deviation of about one inside the particle."""
    for seed, group in BLOBS[:1] if setting.quick else BLOBS:
        yield f"blob {seed}, {group}", symmetrised(blob_particle(SIZE, seed)[0], group)
    for name, sampling in () if setting.quick else MODELS:
        density = density_of_model(setting.models / name, SIZE, sampling, b_factor=32 * sampling**2)
        yield name, density / density[density > density.std()].std()


def symmetrised(values: np.ndarray, group: str) -> np.ndarray:
    """The mean over the rotations of a group, with the deviation of the map."""
    turns = rotations_of(group).as_matrix()
    total = np.mean([changed(values, turn) for turn in turns], axis=0)
    return total * (values.std() / total.std())


def changed(values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A map turned and magnified about the centre of its box by a matrix of ``x, y, z``."""
    backwards = np.linalg.inv(matrix)[::-1, ::-1]
    centre = np.full(3, len(values) // 2)
    return affine_transform(values, backwards, centre - backwards @ centre, order=3)


def blurred(values: np.ndarray, b_factor: float) -> np.ndarray:
    """A map damped by a B-factor in voxels²."""
    k = np.fft.fftfreq(len(values))
    square = k[:, None, None] ** 2 + k[:, None] ** 2 + np.fft.rfftfreq(len(values)) ** 2
    spectrum = scipy.fft.rfftn(values) * np.exp(-b_factor * square / 4)
    return scipy.fft.irfftn(spectrum, s=values.shape)


def findings_of(
    name: str, particle: np.ndarray, change: Change, noise: float, views: float, seed: int
) -> List[str]:
    """Kinds of the findings on a pair of half maps."""
    group = name.split(", ")[-1]
    turn = Rotation.random(random_state=seed).apply([0, 0, np.deg2rad(change.degrees)])
    matrix = change.magnification * Rotation.from_rotvec(turn).as_matrix()
    other = particle if np.array_equal(matrix, np.eye(3)) else changed(particle, matrix)
    other = blurred(other, change.b_factor) if change.b_factor else other
    first = noisy_map(particle, noise, views, seed)
    second = noisy_map(other, noise * change.noise, views, seed + 10_000)
    if group in GROUPS:
        first, second = (symmetrised(half, group) for half in (first, second))
    return [finding.kind for finding in compare_half_maps(first, second, 1.0).findings]


def run(setting: Setting) -> None:
    """Write how many of the pairs get a finding, by what is wrong with them and by the noise."""
    counts: Dict[Tuple[str, float], int] = {}
    kinds: Dict[Tuple[str, float], List[str]] = {}
    noises = NOISES[:1] if setting.quick else NOISES
    seed = 0
    for name, particle in particles(setting):
        for noise in noises:
            for views in VIEWS[:1] if setting.quick else VIEWS:
                seed += 1
                # Many sound pairs are needed.
                for change in CHANGES if views == VIEWS[(seed - 1) // 2 % 2] else CHANGES[:1]:
                    found = findings_of(name, particle, change, noise, views, seed)
                    key = (change.name, noise)
                    counts[key] = counts.get(key, 0) + 1
                    kinds.setdefault(key, []).extend(found[:1])
                    if found and change is CHANGES[0]:
                        print(f"{name}, noise {noise:g}, views {views:g}, sound: {found}")
    write_csv(list(rows(noises, counts, kinds)), setting.table("unlike_halves"))


def rows(
    noises: Sequence[float],
    counts: Dict[Tuple[str, float], int],
    kinds: Dict[Tuple[str, float], List[str]],
) -> Iterator[Record]:
    """One line of the table for each change: the pairs with a finding at each noise, and its kinds.

    ``counts`` holds the numbers of pairs, ``kinds`` the first findings, both by change and noise.
    """
    for change in CHANGES:
        found = [kind for noise in noises for kind in kinds[change.name, noise]]
        yield {
            "the second half map": change.name,
            **{
                f"noise {noise:g}": f"{len(kinds[change.name, noise])} of "
                f"{counts[change.name, noise]}"
                for noise in noises
            },
            "found as": ", ".join(f"{kind} {found.count(kind)}" for kind in sorted(set(found))),
        }
