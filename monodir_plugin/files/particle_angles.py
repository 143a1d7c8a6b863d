"""Views of particles from the angles in a file of RELION or cryoSPARC.

RELION (and Scipion, Xmipp): ``rlnAngleRot`` and ``rlnAngleTilt`` are the first two Euler angles
(ZYZ); the image looks along ``(cos rot sin tilt, sin rot sin tilt, cos tilt)`` of the map, the
third row of RELION's rotation matrix.

cryoSPARC: ``alignments3D/pose`` is a rotation vector, axis times angle in radians.  RELION's matrix
is the transpose of its rotation matrix, as in the program csparc2star of pyem, whose conversion of
poses came from cryoSPARC's authors.  The view is thus z turned by the rotation vector.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Tuple

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import InputError
from ..numerics.geometry.axes import rot_tilt_to_vectors
from .atomic import is_there
from .checksum import sha256_of
from .regular import check_regular

__all__ = ["KIND", "POSE", "AnglesFile", "read_angles", "read_views"]

#: What such a file is called in lists of inputs.
KIND = "particle angles"
_ROT, _TILT = "rlnAngleRot", "rlnAngleTilt"
#: The column of a ``.cs`` file.
POSE = "alignments3D/pose"
#: Columns of subtomograms, which are no single views.
_SUBTOMOGRAMS = ("rlnTomoName", "rlnTomoParticleName", "rlnTomoSubtomogramRot")
#: Characters that are read to see whether a file is text.
_FIRST = 100_000
_READABLE = "a .star file of RELION or a .cs file of cryoSPARC"


@dataclass(frozen=True)
class AnglesFile:
    """A file with the angles of particles.

    Attributes
    ----------
    path : Path
    sha256 : str
        SHA-256 checksum of the file.
    views : ndarray, shape (particles, 3), float64
        Unit vectors ``x, y, z`` in the frame of the map.
    """

    path: Path
    sha256: str
    views: np.ndarray

    def without_values(self) -> AnglesFile:
        """Return a copy without views, to free memory."""
        return replace(self, views=np.zeros((0, 3)))


def read_angles(path: Path) -> AnglesFile:
    """Read the views of all particles of a file, and its checksum.

    Raises
    ------
    InputError
        As :func:`read_views`.
    """
    views = read_views(path)
    return AnglesFile(path, sha256_of(path), views)


def read_views(path: Path) -> np.ndarray:
    """Views of all particles of a file.

    Parameters
    ----------
    path : Path
        A ``.star`` file of RELION, of one table or with a table of optics groups, or a ``.cs`` file
        of cryoSPARC.

    Returns
    -------
    ndarray, shape (particles, 3), float64
        Unit vectors ``x, y, z`` in the frame of the map.

    Raises
    ------
    InputError
        If the file has no angles of particles, or is no such file.
    """
    if not is_there(path):
        raise InputError(f"angles {path}: there is no such file; give {_READABLE}")
    kind = path.suffix.lower()
    if kind not in (".star", ".cs"):
        raise InputError(f"angles {path}: its name ends neither in .star nor .cs; give {_READABLE}")
    check_regular(path, f"angles {path}", "the angles")
    views = _of_star(path) if kind == ".star" else _of_cs(path)
    if len(views) == 0:
        raise InputError(f"angles {path}: it has no particles; give the particles of the map")
    if not np.isfinite(views).all():
        raise InputError(f"angles {path}: some of its angles are not numbers; remove these rows")
    return views


def _of_star(path: Path) -> np.ndarray:
    try:
        import starfile
    except ImportError as error:
        raise InputError(
            f"angles {path}: STAR files are read with the package starfile, which is not "
            "installed; install it with: pip install starfile 'pandas<3'"
        ) from error
    try:
        # What starfile reports of a file that is no text varies.
        with path.open(encoding="utf-8") as file:
            file.read(_FIRST)
        blocks = starfile.read(path, always_dict=True)
    except OSError as error:
        raise InputError(f"angles {path}: {error.strerror}; give {_READABLE}") from error
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise InputError(f"angles {path}: it is no STAR file; give {_READABLE}") from error
    tables = [block for block in blocks.values() if _ROT in block and _TILT in block]
    if not tables:
        raise InputError(
            f"angles {path}: it has no columns _{_ROT} and _{_TILT}; give the particles after a "
            "3D refinement, such as run_data.star"
        )
    table = tables[0]
    if any(name in block for name in _SUBTOMOGRAMS for block in tables):
        raise InputError(
            f"angles {path}: its particles are subtomograms, which are no single views; omit "
            "--angles"
        )
    try:
        rot, tilt = (np.atleast_1d(np.asarray(table[name], float)) for name in (_ROT, _TILT))
    except (ValueError, TypeError) as error:
        raise InputError(
            f"angles {path}: some of its angles are not numbers; remove these rows"
        ) from error
    return rot_tilt_to_vectors(rot, tilt)


def _of_cs(path: Path) -> np.ndarray:
    try:
        rows = np.load(path, allow_pickle=False)
        names: Tuple[str, ...] = rows.dtype.names or ()
    except OSError as error:
        raise InputError(f"angles {path}: {error.strerror or error}; give {_READABLE}") from error
    except (ValueError, EOFError, AttributeError) as error:
        raise InputError(
            f"angles {path}: it is no array of NumPy, as .cs files are; give {_READABLE}"
        ) from error
    if POSE not in names:
        raise InputError(
            f"angles {path}: it has no column {POSE}; give the particles of a 3D refinement"
        )
    poses: Any = np.asarray(rows[POSE], float)
    if poses.ndim != 2 or poses.shape[1] != 3:
        raise InputError(
            f"angles {path}: its column {POSE} does not hold three numbers per particle; give the "
            "particles of a 3D refinement"
        )
    if not len(poses) or not np.isfinite(poses).all():
        return poses
    return Rotation.from_rotvec(poses).apply([0.0, 0.0, 1.0])
