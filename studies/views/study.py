"""Conical correlation and missing views: as found and as simulated.

The table holds the missing views; the cones and the single examples take seconds and are measured
each time.
"""

from __future__ import annotations

from studies.harness import Study
from studies.views.figures import draw
from studies.views.measure import measured
from studies.views.page import page

__all__ = ["run"]

run = Study("diagnosis/views", measured, page, draw).run
