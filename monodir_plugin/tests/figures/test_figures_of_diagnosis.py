"""Figures of the conical correlation and of the views found: what is drawn is what was found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from monodir_plugin.diagnosis.particles.particle_views import particle_views
from monodir_plugin.diagnosis.views.few_views import UpperLimit
from monodir_plugin.diagnosis.views.missing_views import MissingViews
from monodir_plugin.figures.directions.conical_fsc import conical_fsc
from monodir_plugin.figures.directions.polar import SPAN
from monodir_plugin.figures.directions.views import views
from monodir_plugin.simulation.views import Views, views_of

from ..fixtures.diagnoses import AXES, known_fsc, known_views


def _discs(figure: Figure):
    """Values of the heat maps, from the middle of the disc to its rim."""
    meshes = [c for plot in figure.axes for c in plot.collections if isinstance(c, QuadMesh)]
    values = [np.asarray(mesh.get_array()) for mesh in meshes]
    return [v.reshape(61, 241) for v in values if v.size == 61 * 241]


def _texts(panel) -> str:
    return " ".join(text.get_text() for text in panel.texts)


def test_curves_and_disc_show_the_correlation():
    found, along = known_fsc()
    figure = conical_fsc(found, "a $map$")
    curves, disc = figure.axes[0], figure.axes[1]
    plain = curves.lines[0]
    np.testing.assert_allclose(plain.get_xdata(), found.frequency[1:])
    np.testing.assert_allclose(plain.get_ydata(), found.plain[1:])
    outer = curves.collections[0].get_paths()[0].vertices
    np.testing.assert_allclose(outer[:, 1].min(), found.fsc[:, 1:].min())
    # The disc's middle is z, its rim the equator.
    mesh = next(c for c in disc.collections if isinstance(c, QuadMesh))
    shown = np.asarray(mesh.get_array()).reshape(61, 241)
    np.testing.assert_allclose(shown[0], 10.0, rtol=1e-6)
    np.testing.assert_allclose(shown[-1], 5.0, rtol=0.05)
    middle = np.median(along)
    assert mesh.norm.vmin == pytest.approx(middle / SPAN)
    assert mesh.norm.vmax == pytest.approx(middle * SPAN)


def test_discs_show_coverage_and_views():
    found = known_views()
    coverage, density = _discs(views(found, "map"))
    top = AXES.tilt.argmin()
    np.testing.assert_allclose(coverage[0], found.coverage[top], rtol=1e-6)
    assert coverage[-1].min() > coverage[0].max()
    # Axes across z are covered by views along z.
    assert density[0].mean() > 1.5 and density[-1].mean() < 1
    assert density.max() <= found.views.values.max() + 1e-9


def test_views_by_angles_are_drawn_below_those_of_the_map():
    found = replace(known_views(), limit=UpperLimit(single_map=True))
    across = Views(concentration=-4.0).draw(3000, np.random.default_rng(2))
    known = particle_views(views_of(across), AXES).known
    figure = views(found, "map", known)
    first, second, third, fourth = _discs(figure)
    top = AXES.tilt.argmin()
    for disc, row in ((first, found), (third, known)):
        np.testing.assert_allclose(disc[0], row.coverage[top], rtol=1e-6)
    assert second[0].mean() > 1.5 and fourth[0].mean() < 0.7
    labels = [_texts(panel) for row in figure.subfigs for panel in row.subfigs]
    lowest = [f"at most {found.coverage.min():.2f}", f"axis: {known.coverage.min():.2f}"]
    assert lowest[0] in labels[0] and lowest[1] in labels[2]
    assert "_rlnAngleRot" in _texts(figure) and "azimuth" in _texts(figure)
    assert len(_discs(views(None, "map", known))) == 2


def test_views_that_could_not_be_estimated_are_not_drawn():
    found = known_views()
    nothing = MissingViews(
        AXES,
        None,
        None,
        np.nan,
        np.nan,
        (np.nan, np.nan),
        "none",
        "no noise",
        np.zeros(46, bool),
        None,
        np.full(46, np.nan),
    )
    assert found.kind == "preferred" and nothing.kind == "unknown"
    with pytest.raises(ValueError, match="could not be estimated"):
        views(nothing, "map")
