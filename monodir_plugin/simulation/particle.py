"""The simulated particle: an atomic model or random atoms, and its mask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Tuple

import numpy as np

from ..errors import InputError
from ..numerics.checks.numbers import is_finite, is_whole, shown
from ..numerics.geometry.mask import make_mask
from .models import density_of_model
from .phantom import blob_particle

__all__ = ["Particle", "check_seed"]

_LEAST_BOX = 16
#: Random atoms: at least so many, and one for so many voxels of the box.
_LEAST_ATOMS, _VOXELS_PER_ATOM = 3000, 90


def check_seed(seed: int) -> None:
    """Refuse a seed of random numbers that is not a whole number of at least 0."""
    if not (is_whole(seed) and seed >= 0):
        raise InputError(f"a seed of {shown(seed)}; give a whole number of at least 0")


@dataclass(frozen=True)
class Particle:
    """A particle in a box.

    Attributes
    ----------
    model : str or None
        File of an atomic model; ``None``: a compact particle of random atoms.
    size : int
        Box side in voxels.
    sampling : float
        Voxel size, Å.
    b_factor : float
        B-factor of the atoms of a model, Å².
    seed : int
        Seed of the random atoms.

    Raises
    ------
    InputError
        If a value is of another type, or outside its range.
    """

    model: Optional[str] = None
    size: int = 128
    sampling: float = 1.5
    b_factor: float = 50.0
    seed: int = 1

    def __post_init__(self) -> None:
        if not (self.model is None or isinstance(self.model, (str, Path))):
            raise InputError(f"model {self.model}: give the path of a PDB or mmCIF file")
        if not (is_whole(self.size) and self.size >= _LEAST_BOX):
            raise InputError(
                f"a box of {shown(self.size)} voxels; give a whole number of at least {_LEAST_BOX}"
            )
        if not (is_finite(self.sampling) and self.sampling > 0):
            raise InputError(f"a voxel size of {shown(self.sampling)} Å; give a positive number")
        if not is_finite(self.b_factor):
            raise InputError(f"a B-factor of {shown(self.b_factor)}; give a number of Å²")
        check_seed(self.seed)

    def density(self) -> Tuple[np.ndarray, np.ndarray]:
        """Map and mask.

        Returns
        -------
        volume : ndarray, shape (N, N, N), float32
            Its standard deviation inside the mask is one.
        mask : ndarray of bool, shape (N, N, N)

        Raises
        ------
        InputError
            If the model cannot be used.
        """
        if self.model is None:
            atoms = max(_LEAST_ATOMS, self.size**3 // _VOXELS_PER_ATOM)
            return blob_particle(self.size, self.seed, atoms)
        volume = density_of_model(self.model, self.size, self.sampling, self.b_factor)
        mask = make_mask(volume, self.sampling).values >= 0.5
        return volume / volume[mask].std(), mask
