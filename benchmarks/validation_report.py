"""``docs/validation.rst``: every number and table of it comes from the records."""

from __future__ import annotations

from typing import Dict, List

import numpy as np

from benchmarks.validation_figures import oracle_records, records_named
from benchmarks.validation_oracle import ORACLES
from benchmarks.validation_report_calibration import calibration
from benchmarks.validation_report_noise import discoveries, halves, strengths
from benchmarks.validation_report_oracles import directional, maps, own_ladder, unseen
from benchmarks.validation_report_rules import rules
from benchmarks.validation_tables import NOISE, some_of, unique

__all__ = ["report", "sections_named"]

_HEAD = """\
Validation against oracles
==========================

All numbers, tables and figures here are made by::

   python -m benchmarks.validation --models ../shared/models --output docs

It took {minutes:.0f} minutes on 2 cores. ``docs/validation.csv`` holds every number of the
comparison.

What an estimate should say
---------------------------
A simulated reconstruction is linear, so signal and noise are reconstructed apart
(``docs/simulation.rst``), and what a map should report is known. ``A`` is the amplitude inside the
mask, ``T`` its 95 % quantile over 20 realisations of the noise alone, inside the mask.

* *Strict*: the finest rung at which ``A(clean)`` exceeds ``T``.
* *Fair*: the finest rung at which ``A(clean + noise)`` exceeds ``T`` in at least half of the 20
  realisations.

The metric, fixed before any rule was tried: the mean absolute error of R(r, d) in rungs against
each oracle, with a rank correlation that is not lower. A rung is 0.02 cycles per voxel, for all
estimators. A cell that is not resolved counts as one rung coarser than the coarse limit, which
is ten voxels for all (``published`` takes the Fourier shell next to it, 10.7 voxels, which
shifts its ``lowest``). Both presets are held against the oracle of the default's ladder and
amplitude.

Cases: {particles}; {views};
noise of 0.25 (low), 1 (middle) and 2 (high) standard deviations of the clean images; boxes of 64
voxels, 500 images, 46 axes, every other voxel of the mask along x, y and z. "Missing cone" has
only views within 50 degrees of z, "no side views" only those within 70 degrees.

"""

_LIMITS = """\
Where the estimate ends
-----------------------
* *A cell is uncertain by several rungs*: with ``default`` the mean error at middle noise is
  {least:.1f} to {most:.1f}, by case and oracle. Compare means over many voxels and axes, not single
  cells.
* *It is not unbiased.* Mean bias in rungs over the cases (positive: too fine): {biases}.
* *A map that chooses among axes* has a bias of its own: the mean bias of ``highest`` in Å
  (negative: too fine) is {highest}.
* *Strict and fair differ.* Signal and noise together cross a threshold that the signal alone does
  not. An estimate cannot be unbiased against both.
* The noise here is white and stationary in the images but where it says otherwise, there is no
  contrast transfer function, and particles are rigid. Few particles and one set of views for each
  distribution are few.
"""


def report(found: Dict[str, dict]) -> str:
    """The page as reStructuredText."""
    records = oracle_records(found)
    seconds = sum(section["seconds"] for section in found.values())
    parts = [
        _HEAD.format(
            minutes=seconds / 60,
            particles=" and ".join(unique(records, "particle")),
            views=", ".join(unique(records, "views")),
        ),
        directional(records),
        maps(records),
        own_ladder(records),
        unseen(records_named(found, "unseen ")),
        rules(sections_named(found, "rules ")),
        calibration(found),
        discoveries(sections_named(found, "discoveries ")),
        halves(sections_named(found, "halves ")),
        strengths(sections_named(found, "strength ")),
        _limits(records),
    ]
    return "\n".join(parts)


def sections_named(found: Dict[str, dict], start: str) -> Dict[str, dict]:
    """Contents of the sections whose names start alike, by the rest of the name."""
    return {
        name[len(start) :]: section["content"]
        for name, section in found.items()
        if name.startswith(start)
    }


def _limits(records: List[dict]) -> str:
    mine = [r for r in some_of(records, estimator="default") if r["oracle"] in ORACLES]
    cells = some_of(mine, quantity="R")
    errors = [r["mean_rungs"] for r in some_of(cells, noise="middle")]
    return _LIMITS.format(
        least=min(errors),
        most=max(errors),
        biases=_by_noise(cells, "bias_rungs"),
        highest=_by_noise(some_of(mine, quantity="highest"), "bias_angstrom"),
    )


def _by_noise(records: List[dict], value: str) -> str:
    """Means at every level of noise, against each oracle."""
    words = []
    for noise in NOISE:
        both = [
            f"{np.mean([r[value] for r in some_of(records, noise=noise, oracle=o)]):+.1f} ({o})"
            for o in ORACLES
        ]
        words.append(f"{' and '.join(both)} at {noise} noise")
    return ", ".join(words)
