"""The paper's Figures 2 and 3 by analogy, as text and tables."""

from __future__ import annotations

from typing import Dict, List

import numpy as np

from benchmarks.experiment_outcomes import BANDS, PAPER, Estimate, Outcome
from benchmarks.experiment_page_errors import angle_words
from studies.harness import image, rst_table

__all__ = ["second", "third"]

_SECOND = """\
Figure 2 by analogy: good and poor angles
-----------------------------------------
A proteasome ({a_size}³ voxels of {a_sampling:.1f} Å) with angular errors of {a_error:g} degrees and
a ribosome ({b_size}³ voxels of {b_sampling:.1f} Å) with {b_error:g} degrees. The paper separates a
map with good angles from one with poor ones by the tangential slope. The figure is at FSC 0.143.
"""

_THIRD = """\
Figure 3 by analogy: preferred views, and a tilted stage
--------------------------------------------------------
HA trimer ({size}³ voxels of {sampling:.1f} Å) that lies mostly with its axis along z (Watson
distribution, concentration {concentration:g}), with the stage untilted and tilted by {tilt:g}
degrees. By the theorem top views leave out the axes about z, and a tilted stage brings views across
them. The figure is at FSC 0.143.
"""


def second(found: Dict[Estimate, List[Outcome]]) -> str:
    """Good and poor angles."""
    good, poor = found[PAPER]
    head = ["", "R from", "FSC", "ADR", "not res.", "tangential", "radial", "angular error (°)"]
    rows = [_row(o) for outcomes in found.values() for o in outcomes]
    return "\n".join(
        [
            _SECOND.format(**_about("a", good), **_about("b", poor)),
            image("figure_paper_2.png"),
            rst_table(head, rows),
            *(_slopes(*outcomes) for outcomes in found.values()),
            "Slopes of two particles differ for other reasons, too: the proteasome is hollow, and "
            "its ends are thin.\n",
        ]
    )


def _about(letter: str, outcome: Outcome) -> Dict[str, float]:
    case = outcome.case
    return {
        f"{letter}_size": case.particle.size,
        f"{letter}_sampling": case.particle.sampling,
        f"{letter}_error": case.imaging.angle_error,
    }


def _row(outcome: Outcome) -> List[str]:
    return [
        outcome.case.label,
        outcome.estimate.name,
        f"{outcome.fsc_resolution:.2f}",
        f"{outcome.median('adr'):.2f}",
        f"{100 * outcome.unresolved:.1f} %",
        f"{outcome.slope('tangential'):.3f}",
        f"{outcome.slope('radial'):.3f}",
        angle_words(outcome),
    ]


def _slopes(good: Outcome, poor: Outcome) -> str:
    a, b = (o.slope("tangential") for o in (good, poor))
    rise = [o.slope("tangential") - o.slope("radial") for o in (good, poor)]
    return (
        f"* {good.estimate.name}: the tangential slope of the map with poor angles is {b:.3f} Å/Å, "
        f"that of the one with good angles {a:.3f}: "
        f"{'as the paper says' if b > a else 'unlike the paper'}. Tangential less radial slopes "
        f"are {rise[0]:+.3f} (good) and {rise[1]:+.3f} (poor)."
        + ("" if good.estimate == PAPER else "\n")
    )


def third(found: Dict[Estimate, List[Outcome]]) -> str:
    """Preferred views with and without a tilted stage."""
    tilted = found[PAPER][1]
    imaging, particle = tilted.case.imaging, tilted.case.particle
    head = [
        "stage", "R from", "ADR", "highest", "lowest", "aniso.", "not res.",
        *(f"{low}-{high}°" for low, high in BANDS), "no data", "rank, resol.", "rank, number",
    ]  # fmt: skip
    return "\n".join(
        [
            _THIRD.format(
                size=particle.size,
                sampling=particle.sampling,
                concentration=imaging.views.concentration,
                tilt=imaging.views.stage_tilt,
            ),
            image("figure_paper_3.png"),
            rst_table(head, [_stage(o) for outcomes in found.values() for o in outcomes]),
            *(_filled(*outcomes) for outcomes in found.values()),
            _remaining(tilted),
        ]
    )


def _stage(outcome: Outcome) -> List[str]:
    medians = (outcome.median(name) for name in ("adr", "highest", "lowest", "anisotropy"))
    return [
        f"at {outcome.case.imaging.views.stage_tilt:g}°",
        outcome.estimate.name,
        *(f"{value:.2f}" for value in medians),
        f"{100 * outcome.unresolved:.1f} %",
        *(_angstrom(outcome.band(*band)) for band in BANDS),
        f"{(~outcome.results.with_data).sum()} axes",
        f"{outcome.rank_of_resolution(outcome):.2f}",
        f"{outcome.rank_of_counts:.2f}",
    ]


def _angstrom(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else "not res."


def _filled(flat: Outcome, tilted: Outcome) -> str:
    near = BANDS[0]
    before, after = flat.band(*near), tilted.band(*near)
    wide, narrow = flat.median("anisotropy"), tilted.median("anisotropy")
    coverage = [o.coverage[o.tilt <= near[1]].mean() for o in (flat, tilted)]
    helps = after < before and narrow < wide
    words = [_words(value) for value in (before, after)]
    return (
        f"* {flat.estimate.name}: tilting takes the mean coverage of the axes within {near[1]} "
        f"degrees of z from {coverage[0]:.2f} to {coverage[1]:.2f}, their resolution from "
        f"{words[0]} to {words[1]}, and the median anisotropy from {wide:.1f} to {narrow:.1f} Å, "
        f"{'as' if helps else 'unlike what'} the theorem says."
    )


def _words(value: float) -> str:
    return f"{value:.1f} Å" if np.isfinite(value) else "not resolved"


def _remaining(tilted: Outcome) -> str:
    far = tilted.band(*BANDS[-1])
    after = tilted.band(*BANDS[0])
    stays = (
        "A cone of coarser axes stays, as the theorem says: the views of a tilted stage lie on a "
        "ring about z, and few of them lie across z.\n"
        if after > far
        else "No cone of coarser axes is left.\n"
    )
    return f"* With the tilted stage axes beyond {BANDS[-1][0]} degrees are at {far:.1f} Å. {stays}"
