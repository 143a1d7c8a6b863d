"""The tensors of resolution against phantoms that were blurred by known Gaussians."""

from __future__ import annotations

from studies.harness import Study
from studies.tensor.figures import draw
from studies.tensor.measure import measured
from studies.tensor.page import page

__all__ = ["run"]

run = Study(
    "diagnosis/tensor", measured, page, lambda records: {"figure_diagnosis_tensor": draw(records)}
).run
