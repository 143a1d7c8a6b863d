"""Findings of a diagnosis that are made, not measured: nothing in them is symmetric but about z."""

from __future__ import annotations

from functools import lru_cache
from typing import Tuple

import numpy as np

from monodir_plugin.diagnosis.angular_error import told_by
from monodir_plugin.diagnosis.conical_fsc import ConicalFsc
from monodir_plugin.diagnosis.diagnose import Diagnosis
from monodir_plugin.diagnosis.measured_coverage import MeasuredCoverage
from monodir_plugin.diagnosis.missing_views import MissingViews
from monodir_plugin.diagnosis.view_density import views_from_coverage
from monodir_plugin.numerics.axes import AxisSet

AXES = AxisSet.icosahedral(46)


def known_fsc() -> Tuple[ConicalFsc, np.ndarray]:
    """Resolved to 5 Å across z and to 10 Å along it; and the resolution along every axis."""
    frequency = np.arange(21) / 60
    along = 5 + 5 * AXES.vectors[:, 2] ** 2
    fsc = np.clip(1 - 0.857 * frequency * along[:, None], -0.1, 1)
    found = ConicalFsc(
        AXES,
        30.0,
        frequency,
        fsc,
        fsc.mean(axis=0),
        np.zeros(21),
        np.stack([along, 2 * along]),
        (6.0, 12.0),
        ((5.9, 6.1), (11.8, 12.2)),
        (0.9, 0.8),
    )
    return found, along


@lru_cache(maxsize=None)
def known_views() -> MissingViews:
    """Axes across z are covered best: many views along z."""
    coverage = 0.4 + 1.8 * (1 - AXES.vectors[:, 2] ** 2)
    coverage /= coverage.mean()
    measured = MeasuredCoverage(coverage, 0.03, coverage, coverage)
    found = views_from_coverage(coverage, 0.03, np.ones(46, bool), AXES, 15.0)
    return MissingViews(
        AXES,
        measured,
        measured,
        1.0,
        0.1,
        (20.0, 4.0),
        "noise",
        "both agree",
        np.zeros(46, bool),
        found,
        coverage,
    )


def known_diagnosis() -> Diagnosis:
    """Cones and views as above; neither isotropy nor errors of angle are told."""
    nothing = told_by("the mask is empty", 1.0, half_maps=True)
    return Diagnosis("the map is blank", known_views(), nothing, known_fsc()[0])
