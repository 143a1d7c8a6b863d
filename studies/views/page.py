"""``docs/diagnosis_views.rst``: every number and table of it comes from the records."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Sequence

import numpy as np

from benchmarks.calibrate_views_study import NOISE, TREATMENTS, VIEWS

__all__ = ["report"]

Records = Sequence[Dict[str, Any]]
_SOURCES = ("half maps", "solvent")
#: A line is right within this angle, degrees.
_SAME_LINE = 20.0
#: Coverage of the worst axis above which even and uneven are near each other.
_NEAR = 0.6

_HEAD = """\
Resolution along axes from half maps, and missing views
========================================================

All numbers and figures here are made by ``python -m benchmarks.calibrate_views --output docs``;
``docs/diagnosis_views.csv`` holds every record.

Conical correlation
-------------------
``diagnosis.conical_fsc`` correlates two half maps in the double cone of 30 degrees about every
axis, shell by shell, as 3DFSC does (Tan et al., Nature Methods 14, 793, 2017). With a
signal-to-noise ratio SSNR of the half maps it is SSNR / (1 + SSNR); the tests hold it to that.
Resolution is read at 0.143 and at 0.5. What users should know:

* The half maps are masked, with a soft edge of 6 voxels. What the mask correlates is measured with
  random phases over whole shells (Chen et al., Ultramicroscopy 135, 24, 2013) and taken out.
* Shells with fewer than three waves across the particle have no direction; they take the value of
  the whole shell.
* A cone that held next to nothing before masking has a correlation of 0: what a mask smears into
  it correlates as well as its neighbours.
* Where a cone holds few independent coefficients, neighbouring shells are pooled.
* *By chance* is where two thirds of the axes would lie, were all alike. A spread as wide as that
  tells nothing.

Sphericity is that of the surface of resolved spatial frequencies over the axes, as in 3DFSC: 1
where all axes are alike. Chance makes that surface rough: small boxes have a lower one.

.. image:: figure_diagnosis_cones.png
   :width: 100%

*Left: a cone about z without signal and noise, in a box of 96 voxels. Inside it the resolution is
the coarsest that can be told, and the sphericity falls as the cone grows, as published for
3DFSC. Right: half maps that are the same along all axes.*

{cones}

Missing views
-------------
``diagnosis.missing_views`` measures the coverage of axes twice. *Noise power* along an axis goes as
one over coverage; *signal over noise*, FSC / (1 - FSC), goes as coverage. A filter that differs
between axes, as regularised refinements apply, falsifies the first and not the second; an
elongated particle falsifies the second and not the first. The slope of the second on the first, of
their logarithms, decides, at two standard errors. Positive: the noise is believed, which is the
sharper. Negative: signal over noise, unless the slope is surely above -0.5, which no filter brings
about: then the map cannot tell. Neither: the noise if it is flat at coarse and at fine
resolution; else signal over noise if its relative error is below 0.3; else the map cannot tell.
Without half maps the noise is the solvent, and the signal is what the particle has more of.

The views are those of least squares on 181 directions of RP², none negative, through the Funk
transform up to the even order that Akaike's criterion picks. A tilt of the stage multiplies
the harmonics of order l by P_l(cos tilt); the smallest tilt that leaves no axis below half of the
mean is recommended.

Calibration
-----------
{images} images in boxes of 64 voxels; a compact particle, and one 2.2 times as long as wide along
the axis from which tilts are counted; noise of {noise} standard deviations of the clean images.
Treatments: as the simulator reconstructs; low-passed at 0.25 cycles per voxel and sharpened
by B = -60 Å²; Wiener-filtered by the true SSNR of every axis and shell; masked with a sphere;
masked tightly (five voxels of soft edge).

"Right" means: the kind (even, few views across a line, few views along a line) is what the same
words say of the true distribution, and the line is true within {line:.0f} degrees. "Near": even was
mistaken for uneven or the reverse, but no axis is below 0.6 of the mean in either.

"""

_END = """\
Which views
~~~~~~~~~~~
{by_views}

.. image:: figure_diagnosis_views.png
   :width: 100%

*The worst axis as found against the true one (1 is the mean): all particles, views and noise.*

.. image:: figure_diagnosis_views_examples.png
   :width: 100%

*Half maps of the compact particle at the lower noise.*

Where it fails
~~~~~~~~~~~~~~
{failures}
"""


def report(records: Records, cones: List[Dict[str, Any]]) -> str:
    """The page."""
    noise = " and ".join(f"{level:g}" for level in NOISE)
    return (
        _HEAD.format(cones=_cones(cones), images=500, noise=noise, line=_SAME_LINE)
        + _by_treatment(records)
        + "\n\n"
        + _END.format(by_views=_by_views(records), failures=_failures(records))
    )


def _cones(cones: List[Dict[str, Any]]) -> str:
    rows = [
        [
            f"{r['size']}",
            f"{r['opening']:.0f}",
            f"{r['plain']:.2f}",
            f"{r['away']:.2f}",
            _inside(r),
            f"{r['low']:.2f} to {r['high']:.2f}",
            f"{r['by_chance'][0]:.2f} to {r['by_chance'][1]:.2f}",
            f"{r['sphericity'][0]:.2f}",
            f"{r['sphericity'][1]:.2f}",
        ]
        for r in cones
    ]
    head = [
        "box",
        "cone (°)",
        "shells (Å)",
        "axes away from it",
        "inside it",
        "two thirds of axes",
        "by chance",
        "sphericity at 0.143",
        "at 0.5",
    ]
    return f"The known resolution is {cones[0]['known']:.2f} Å.\n\n" + _table(head, rows)


def _inside(record: Dict[str, Any]) -> str:
    """Resolution of the axes inside a missing cone, if there are some and they have data."""
    if not np.isnan(record["inside"]):
        return f"{record['inside']:.1f}"
    return "no data" if record["without_data"] else ""


def verdict(record: Dict[str, Any]) -> str:
    """``right``, ``near``, ``wrong`` or ``untold``."""
    if record["kind"] == "unknown":
        return "untold"
    if record["kind"] == record["true_kind"]:
        return "right" if record["line"] <= _SAME_LINE else "wrong"
    between = (record["worst"], record["true_worst"])
    return (
        "near"
        if "even" in (record["kind"], record["true_kind"]) and min(between) > 0.6
        else "wrong"
    )


def _summary(chosen: Records) -> List[str]:
    verdicts = [verdict(r) for r in chosen]
    told = [r for r in chosen if r["kind"] != "unknown"]
    uneven = [r for r in told if r["true_worst"] < 0.5]
    tilted = [r for r in uneven if r["tilt"] > 0]

    def median(of: Callable[[Dict[str, Any]], float], among: Records, digits: int = 2) -> str:
        return f"{np.median([of(r) for r in among]):.{digits}f}" if among else "–"

    return [
        *(f"{verdicts.count(name)}" for name in ("right", "near", "wrong", "untold")),
        median(lambda r: r["rank"], [r for r in told if r["true_kind"] != "even"]),
        median(lambda r: r["rms"], told),
        median(lambda r: r["density"], [r for r in told if r["true_kind"] != "even"]),
        f"{len(tilted)} of {len(uneven)}" if uneven else "–",
        median(lambda r: abs(r["tilt"] - r["true_tilt"]), tilted, 0),
        median(lambda r: r["reached"], tilted),
    ]


_COLUMNS = [
    "right",
    "near",
    "wrong",
    "cannot tell",
    "rank correlation",
    "rms error",
    "views, correlation",
    "tilt advised where needed",
    "off the best by (°)",
    "worst coverage reached",
]


def _by_treatment(records: Records) -> str:
    rows = []
    for treatment in TREATMENTS:
        for source in _SOURCES:
            chosen = [r for r in records if r["treatment"] == treatment and r["from"] == source]
            rows.append([treatment, source, *_summary(chosen)])
    return (
        "Medians; rank correlation of coverage and correlation of the density of views where views "
        "are not even; tilts where the worst axis has truly less than half of the mean:\n\n"
        + _table(["treatment", "noise from", *_COLUMNS], rows)
    )


def _by_views(records: Records) -> str:
    rows = []
    for views in VIEWS:
        chosen = [r for r in records if r["views"] == views]
        worst = [r["worst"] for r in chosen if r["kind"] != "unknown"]
        rows.append(
            [
                views,
                str(chosen[0]["true_kind"]),
                f"{chosen[0]['true_worst']:.2f}",
                f"{np.median(worst):.2f}" if worst else "–",
                f"{chosen[0]['true_tilt']:.0f}",
                *_summary(chosen),
            ]
        )
    head = ["views", "truly", "true worst", "found", "best tilt (°)", *_COLUMNS]
    return "All treatments, particles and noise together:\n\n" + _table(head, rows)


def _failures(records: Records) -> str:
    """Every group of records with a wrong answer."""
    groups: Dict[tuple, List[Dict[str, Any]]] = {}
    for r in records:
        if verdict(r) == "wrong":
            groups.setdefault((r["particle"], r["treatment"], r["from"]), []).append(r)
    told = sum(r["kind"] != "unknown" for r in records)
    wrong = sum(len(group) for group in groups.values())
    lines = [f"{wrong} of {told} answers are wrong:", ""]
    for (particle, treatment, source), group in sorted(groups.items()):
        cases = "; ".join(
            f"{r['views']} at noise {r['noise']:g} ({r['kind']} for {r['true_kind']})"
            for r in group
        )
        lines.append(f"* {particle}, {treatment}, {source}: {cases}.")
    return "\n".join(lines)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (head, *rows):
        lines += [f"   {'*' if i == 0 else ' '} - {cell}" for i, cell in enumerate(row)]
    return "\n".join(lines)
