"""The angular error and its interval, against simulations whose errors are known.

The two constants of ``monodir_plugin.diagnosis.angles.angular_error`` are fitted to the training
half and stated in the page; the page tests the values that the module has.  Without the atomic
models of ``docs/maps/experiments.rst`` all particles are procedural, and without those of
``studies.angles.cases.FURTHER`` there are no further maps.  The study takes about 30 minutes on one
core; with ``--cache`` the simulated maps are kept (1 GB), and measuring them takes three.
"""

from __future__ import annotations

from studies.angles.figures import draw
from studies.angles.measure import measured
from studies.angles.page import page
from studies.harness import Study

__all__ = ["run"]

run = Study(
    "diagnosis/angles", measured, page, lambda records: {"figure_diagnosis_angles": draw(records)}
).run
