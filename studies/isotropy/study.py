"""The test of uniform views on simulated maps.

How often it rejects uniform views of particles of several shapes, how often it finds missing cones
and preferred views, and whether the interval of the score holds the truth.
"""

from __future__ import annotations

from studies.harness import Study
from studies.isotropy.figures import draw
from studies.isotropy.measure import measured
from studies.isotropy.page import page

__all__ = ["run"]

run = Study(
    "diagnosis/isotropy",
    measured,
    page,
    lambda records: {"figure_diagnosis_isotropy": draw(records)},
).run
