"""Resolution tensors: an ellipsoid for R(r, d) of every voxel over the axes.

The model is ``R² = d'Td``, with d the unit vector of an axis and T a symmetric tensor in Å².  As a
function of the axis, it consists of the even harmonics of orders 0 and 2.  Two arguments lead
to it:

* A blur by a Gaussian of covariance S (Å²) damps the amplitude at the spatial frequency f
  along d by exp(-2 pi² f² d'Sd).  If without it the amplitude falls as A exp(-b f²), a
  threshold t is crossed where f² (2 pi² d'Sd + b) = ln(A / t).  So 1/f² = R² is a quadratic form,
  with the principal axes of S.
* The resolved spatial frequencies are those inside the surface of radius f = 1/R in Fourier space.
  If this surface is an ellipsoid, d'Td f² = 1: the same form.

The fit averages 1/R², because along the few axes that fail early by chance R² is very large,
whereas 1/R² is only small.  T is fitted to 1/R² by the likelihood of a gamma distribution of mean
1/(d'Td), whose canonical link this is (McCullagh and Nelder, Generalized Linear Models, 1989,
chapter 8): the sums over axes of 1/R² and of its products with the components of d are
reproduced, errors are taken as proportional to the value, T is positive definite, and the
likelihood has a single maximum.  ``docs/diagnosis/tensor.rst`` compares it with other fits.

Noise over axes adds as much variance to each of the five harmonics of order 2 as to each of the
nine of order 4, which a quadratic form lacks.  The part of order 4 therefore gives the part of
order 2 that is expected by chance: 5/9 of its share of the variance, and, to first order, FA² =
25/12 of the mean square over axes of the relative residual's part of order 4 (a form d'Md without
trace has the mean square 2/15 tr M² on the sphere; FA² is half of tr M² over the squared mean of
T's eigenvalues).

Pairs of a voxel and an axis at a limit are censored: a pair that is not resolved may be coarser
than the coarse limit, and one that passed the last frequency may be finer.  Such a pair agrees with
the model wherever the model lies beyond the limit.

Fractional anisotropy is that of diffusion tensors (Basser and Pierpaoli, J. Magn. Reson. B 111,
209, 1996), of the eigenvalues of T, which are squares of the principal resolutions in Å²::

    FA = sqrt(3/2) sqrt(sum (l - mean l)²) / sqrt(sum l²)

0: a sphere; near 1: one axis is much coarser than the two others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Tuple

import numpy as np
from scipy.linalg import orth

from ..numerics.geometry.axes import AxisSet
from ..numerics.parallel.threads import in_threads
from ..numerics.reduction.table import ResolutionTable, box_of, decode, encode
from .gamma_tensor_fit import judged, most_likely
from .principal_axes import eigen

__all__ = [
    "ORDER_TWO",
    "TensorFit",
    "fit_tensors",
    "form_factors",
    "fractional_anisotropy",
    "principal",
]

_VOXELS_AT_ONCE = 8192
#: Components of a tensor: xx, yy, zz, xy, xz, yz.
_ROWS, _COLUMNS = np.array([0, 1, 2, 0, 0, 1]), np.array([0, 1, 2, 1, 2, 2])
#: Below this share of the values, their scatter over axes is rounding.
_FLAT = 1e-6
#: Ratio of FA² by chance to the mean square of the relative residual's part of order 4.
_CHANCE = 25 / 12
#: Ratio of the variance share of order 2 by chance to that of order 4.
ORDER_TWO = 5 / 9


@dataclass(frozen=True)
class TensorFit:
    """Tensors of the voxels of a table.

    Attributes
    ----------
    components : ndarray, shape (voxels, 6), float32
        T in Å²: xx, yy, zz, xy, xz, yz; its eigenvalues lie within the limits.
    resolutions : ndarray, shape (voxels, 3), float32
        Principal resolutions, fine, middle, coarse, Å.
    axes : ndarray, shape (voxels, 3, 3), float32
        ``axes[voxel, k]``: unit vector ``x, y, z`` of principal resolution k.
    fractional_anisotropy : ndarray, shape (voxels,), float32
        0 to 1.
    rms : ndarray, shape (voxels,), float32
        Root mean square difference of R and the fitted one over the resolved axes, Å.
    explained : ndarray, shape (voxels,), float32
        Share of the variance of 1/R² over the axes that the tensor explains; 0 without variance.
    order4 : ndarray, shape (voxels,), float32
        Share of that variance that harmonics of order 4 explain in addition.
    chance : ndarray, shape (voxels,), float32
        Fractional anisotropy that an isotropic voxel of the same scatter has by chance.
    unresolved : ndarray, shape (voxels,), float32
        Share of the axes along which the voxel is not resolved.
    indices : ndarray, shape (voxels,), int
        Flat index of every voxel in the ``[z, y, x]`` box, ascending.
    shape : tuple of int
        Shape of the box.
    resolution_range : tuple of float
        Finest and coarsest resolution of the table, Å.
    """

    components: np.ndarray
    resolutions: np.ndarray
    axes: np.ndarray
    fractional_anisotropy: np.ndarray
    rms: np.ndarray
    explained: np.ndarray
    order4: np.ndarray
    chance: np.ndarray
    unresolved: np.ndarray
    indices: np.ndarray
    shape: Tuple[int, int, int]
    resolution_range: Tuple[float, float]

    def mean(self) -> np.ndarray:
        """Mean of T over the voxels, shape (6,), Å²; its form is the mean of the fitted R²."""
        return self.components.mean(axis=0, dtype=np.float64)

    def volume(self, values: np.ndarray) -> np.ndarray:
        """One value per voxel as a box, float32 ``[z, y, x]``, zero outside the mask."""
        return box_of(values, self.indices, self.shape)

    def record(self) -> Dict[str, Any]:
        """Medians over the voxels, and the mean tensor, as plain numbers."""
        resolutions, axes = principal(self.mean())
        upper = AxisSet(axes).upper()
        cosines = np.abs(self.axes[:, 2] @ axes[2])
        return {
            "median_principal_A": [float(v) for v in np.median(self.resolutions, axis=0)],
            "median_fractional_anisotropy": float(np.median(self.fractional_anisotropy)),
            "median_chance_anisotropy": float(np.median(self.chance)),
            "median_rms_A": float(np.median(self.rms)),
            "median_explained_share": float(np.median(self.explained)),
            "median_order4_share": float(np.median(self.order4)),
            "unresolved_share": float(np.mean(self.unresolved)),
            "mean_tensor": {
                "principal_A": [float(v) for v in resolutions],
                "rot_deg": [float(v) for v in upper.rot],
                "tilt_deg": [float(v) for v in upper.tilt],
                "fractional_anisotropy": float(fractional_anisotropy(resolutions)),
            },
            "median_angle_of_coarse_axis_deg": float(
                np.degrees(np.median(np.arccos(np.minimum(cosines, 1.0))))
            ),
        }

    def sentences(self) -> List[str]:
        """The record in words."""
        found = self.record()
        fine, middle, coarse = found["median_principal_A"]
        order4 = 100 * found["median_order4_share"]
        mean = found["mean_tensor"]
        ends = [
            f"{resolution:.1f} Å along {_named(rot, tilt)}"
            for resolution, rot, tilt in zip(mean["principal_A"], mean["rot_deg"], mean["tilt_deg"])
        ]
        return [
            "The ellipsoids that are fitted to the resolutions of the voxels have principal "
            f"resolutions of {fine:.1f}, {middle:.1f} and {coarse:.1f} Å (medians), and a "
            f"fractional anisotropy of {found['median_fractional_anisotropy']:.2f} (median; "
            f"{found['median_chance_anisotropy']:.2f} from scatter over the axes alone).",
            f"The mean tensor is finest with {ends[0]} and coarsest with {ends[2]}; its fractional "
            f"anisotropy is {mean['fractional_anisotropy']:.2f}. The coarsest axes of the voxels "
            f"lie {found['median_angle_of_coarse_axis_deg']:.0f} degrees from that of the mean "
            "tensor (median; 60 by chance).",
            f"The ellipsoids explain {100 * found['median_explained_share']:.0f} % of the variance "
            f"over the axes (median; {ORDER_TWO * order4:.0f} % by chance); harmonics of order 4 "
            f"explain another {order4:.0f} %.",
        ]


def fit_tensors(table: ResolutionTable, threads: int = 1) -> TensorFit:
    """Fit a tensor to the resolutions of every voxel.

    Parameters
    ----------
    table : ResolutionTable
        With at least six axes that do not lie on a common cone.
    threads : int

    Returns
    -------
    TensorFit

    Raises
    ------
    ValueError
        If the axes do not determine the six components.
    """
    design = form_factors(table.axes.vectors)
    if np.linalg.matrix_rank(design) < 6:
        raise ValueError(f"{len(table.axes)} axes do not determine a tensor of six components")
    resolution_range = (float(table.sampling / table.frequencies[-1]), table.coarsest)
    chunks = [slice(i, i + _VOXELS_AT_ONCE) for i in range(0, len(table.indices), _VOXELS_AT_ONCE)]
    quartic = _order_four(table.axes.vectors, design)
    # 1/R² of every code, because there are fewer codes than values.
    codes = np.arange(1 << 16, dtype=np.uint16)
    inverses = (decode(codes).astype(np.float64) / table.sampling) ** 2
    inverses[0] = resolution_range[1] ** -2.0
    found: Dict[str, np.ndarray] = {}

    def fit(chunk: slice) -> Tuple[slice, Dict[str, np.ndarray]]:
        return chunk, _fit_chunk(table, inverses, design, quartic, resolution_range, chunk)

    for chunk, part in in_threads(fit, chunks, threads):
        for name, values in part.items():
            if name not in found:
                found[name] = np.empty((len(table.indices), *values.shape[1:]), np.float32)
            found[name][chunk] = values
    return TensorFit(
        **found,
        indices=table.indices,
        shape=table.shape,
        resolution_range=resolution_range,
    )


def principal(components: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Principal resolutions and axes of tensors.

    Parameters
    ----------
    components : ndarray, shape (..., 6)
        xx, yy, zz, xy, xz, yz, Å²; positive definite.

    Returns
    -------
    resolutions : ndarray, shape (..., 3)
        Fine, middle, coarse, Å.
    axes : ndarray, shape (..., 3, 3)
        ``axes[..., k, :]``: unit vector ``x, y, z`` of resolution k.
    """
    values, vectors = eigen(np.reshape(components, (-1, 6)))
    shape = np.shape(components)[:-1]
    return np.sqrt(values).reshape(*shape, 3), vectors.reshape(*shape, 3, 3)


def fractional_anisotropy(resolutions: np.ndarray) -> np.ndarray:
    """Fractional anisotropy of principal resolutions in Å, shape (..., 3); 0 to 1."""
    values = np.asarray(resolutions, float) ** 2
    apart = values - values.mean(axis=-1, keepdims=True)
    return np.sqrt(1.5 * (apart**2).sum(axis=-1) / (values**2).sum(axis=-1))


def _named(rot: float, tilt: float) -> str:
    """An axis in words; along z, where rot is arbitrary, rot is 0."""
    return f"rot {round(rot) if round(tilt) else 0}, tilt {round(tilt)} degrees"


def _fit_chunk(
    table: ResolutionTable,
    inverses: np.ndarray,
    design: np.ndarray,
    quartic: np.ndarray,
    resolution_range: Tuple[float, float],
    chunk: slice,
) -> Dict[str, np.ndarray]:
    codes = np.ascontiguousarray(table.codes[:, chunk].T)
    unresolved = codes == 0
    inverse = inverses[codes]
    at_end = codes >= encode(table.frequencies[-1])
    components = most_likely(inverse, unresolved, at_end, design)
    components, resolutions, axes = _within(components, resolution_range)
    fit = judged(inverse, unresolved, components, design, quartic, _FLAT)
    found = {
        "components": components,
        "resolutions": resolutions,
        "axes": axes,
        "fractional_anisotropy": fractional_anisotropy(resolutions),
        **dict(zip(("rms", "explained", "order4", "chance"), fit)),
        "unresolved": np.count_nonzero(unresolved, axis=1) / len(design),
    }
    found["chance"] = np.sqrt(_CHANCE * found["chance"])
    return {name: values.astype(np.float32) for name, values in found.items()}


def _within(
    components: np.ndarray, resolution_range: Tuple[float, float]
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Limit the principal resolutions; components, principal resolutions and their axes."""
    values, vectors = eigen(components)
    finest, coarsest = (resolution**2 for resolution in resolution_range)
    beyond = np.flatnonzero((values[:, 0] < finest) | (values[:, 2] > coarsest))
    values = np.clip(values, finest, coarsest)
    components = components.copy()
    root = vectors[beyond] * np.sqrt(values[beyond])[:, :, None]
    components[beyond] = (np.swapaxes(root, 1, 2) @ root)[:, _ROWS, _COLUMNS]
    return components, np.sqrt(values), vectors


def form_factors(vectors: np.ndarray) -> np.ndarray:
    """Factors of the components of T in d'Td, shape (axes, 6)."""
    return vectors[:, _ROWS] * vectors[:, _COLUMNS] * np.where(_ROWS == _COLUMNS, 1.0, 2.0)


def _order_four(vectors: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Orthonormal functions of order 4 on the axes, shape (axes, 9).

    They are orthogonal to those of orders 0 and 2.
    """
    powers = [(i, j, 4 - i - j) for i in range(5) for j in range(5 - i)]
    quartic = np.stack([np.prod(vectors**power, axis=1) for power in powers], axis=1)
    lower = orth(design)
    return orth(quartic - lower @ (lower.T @ quartic), rcond=1e-8)
