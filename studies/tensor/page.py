"""Figure and page of the calibration of tensors; all numbers come from the records."""

from __future__ import annotations

import textwrap
from typing import Callable, Dict, List, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monodir_plugin.figures.style import TWO_COLUMNS, new_figure, styled
from studies.harness import rst_table

__all__ = ["draw", "page"]

#: Okabe and Ito's colours, and marks, of the blurs that are not alike along all axes.
_LOOKS = [("#0072B2", "o"), ("#D55E00", "^"), ("#009E73", "s")]
_BOUND = 5.0
#: Share of pairs not resolved that separates phantoms.
_RESOLVED = 0.1
#: Fractional anisotropy below which all axes have the same resolution but for rounding.
_FLAT = 0.01
_OURS = "gamma likelihood, 1/R²"

_HEAD = """\
A tensor of resolution for every voxel
======================================

All numbers, the table and the figure here are made by::

   python -m benchmarks.calibrate_tensor --output docs

``docs/diagnosis_tensor.csv`` holds every phantom, a line each. It took {minutes:.0f} minutes of one
thread on a machine that was also used otherwise.

What it is
----------
R(r, d) is a number for every axis d. Mostly it changes smoothly from axis to axis, and three
axes and three numbers describe it: ``R² = d'Td``, an ellipsoid with half axes of the three
principal resolutions along the three principal axes. A blur by a Gaussian of covariance S makes
such a form, of the same axes: the amplitude of the signal is multiplied by exp(-2 pi² f² d'Sd), and
falls to a given ratio to the noise where 1/f² is linear in d'Sd.
``monodir_plugin/diagnosis/tensor.py`` has the derivation. A quadratic form holds harmonics of
orders 0 and 2 over the axes.

``tensor.npz`` holds T of every voxel (Å²; xx, yy, zz, xy, xz, yz) and how well it fits; in Python
``monodir_plugin.files.tensor.load_tensors(path)`` reads it, with what follows from it:

* *Principal resolutions* (fine, middle, coarse, Å): roots of the eigenvalues. None is finer or
  coarser than the limits of the search. *Principal axes*: the eigenvectors ``x, y, z``.
* *Fractional anisotropy* (also ``fractional_anisotropy.mrc``): ``sqrt(3/2)`` times the deviation of
  the eigenvalues l of T from their mean over their root sum of squares,
  ``sqrt(3/2) sqrt(sum (l - mean l)²) / sqrt(sum l²)``, as of diffusion tensors (Basser and
  Pierpaoli 1996). 0: a sphere; near 1: one axis is much coarser than two.
* *By chance* (``chance``): the fractional anisotropy of an isotropic voxel whose resolutions
  scatter as much over the axes. The scatter is read off harmonics of order 4.
* *Residual* (``rms``): root mean square over the resolved axes of R less the fitted one, Å.
  *Explained*: share of the variance of 1/R² over axes. *Order 4*: share that these nine harmonics
  would explain more. *Unresolved*: share of the axes.

What was fitted to what
-----------------------
White density in a sphere or in a rod along z, in boxes of {box} voxels of {sampling} Å, was blurred
by Gaussians with axes turned at random; white noise was added after the blur. Noise is in
standard deviations of the density before the blur; the blur's standard deviations are in voxels.
{axes} axes, the default preset, {seeds} phantoms of each kind.

.. image:: figure_diagnosis_tensor.png
   :alt: Errors of principal axes, errors of local means, and fractional anisotropy of phantoms
   :width: 100%

*Left: the largest error of the three axes of the mean tensor over the mask, against the share of
pairs (voxel, axis) that are not resolved. Middle: the median error over voxels (mean of the three
axes, spheres), where tensors were averaged over a cube first; solid lines: noise of {least:g},
dotted: of {most:g}. Right: fractional anisotropy. Grey: medians over the voxels of isotropic
phantoms against what scatter makes by chance; colours: of the mean tensor against that of the
blur.*

Do the axes come out
~~~~~~~~~~~~~~~~~~~~
"""


def page(records: Sequence[dict], box: int, sampling: float, axes: int) -> str:
    """The page as reStructuredText; of the phantoms their box, voxel size in Å and axes."""
    seconds = sum(r["seconds"] for r in records)
    head = _HEAD.format(
        minutes=seconds / 60,
        box=box,
        sampling=sampling,
        axes=axes,
        seeds=len({r["seed"] for r in records}),
        least=min(r["noise"] for r in records),
        most=max(r["noise"] for r in records),
    )
    parts = [head, _of_axes(records), _table(records), _of_anisotropy(records), _of_fits(records)]
    return "".join(parts) + _LIMITS


def _of_axes(records: Sequence[dict]) -> str:
    turned = [r for r in records if not r["alike"]]
    lines = []
    for shape in dict.fromkeys(r["shape"] for r in turned):
        for name, kind in _kinds(turned).items():
            errors = [max(r["mean_angles"]) for r in kind if r["shape"] == shape]
            lines.append(
                f"* {shape}s, {name}: {sum(e < _BOUND for e in errors)} of {len(errors)}, at most "
                f"{max(errors):.1f} degrees\n"
            )
    of_voxels = "".join(f"* {name}: {_of_voxels(kind)}\n" for name, kind in _kinds(turned).items())
    return (
        _wrapped(
            f"*Of the mean tensor*: all three axes lie within {_BOUND:.0f} degrees of those of the",
            "blur in",
        )
        + "".join(lines)
        + "\n"
        + _wrapped(
            "*Of a single voxel*: few independent values lie in a cone, a band and a window, so",
            "that R of single pairs scatters; that limits every fit (below). Median errors (mean",
            "of the three axes), of phantoms with",
        )
        + of_voxels
        + "\n"
        + _wrapped(
            "Neighbouring voxels share most of their window, so that a mean over few of them helps",
            "little where the window is wide.",
        )
    )


def _of_voxels(records: Sequence[dict]) -> str:
    """Errors of voxels and of local means."""
    voxels, cubes = (
        np.array([np.mean(r["cube_angles"][side]) for r in records]) for side in ("1", "9")
    )
    return (
        f"{voxels.min():.0f} to {voxels.max():.0f} degrees; of means over a cube of nine voxels "
        f"{np.median(cubes / voxels):.2f} times as much (median)"
    )


def _kinds(records: Sequence[dict]) -> Dict[str, List[dict]]:
    """Phantoms by the share of pairs that are not resolved."""
    limit = f"{100 * _RESOLVED:.0f} %"
    return {
        f"less than {limit} unresolved": [r for r in records if r["unresolved"] < _RESOLVED],
        f"{limit} and more unresolved": [r for r in records if r["unresolved"] >= _RESOLVED],
    }


def _table(records: Sequence[dict]) -> str:
    """Medians over shapes and seeds of every blur and noise."""
    columns: Dict[str, Callable[[dict], float]] = {
        "unresolved": lambda r: 100 * r["unresolved"],
        "mean": lambda r: max(r["mean_angles"]),
        "voxel": lambda r: np.mean(r["cube_angles"]["1"]),
        "cube of 9": lambda r: np.mean(r["cube_angles"]["9"]),
        "FA": lambda r: r["anisotropy"],
        "chance": lambda r: r["chance"],
        "FA of mean": lambda r: r["mean_anisotropy"],
        "of blur": lambda r: r["anisotropy_of_blur"],
        "explained": lambda r: 100 * r["explained"],
        "order 4": lambda r: 100 * r["order4"],
    }
    digits = {"unresolved": 0, "explained": 0, "order 4": 0, "mean": 1, "voxel": 1, "cube of 9": 1}
    rows = [["blur", "noise", *columns]]
    for blur in dict.fromkeys(r["blur"] for r in records):
        for noise in sorted({r["noise"] for r in records}):
            mine = [r for r in records if (r["blur"], r["noise"]) == (blur, noise)]
            row = [blur, f"{noise:g}"]
            for name, value in columns.items():
                no_axes = mine[0]["alike"] and name in ("mean", "voxel", "cube of 9")
                number = np.median([value(r) for r in mine])
                row.append("--" if no_axes else f"{number:.{digits.get(name, 2)}f}")
            rows.append(row)
    text = rst_table(rows[0], rows[1:])
    return (
        _wrapped(
            "Medians over phantoms (unresolved, explained, order 4: %; mean: largest error of the",
            "mean tensor's axes; voxel and cube: errors, degrees; FA: fractional anisotropy):",
        )
        + f"{text}\n"
    )


def _of_anisotropy(records: Sequence[dict]) -> str:
    alike = [r for r in records if r["alike"]]
    found = [r["anisotropy"] for r in alike]
    scattered = [r for r in alike if r["chance"] > _FLAT]
    ratios = [r["anisotropy"] / r["chance"] for r in scattered]
    share = [r["explained"] / (5 / 9 * r["order4"]) for r in scattered]
    turned = [r for r in records if not r["alike"]]
    apart = [r["mean_anisotropy"] - r["anisotropy_of_blur"] for r in turned]
    shapes = dict.fromkeys(r["shape"] for r in alike)
    spans = [_span([r["mean_anisotropy"] for r in alike if r["shape"] == s]) for s in shapes]
    to_z = np.median([r["coarse_to_z"] for r in alike if r["shape"] == "rod"])
    of_shapes = " and ".join(f"{span} ({shape}s)" for shape, span in zip(shapes, spans))
    return (
        "How anisotropic\n~~~~~~~~~~~~~~~\n"
        + _wrapped(
            "Scatter makes every voxel look anisotropic. Of isotropic phantoms the median",
            f"fractional anisotropy is {_span(found)}: {_span(ratios)} times what the program",
            f"expects by chance (where that is more than {_FLAT:g}), so compare a voxel's number",
            f"with that one. The ellipsoid explains {_span(share)} times what it would by chance",
            "(5/9 of the share of order 4). Cones about neighbouring axes overlap, so that scatter",
            "is smooth over the axes, and may hold more of order 2 than is expected.",
        )
        + _wrapped(
            "The mean tensor is freer of scatter. Of isotropic phantoms its fractional anisotropy",
            f"is {of_shapes}. The coarsest axes of the rods' mean tensors lie {to_z:.0f} degrees",
            "(median) from the rod, where chance would make it 60. A mean tensor as weakly",
            "anisotropic as these shows no blur, and the shape turns the axes of a mild one.",
        )
        + _wrapped(
            "Of the other phantoms the mean tensor's fractional anisotropy differs from that of",
            f"the blur's covariance by {min(apart):+.2f} to {max(apart):+.2f}. It has the shape of",
            "the covariance only where the density is as white as here: what falls off by itself",
            "adds alike to all axes.",
        )
    )


def _span(values: Sequence[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"


def _of_fits(records: Sequence[dict]) -> str:
    turned = [r for r in records if not r["alike"]]
    for r in turned:
        ours = {"voxels": r["cube_angles"]["1"], "mean": r["mean_angles"], "lost": 0.0}
        r["fits"] = {**r["fits"], _OURS: ours}
    rows = [["fit", "voxels", "mean", "voxels*", "mean*", "lost (%)"]]
    for name in turned[0]["fits"]:
        row = [name if name == _OURS else f"least squares, {name}"]
        for kind in _kinds(turned).values():
            for key in ("voxels", "mean"):
                errors = [np.mean(r["fits"][name][key]) for r in kind]
                row.append(f"{np.median(errors):.1f}")
        lost = np.mean([r["fits"][name]["lost"] for r in turned])
        rows.append([*row, f"{100 * lost:.1f}"])
    return (
        "Why this fit\n~~~~~~~~~~~~\n"
        + _wrapped(
            "Errors of the axes (mean of three, degrees; median over the anisotropic phantoms) of",
            "quadratic forms fitted to other functions of R, where less than",
            f"{100 * _RESOLVED:.0f} % of the pairs are not resolved, and (*) where more are. Lost:",
            "voxels with a principal value of the wrong sign, which is no resolution.",
        )
        + f"{rst_table(rows[0], rows[1:])}\n"
        + _wrapped(
            "The scatter of R limits them all. Only R² has a reason to be a quadratic form. The",
            "gamma likelihood fits that form with positive values throughout, and without letting",
            "the few axes decide that fail early by chance, whose R² is enormous.",
        )
    )


def _wrapped(*pieces: str) -> str:
    """A paragraph."""
    text = " ".join(pieces)
    return textwrap.fill(text, 96, break_long_words=False, break_on_hyphens=False) + "\n\n"


_LIMITS = """\
What not to conclude
--------------------
* One voxel's axes are as uncertain as is said above. Average over regions wider than the window
  (``window_A`` in ``summary.json``).
* Where a large share of the axes is not resolved (a missing cone, much noise), the coarse principal
  resolution is the coarse limit, and the axes turn towards what is resolved.
* An ellipsoid has one coarse and one fine axis, or a plane of them. A missing cone with sharp
  edges, or several preferred views, has more structure: see the share of order 4, and the polar
  plot.
* The phantoms have white density, white noise and a blur that is the same everywhere. Real maps
  have none of these; here the axes test the geometry, not the physics.
"""


@styled
def draw(records: Sequence[dict]) -> Figure:
    """Errors of the mean tensor and of local means; fractional anisotropy."""
    figure = new_figure(TWO_COLUMNS, 2.5)
    of_mean, of_cubes, of_anisotropy = figure.subplots(1, 3)
    blurs = list(dict.fromkeys(r["blur"] for r in records if not r["alike"]))
    looks = dict(zip(blurs, _LOOKS))
    _draw_mean(of_mean, records, looks)
    _draw_cubes(of_cubes, records, looks)
    _draw_anisotropy(of_anisotropy, records, looks)
    return figure


def _draw_mean(plot: Axes, records: Sequence[dict], looks: Dict[str, tuple]) -> None:
    for blur, (colour, mark) in looks.items():
        for shape in sorted({r["shape"] for r in records}):
            mine = [r for r in records if (r["blur"], r["shape"]) == (blur, shape)]
            plot.plot(
                [100 * r["unresolved"] for r in mine],
                [max(r["mean_angles"]) for r in mine],
                mark,
                ms=3.5,
                mec=colour,
                mfc=colour if shape == "sphere" else "white",
            )
    plot.axhline(_BOUND, color="0.4", lw=0.8, ls="--")
    plot.set_ylim(0, None)
    plot.set_xlabel("Pairs not resolved (%)")
    plot.set_ylabel("Largest error of an axis (degrees)")
    plot.set_title("Mean tensor (open: rods)")


def _draw_cubes(plot: Axes, records: Sequence[dict], looks: Dict[str, tuple]) -> None:
    levels = sorted({r["noise"] for r in records})
    for blur, (colour, mark) in looks.items():
        for noise, line in ((levels[0], "-"), (levels[-1], ":")):
            mine = [
                r["cube_angles"]
                for r in records
                if (r["blur"], r["noise"], r["shape"]) == (blur, noise, "sphere")
            ]
            sides = [int(side) for side in mine[0]]
            errors = [np.median([np.mean(m[str(side)]) for m in mine]) for side in sides]
            label = blur if line == "-" else None
            plot.plot(sides, errors, mark, ls=line, color=colour, ms=3, lw=0.9, label=label)
    plot.axhline(_BOUND, color="0.4", lw=0.8, ls="--")
    plot.set_ylim(0, None)
    plot.set_xticks(sides)
    place = {"loc": "center right", "bbox_to_anchor": (1, 0.77)}
    plot.legend(title="Blur (voxels)", title_fontsize=6.5, frameon=False, **place)
    plot.set_xlabel("Side of the cube averaged over (voxels)")
    plot.set_ylabel("Median error of an axis (degrees)")
    plot.set_title("Voxels and local means")


def _draw_anisotropy(plot: Axes, records: Sequence[dict], looks: Dict[str, tuple]) -> None:
    alike = [r for r in records if r["alike"]]
    plot.plot([0, 1], [0, 1], color="0.4", lw=0.8, ls="--")
    plot.plot(
        [r["chance"] for r in alike],
        [r["anisotropy"] for r in alike],
        "D",
        ms=3,
        color="0.55",
        label="isotropic, voxels",
    )
    rng = np.random.default_rng(0)
    for blur, (colour, mark) in looks.items():
        mine = [r for r in records if r["blur"] == blur]
        aside = rng.uniform(-0.012, 0.012, len(mine))
        plot.plot(
            np.array([r["anisotropy_of_blur"] for r in mine]) + aside,
            [r["mean_anisotropy"] for r in mine],
            mark,
            ms=3,
            color=colour,
        )
    plot.set_xlim(0, 1)
    plot.set_ylim(0, 1)
    plot.set_aspect("equal")
    plot.set_xlabel("By chance, or of the blur")
    plot.set_ylabel("Fractional anisotropy")
    plot.set_title("Fractional anisotropy")
    plot.legend(frameon=False, loc="upper left")
