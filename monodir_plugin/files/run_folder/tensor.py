"""The tensors of a run on disk: a compact file, and the map of fractional anisotropy."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...diagnosis.tensor import TensorFit, fractional_anisotropy, principal
from ..archives import save_arrays, shape_of_box
from ..atomic import atomic_path
from ..maps import MapFile, write_map

__all__ = ["ANISOTROPY", "TENSOR", "load_tensors", "save_tensors", "write_tensor"]

TENSOR, ANISOTROPY = "tensor.npz", "fractional_anisotropy.mrc"
#: Numbers of a voxel besides its tensor; three digits are enough for them.
_MEASURES = ("rms", "explained", "order4", "chance", "unresolved")


def write_tensor(folder: Path, fit: TensorFit, like: MapFile) -> None:
    """Write ``tensor.npz`` and ``fractional_anisotropy.mrc`` into an existing folder.

    Parameters
    ----------
    folder : Path
    fit : TensorFit
    like : MapFile
        Voxel size and origin for the map.
    """
    write_map(folder / ANISOTROPY, fit.volume(fit.fractional_anisotropy), like)
    save_tensors(folder / TENSOR, fit)


def save_tensors(path: Path, fit: TensorFit) -> None:
    """Write tensors as ``.npz``, 38 bytes for each voxel.

    They are not compressed, which would save a quarter and take as long as fitting them.

    Arrays: ``components`` (voxels, 6), float32, Å²: xx, yy, zz, xy, xz, yz of the tensor T whose
    form d'Td is the square of the resolution along the unit vector d; ``rms`` (Å), ``explained``,
    ``order4``, ``chance``, ``unresolved`` (shares and a fractional anisotropy), (voxels,),
    float16, as in :class:`TensorFit`; ``indices``, flat index of each voxel in the ``[z, y, x]``
    box; ``shape`` of the box; ``resolution_range``: finest and coarsest resolution of the
    measurement, Å.
    Principal resolutions are the square roots of the eigenvalues, principal axes the eigenvectors.
    """
    with atomic_path(path) as temporary:
        save_arrays(
            temporary,
            components=fit.components,
            indices=fit.indices.astype(np.uint32 if np.prod(fit.shape) < 2**32 else np.int64),
            shape=np.array(fit.shape),
            resolution_range=np.array(fit.resolution_range),
            **{name: getattr(fit, name).astype(np.float16) for name in _MEASURES},
        )


def load_tensors(path: Path) -> TensorFit:
    """Read tensors that :func:`save_tensors` wrote; derived numbers are computed again."""
    with np.load(path, allow_pickle=False) as file:
        components = file["components"]
        resolutions, axes = principal(components)
        finest, coarsest = file["resolution_range"]
        return TensorFit(
            components=components,
            resolutions=resolutions.astype(np.float32),
            axes=axes.astype(np.float32),
            fractional_anisotropy=fractional_anisotropy(resolutions).astype(np.float32),
            indices=file["indices"].astype(np.int64),
            shape=shape_of_box(file["shape"]),
            resolution_range=(float(finest), float(coarsest)),
            **{name: file[name].astype(np.float32) for name in _MEASURES},
        )
