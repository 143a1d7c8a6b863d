"""Figures of the diagnosis of a run: half maps in cones, views, ellipsoids."""

from __future__ import annotations

from typing import Optional, Sequence

import numpy as np
from matplotlib.figure import Figure

from ..errors import InputError
from ..files.loading import Results
from .directions.conical_fsc import conical_curves, conical_disc
from .directions.polar import draw_polar
from .directions.views import views
from .drawing.alike_axes import mark_chance
from .drawing.layout import one_plot
from .drawing.planes import choose_planes, figure_of_planes, legend_of_voxels
from .drawing.style import (
    ANISOTROPY_COLOURS,
    TWO_COLUMNS,
    Limits,
    checked_limits,
    colours_of,
    from_zero,
    new_figure,
    plain,
    styled,
)
from .drawing.unresolved import BOUND, UNRESOLVED, at_limit

__all__ = [
    "cones_beside_polar",
    "fractional_anisotropy",
    "has_cones",
    "has_views",
    "views_of_results",
]


def has_cones(results: Results) -> bool:
    """Whether half maps were correlated in cones, and fit each other."""
    return "conical_fsc" in results.diagnosis and not _of_unfit(results)


def _of_unfit(results: Results) -> Optional[str]:
    """Why the correlation of the half maps was not reported, if so."""
    reason: Optional[str] = results.diagnosis.get("conical_fsc", {}).get("reason")
    return reason


def has_views(results: Results) -> bool:
    """Whether the views of the map could be estimated, or are known by angles."""
    return _estimated(results) or "particles" in results.diagnosis


def _estimated(results: Results) -> bool:
    return results.diagnosis.get("views", {}).get("views", "unknown") != "unknown"


@styled
def cones_beside_polar(results: Results) -> Figure:
    """Correlation of the half maps in cones: curves, and a disc beside the polar plot.

    Parameters
    ----------
    results : Results

    Raises
    ------
    InputError
        If half maps were not measured, or without a diagnosis.
    """
    reason = _of_unfit(results)
    if reason is not None:
        raise InputError(f"{results.name}: the FSC in cones is not reported: {reason}")
    if not has_cones(results):
        raise InputError(
            f"{results.name}: half maps were not correlated in cones; run monodir run "
            "with --half1 and --half2, and without --no-diagnosis"
        )
    found = results.read_conical_fsc()
    figure = new_figure(TWO_COLUMNS, 6.2)
    figure.suptitle(f"Half maps in cones: {plain(results.name)}")
    upper, lower = figure.subfigures(2, 1, height_ratios=[1.0, 1.35])
    conical_curves(one_plot(upper), found)
    left, right = lower.subfigures(1, 2)
    conical_disc(left, found)
    draw_polar(right, results, title="Local resolution along axes")
    return figure


def views_of_results(results: Results) -> Figure:
    """Coverage of axes beside the density of views, also by the angles of the particles.

    Parameters
    ----------
    results : Results

    Raises
    ------
    InputError
        If the views could not be estimated, or without a diagnosis.
    """
    if has_views(results):
        found = results.read_views() if _estimated(results) else None
        known = results.read_particles() if "particles" in results.diagnosis else None
        return views(found, results.name, known)
    for finding in ("views", "noise"):
        # A map without noise has no finding of views, but one that gives the reason.
        if finding in results.diagnosis:
            raise InputError(
                f"{results.name}: the views could not be estimated: "
                f"{results.diagnosis[finding]['reason']}"
            )
    raise InputError(
        f"{results.name}: the map was not diagnosed; run monodir run without --no-diagnosis"
    )


@styled
def fractional_anisotropy(
    results: Results,
    axis: Optional[str] = None,
    slices: Optional[Sequence[int]] = None,
    limits: Optional[Limits] = None,
    cmap: Optional[str] = None,
) -> Figure:
    """Slices of the fractional anisotropy of the ellipsoids of resolution.

    Parameters
    ----------
    results, axis, slices, cmap
        As for the other slices.
    limits : tuple of float, optional
        Default: from zero to the 98th percentile.
    """
    fit = results.read_tensors()
    planes = choose_planes(results.mask, axis, slices)
    found, coarse = fit.fractional_anisotropy, fit.resolutions[:, 2]
    none, bound = fit.unresolved >= 1, at_limit(results, coarse)
    low, high = checked_limits(limits, lambda: from_zero(found[~none]))
    hatched = [
        (fit.volume(none) > 0, UNRESOLVED),
        (fit.volume(bound & ~none) > 0, BOUND),
    ]
    scale = {"cmap": colours_of(cmap, ANISOTROPY_COLOURS), "vmin": low, "vmax": high}
    figure, panel, subplots, image = figure_of_planes(
        results, "Ellipsoids of resolution", planes, fit.volume(found), hatched=hatched, **scale
    )
    bar = panel.colorbar(image, ax=subplots, extend="max")
    bar.set_label("Fractional anisotropy\n(0: a sphere)")
    chance = float(np.median(fit.chance))
    figure.suptitle(
        f"Ellipsoids of resolution: {plain(results.name)}\nMedian {np.median(found):.2f}; "
        f"{chance:.2f} ({mark_chance(bar, chance)}) by chance, if at every voxel all axes were "
        "alike"
    )
    legend_of_voxels(
        panel, results, planes, hatched, "Lower bound: the coarsest axis is not resolved"
    )
    return figure
