"""The paper's Figures 2 and 3 by analogy, as text and tables."""

from __future__ import annotations

from typing import List, Sequence

from benchmarks.experiment_outcomes import BANDS, Outcome
from benchmarks.experiment_page_errors import told
from benchmarks.validation_tables import figure, table

__all__ = ["second", "third"]

_SECOND = """\
Figure 2 by analogy: good and poor angles
-----------------------------------------
A proteasome ({a_size}³ voxels of {a_sampling:.1f} Å) with angular errors of {a_error:g} degrees and
a ribosome ({b_size}³ voxels of {b_sampling:.1f} Å) with {b_error:g} degrees. The paper tells a map
with good angles from one with poor ones by the tangential slope.
"""

_THIRD = """\
Figure 3 by analogy: preferred views, and a tilted stage
--------------------------------------------------------
HA trimer ({size}³ voxels of {sampling:.1f} Å) that lies mostly with its axis along z (Watson
distribution, concentration {concentration:g}), with the stage untilted and tilted by {tilt:g}
degrees. By the theorem top views leave out the axes about z, and a tilted stage brings views across
them.
"""


def second(outcomes: Sequence[Outcome]) -> str:
    """Good and poor angles."""
    good, poor = outcomes
    head = ["", "ADR", "not res.", "tangential", "radial", "told (°)"]
    return "\n".join(
        [
            _SECOND.format(**_about("a", good), **_about("b", poor)),
            figure("figure_paper_2.png"),
            table(head, [_row(o) for o in outcomes]),
            _slopes(good, poor),
        ]
    )


def _about(letter: str, outcome: Outcome) -> dict:
    case = outcome.case
    return {
        f"{letter}_size": case.particle.size,
        f"{letter}_sampling": case.particle.sampling,
        f"{letter}_error": case.imaging.angle_error,
    }


def _row(outcome: Outcome) -> List[str]:
    return [
        outcome.case.label,
        f"{outcome.median('adr'):.2f}",
        f"{100 * outcome.unresolved:.1f} %",
        f"{outcome.slope('tangential'):.3f}",
        f"{outcome.slope('radial'):.3f}",
        told(outcome),
    ]


def _slopes(good: Outcome, poor: Outcome) -> str:
    a, b = (o.slope("tangential") for o in (good, poor))
    rise = [o.slope("tangential") - o.slope("radial") for o in (good, poor)]
    return (
        f"The tangential slope of the map with poor angles is {b:.3f} Å/Å, that of the one with "
        f"good angles {a:.3f}: {'as the paper says' if b > a else 'unlike the paper'}. Tangential "
        f"less radial slopes are {rise[0]:+.3f} (good) and {rise[1]:+.3f} (poor). Slopes of two "
        "particles differ for other reasons, too: the proteasome is hollow, and its ends are thin."
        "\n"
    )


def third(outcomes: Sequence[Outcome]) -> str:
    """Preferred views with and without a tilted stage."""
    flat, tilted = outcomes
    imaging, particle = tilted.case.imaging, tilted.case.particle
    head = [
        "stage", "ADR", "highest", "lowest", "aniso.", "not res.",
        *(f"{low}-{high}°" for low, high in BANDS), "rank, resol.", "rank, votes",
    ]  # fmt: skip
    return "\n".join(
        [
            _THIRD.format(
                size=particle.size,
                sampling=particle.sampling,
                concentration=imaging.views.concentration,
                tilt=imaging.views.stage_tilt,
            ),
            figure("figure_paper_3.png"),
            table(head, [_stage(o) for o in outcomes]),
            _filled(flat, tilted),
        ]
    )


def _stage(outcome: Outcome) -> List[str]:
    medians = (outcome.median(name) for name in ("adr", "highest", "lowest", "anisotropy"))
    return [
        f"at {outcome.case.imaging.views.stage_tilt:g}°",
        *(f"{value:.2f}" for value in medians),
        f"{100 * outcome.unresolved:.1f} %",
        *(f"{outcome.band(*band):.2f}" for band in BANDS),
        f"{outcome.rank_of_resolution(outcome):.2f}",
        f"{outcome.rank_of_votes:.2f}",
    ]


def _filled(flat: Outcome, tilted: Outcome) -> str:
    near = BANDS[0]
    before, after = flat.band(*near), tilted.band(*near)
    wide, narrow = flat.median("anisotropy"), tilted.median("anisotropy")
    coverage = [o.coverage[o.tilt <= near[1]].mean() for o in (flat, tilted)]
    helps = after < before and narrow < wide
    rest = after - tilted.band(*BANDS[-1])
    stays = (
        "A cone of coarser axes stays, as the theorem says: the views of a tilted stage lie on a "
        "ring about z, and few of them lie across z.\n"
        if rest > 0
        else "No cone of coarser axes is left.\n"
    )
    return (
        f"Tilting takes the mean coverage of the axes within {near[1]} degrees of z from "
        f"{coverage[0]:.2f} to {coverage[1]:.2f}, their mean resolution from {before:.1f} to "
        f"{after:.1f} Å, and the median anisotropy from {wide:.1f} to {narrow:.1f} Å, "
        f"{'as' if helps else 'unlike what'} the theorem says. Along axes beyond {BANDS[-1][0]} "
        f"degrees it is {tilted.band(*BANDS[-1]):.1f} Å. {stays}"
    )
