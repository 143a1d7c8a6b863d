"""The particles of the form: checks, and their orientations as a file for the command line.

In Scipion the matrix of a particle with projection alignment takes coordinates of its image to
those of the map: it is the inverse of RELION's matrix (pwem's plots of angular distributions, and
``rowToAlignment`` of the plugins of RELION and Xmipp).  Its third column is the view.  The pose of
cryoSPARC is the rotation vector of the same matrix
(:mod:`monodir_plugin.files.particle_angles`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Optional

import numpy as np
from pwem.objects import SetOfParticles
from scipy.spatial.transform import Rotation

from ...files.atomic import atomic_path
from ...files.particle_angles import POSE

__all__ = ["ANGLES", "errors_of", "state_of", "write_angles"]

#: File in the folder extra of the run.
ANGLES = "particle_angles.cs"
_NAME = "Particles"
#: Elements of a matrix times its transpose differ from those of the identity by less.
_ORTHOGONAL = 1e-2


def errors_of(particles: Optional[SetOfParticles]) -> List[str]:
    """Check that a set has the orientations of single particles."""
    if particles is None:
        return []
    if particles.getSize() == 0:
        return [f"{_NAME}: the set is empty; give the particles of the map."]
    if not particles.hasAlignmentProj():
        return [
            f"{_NAME}: the set has no projection alignment, so that its views are unknown; give "
            "the particles after a 3D refinement, or leave the field empty."
        ]
    return []


def state_of(particles: Optional[SetOfParticles]) -> Optional[List[Any]]:
    """Return file, size and time of change of a set; ``None`` without particles."""
    if particles is None:
        return None
    path = particles.getFileName()
    status = Path(path).stat()
    return [path, status.st_size, status.st_mtime_ns]


def write_angles(particles: SetOfParticles, path: Path) -> None:
    """Write the orientations of all particles, in the form of cryoSPARC.

    Parameters
    ----------
    particles : SetOfParticles
        With projection alignment.
    path : Path
        NumPy array with the column ``alignments3D/pose``, axis times angle in radians.

    Raises
    ------
    ValueError
        If a particle has no rotation.
    """
    found = []
    # Of a set to which particles were added, the project knows the size from before.
    for particle in particles.iterItems():
        transform = particle.getTransform() if particle.hasTransform() else None
        missing = np.full((3, 3), np.nan)
        found.append(missing if transform is None else transform.getRotationMatrix())
    matrices = np.array(found, float).reshape(-1, 3, 3)
    # A matrix with a negative determinant mirrors, and is not a rotation.
    right = np.isfinite(matrices).all(axis=(1, 2)) & (np.linalg.det(matrices) > 0)
    products = matrices @ matrices.transpose(0, 2, 1)
    right &= (np.abs(products - np.eye(3)) < _ORTHOGONAL).all(axis=(1, 2))
    if not right.all():
        raise ValueError(
            f"{_NAME}: {np.count_nonzero(~right)} of {len(right)} have no rotation matrix as "
            "alignment; give the particles after a 3D refinement, or leave the field empty"
        )
    rows = np.zeros(len(matrices), [(POSE, "<f8", (3,))])
    rows[POSE] = Rotation.from_matrix(matrices).as_rotvec()
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.save(file, rows)
