"""``docs/diagnosis_isotropy.rst`` and its figure, from the table of the calibration."""

from __future__ import annotations

from typing import Dict, Iterable, List, Sequence, Tuple

import numpy as np
import scipy.stats
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from monodir_plugin.diagnosis.isotropy import DEGREES, LEVEL
from monodir_plugin.figures.style import TWO_COLUMNS, new_figure, styled
from monodir_plugin.numerics.harmonics import funk_factor

__all__ = ["figure", "report"]

Record = Dict[str, str]
SOURCES = ("solvent", "half maps")
#: Okabe and Ito's colours.
_COLOURS = {"solvent": "#0072B2", "half maps": "#D55E00"}
_MARKS = {"solvent": "o", "half maps": "s"}

_HEAD = """\
Were the views uniform?
=======================

``monodir_plugin.diagnosis.isotropy`` tests whether a map is that of uniform views, and tells by how
much the coverage of axes varies. All numbers here are made by::

   python -m benchmarks.calibrate_isotropy --models ../shared/models --output docs

``docs/diagnosis_isotropy.csv`` holds every map.

What is tested
--------------
A view contributes the Fourier plane across it, and the power of a reconstruction's *noise* along an
axis goes as one over the coverage of that axis. The particle does not come in. So under uniform
views noise is isotropic for a long or flat particle, too, while the resolution of its signal is
not.

* The noise is the solvent of a map, or half of the difference of its half maps. The map is
  whitened, the region of noise windowed out, and the power of each Fourier coefficient divided by
  the mean of its shell.
* The log of this power is expanded in even harmonics of degree 2 (what Bingham's test sees), 4 and
  6 (what it is blind to, as Giné's test is not). The statistic is the mean square over the axes.
* Its law under uniform views has two parts: the noise itself, by the *effective number of
  independent voxels*, which the fourth moment of the noise tells; and the luck of finite views:
  each coefficient of degree l of the coverage of n views has a variance of ``P_l(0)²/n``. The
  number of images must be given for the second.
* The *score* is the root mean square of the log noise power over the axes, with what chance gives
  taken off: 0.2 means that coverage varies by about 20 % (rms). Its 90 % interval begins at 0 where
  the test does not reject at 5 %.

"""

_LIMITS = """\
Limits
------
* Reconstructions are assumed linear, each coefficient divided by its own coverage. Wiener filters
  damp badly covered axes and with them their noise: see the table above. Near a signal-to-noise
  ratio of 1 the test is blind, beyond it finds the wrong sign. Use shells well coarser than the
  resolution (``finest``), or half maps before filtering. ``agreement`` of coarse and fine shells
  below 0 tells of it.
* From solvent of these small boxes the test rejects less often than it should: it is safe, but has
  less power than from half maps.
* The interval of a large score is too narrow. It knows the noise and the luck of views, not that
  power stops to follow coverage where few views meet: at a true score of 0.88 it is missed by about
  a tenth with 500 images and by a few hundredths with 2000.
* An axis that no view reached holds *no* noise. The score is then large, but its noisiest axis is
  beside the gap, and the quietest one in it.
* Symmetry that was imposed must be named (``symmetry``): copies of noise are no evidence.
* Where fewer than about five views meet in a coefficient (few images in a large box), noise power
  no longer follows coverage, and the test is too careful.
* A map that was low-passed in a box of less than about 64 voxels may hide where its band ends: give
  ``finest``.
* Images here have white noise and no contrast transfer function, and particles are rigid. What
  leaks of a particle into its solvent is simulated; errors of angles are not.
"""


def report(records: List[Record]) -> str:
    """The page as reStructuredText."""
    return "\n".join(
        [
            _HEAD,
            ".. image:: figure_diagnosis_isotropy.png\n   :width: 100%\n",
            _size(records),
            _scores(records),
            _power(records),
            _unknown(records),
            _damped(records),
            _real(records),
            _LIMITS,
        ]
    )


def _some(records: Iterable[Record], **values: object) -> List[Record]:
    return [r for r in records if all(r[name] == str(value) for name, value in values.items())]


def _first(pair: Tuple[str, str]) -> float:
    return float(pair[0])


def _p(records: Iterable[Record], name: str = "p_value") -> np.ndarray:
    return np.array([float(r[name]) for r in records])


def _binomial(hits: np.ndarray) -> Tuple[float, float, float]:
    """Share, and its 95 % interval by Clopper and Pearson."""
    found = scipy.stats.binomtest(int(hits.sum()), len(hits)).proportion_ci(0.95, "exact")
    return float(hits.mean()), float(found.low), float(found.high)


def _share(hits: np.ndarray) -> str:
    share, low, high = (100 * value for value in _binomial(hits))
    return f"{share:.1f} % ({low:.1f} to {high:.1f})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [".. csv-table::", "   :header: " + _csv(head), ""]
    return "\n".join([*lines, *("   " + _csv(row) for row in rows), ""])


def _csv(cells: Sequence[str]) -> str:
    return ", ".join(f'"{cell}"' for cell in cells)


def _size(records: List[Record]) -> str:
    chosen = _some(records, study="uniform", images_known=True)
    models = list(dict.fromkeys(r["model"] for r in chosen))
    groups: List[Tuple[str, Dict[str, object]]] = [(model, {"model": model}) for model in models]
    for images in sorted({r["images"] for r in chosen}, key=int):
        groups.append((f"{images} images", {"images": images}))
    for noise in sorted({r["noise"] for r in chosen}, key=float):
        groups.append((f"noise {noise}", {"noise": noise}))
    rows = []
    for name, where in [*groups, ("all", {})]:
        row = [name]
        for source in SOURCES:
            found = _some(chosen, source=source, **where)
            row += [_share(_p(found) < LEVEL), _share(_p(found, "p_degree_2") < LEVEL)]
        rows.append([row[0], str(len(found)), *row[1:]])
    head = ["maps of", "number"]
    head += [f"{source}, {part}" for source in SOURCES for part in ("rejected", "degree 2 alone")]
    return (
        "Size\n----\n\nUniform views in boxes of 48 voxels; noise of 0.5 and 2 standard deviations "
        "of the clean images. Rejected at 5 %, with the binomial 95 % interval:\n\n"
        f"{_table(head, rows)}"
    )


def _scores(records: List[Record]) -> str:
    rows = []
    known = _some(records, images_known=True)
    views = [("uniform", "0", "uniform, 250 to 1000 images")]
    for study in ("watson", "many"):
        kappas = {(r["named"], r["images"]) for r in known if r["study"] == study}
        views += [(study, k, f"{k}, {n} images") for k, n in sorted(kappas, key=_first)]
    for study, named, label in views:
        for source in SOURCES:
            found = _some(known, study=study, named=named, source=source)
            truth = float(found[0]["true_score"])
            low, high, score = (_p(found, name) for name in ("low", "high", "score"))
            rows.append(
                [
                    label,
                    source,
                    f"{truth:.3f}",
                    f"{np.mean(score):.3f}",
                    f"{np.mean(low):.3f} to {np.mean(high):.3f}",
                    _share((low <= truth) & (truth <= high)),
                ]
            )
    return (
        "Score\n-----\n\nViews with a density that goes as ``exp(concentration cos² tilt)``; "
        "the truth is computed from that density. The interval is meant to hold it in 90 % of maps "
        "(in 95 % where the truth is 0, an end of the scale):\n\n"
        + _table(
            [
                "concentration of views",
                "noise from",
                "truth",
                "mean score",
                "mean interval",
                "interval holds truth",
            ],
            rows,
        )
    )


def _power(records: List[Record]) -> str:
    rows = []
    known = _some(records, images_known=True)
    for study, label in (("cone", "missing cone, {} degrees"), ("watson", "Watson, {}")):
        for named in sorted({r["named"] for r in known if r["study"] == study}, key=float):
            row = [label.format(named)]
            for source in SOURCES:
                found = _some(known, study=study, named=named, source=source)
                row += [
                    _share(_p(found) < LEVEL),
                    _share(_p(found, "p_degree_2") < LEVEL),
                    f"{np.mean(_p(found, 'score')):.2f}",
                ]
            rows.append([row[0], str(len(found)), *row[1:]])
    head = ["views", "maps"]
    head += [
        f"{source}, {what}"
        for source in SOURCES
        for what in ("rejected", "degree 2 alone", "mean score")
    ]
    return (
        "Power\n-----\n\n500 images, noise of 1, all models in turn. A missing cone of x degrees "
        "about z comes of views within 90 - x degrees of z.\n\n" + _table(head, rows)
    )


def _unknown(records: List[Record]) -> str:
    luck = sum((2 * degree + 1) * funk_factor(degree) ** 2 for degree in DEGREES)
    rows = []
    chosen = _some(records, study="uniform", images_known=False)
    for images in sorted({r["images"] for r in chosen}, key=int):
        row = [images]
        for source in SOURCES:
            found = _some(chosen, images=images, source=source)
            alike = luck / np.mean(_p(found, "score") ** 2)
            row += [_share(_p(found) < LEVEL), f"{alike:.0f}"]
        rows.append(row)
    head = ["images"]
    head += [f"{source}, {what}" for source in SOURCES for what in ("rejected", "as uneven")]
    return (
        "Without the number of images\n----------------------------\n\n"
        "The luck of finite views then counts as anisotropy, and the test says how many uniform "
        "views would be as uneven by luck (in the table from the mean of the squared scores). "
        "Maps with uniform views:\n\n" + _table(head, rows)
    )


def _damped(records: List[Record]) -> str:
    chosen = _some(records, study="damped")
    rows = []
    for ratio in sorted({r["ratio"] for r in chosen}, key=float, reverse=True):
        found = _some(chosen, ratio=ratio)
        rows.append(
            [
                ratio,
                _share(_p(found) < LEVEL),
                f"{np.mean(_p(found, 'score')):.2f}",
                f"{np.median(_p(found, 'tilt')):.0f}",
            ]
        )
    return (
        "Filtered reconstructions\n------------------------\n\n"
        "Half maps of views with a concentration of 2, each axis multiplied by ``c / (c + 1/s)``, "
        "with c its coverage and s the signal-to-noise ratio where coverage is one. The axis of "
        "least coverage is z, tilt 0:\n\n"
        + _table(["ratio", "rejected", "mean score", "median tilt of the noisiest axis"], rows)
    )


def _real(records: List[Record]) -> str:
    rows = [
        [
            r["model"],
            r["finest"],
            f"{float(r['score']):.3f}",
            f"{float(r['low']):.3f} to {float(r['high']):.3f}",
            f"rot {float(r['rot']):.0f}, tilt {float(r['tilt']):.0f}",
            f"{float(r['power']):.1f}",
        ]
        for r in _some(records, study="real")
    ]
    head = [
        "map",
        "finest (cycles per voxel)",
        "score",
        "90 % interval",
        "noisiest axis",
        "its power",
    ]
    return (
        "Real maps\n---------\n\n"
        "Solvent of two experimental maps: β-galactosidase, said to be near isotropic, and a map "
        "with strong preferred views. Power is over the mean of the axes:\n\n"
        f"{_table(head, rows)}\n"
        "In β-galactosidase noise along z is strongest in the coarse shells, as of an axis with "
        "few views, and weakest in the fine ones, as of an axis that was damped: the coarse shells "
        "are to be believed. The outcome tells of coarse and fine shells that disagree "
        "(``agreement``). The D2 symmetry of this map is not named here; it would widen the "
        "intervals.\n"
    )


@styled
def figure(records: List[Record]) -> Figure:
    """Size, power and score."""
    drawn = new_figure(TWO_COLUMNS, 2.5)
    plots = drawn.subplots(1, 4, width_ratios=(1.1, 0.8, 1.0, 1.0))
    known = _some(records, images_known=True)
    for source in SOURCES:
        _draw_size(plots[0], _some(known, study="uniform", source=source), source)
        for plot, study in ((plots[1], "cone"), (plots[2], "watson")):
            _draw_power(plot, _some(known, study=study, source=source), source)
        _draw_scores(plots[3], known, source)
    plots[0].plot([0, 1], [0, 1], color="0.6", lw=0.7, zorder=0)
    plots[0].set(xlabel="p-value", ylabel="Share of maps below", title="Uniform views")
    plots[0].legend(frameon=False, loc="upper left")
    for plot, label, title in (
        (plots[1], "Half-angle (degrees)", "Missing cone"),
        (plots[2], "Concentration of views", "Preferred views"),
    ):
        plot.axhline(LEVEL, color="0.6", lw=0.7, zorder=0)
        plot.set(xlabel=label, ylabel="Rejected at 5 %", title=title, ylim=(-0.03, 1.03))
    top = plots[3].get_xlim()[1]
    plots[3].plot([0, top], [0, top], color="0.6", lw=0.7, zorder=0)
    plots[3].set(xlabel="True score", ylabel="Score, 90 % interval", title="Score")
    return drawn


def _draw_size(plot: Axes, records: List[Record], source: str) -> None:
    ordered = np.sort(_p(records))
    share = np.arange(1, len(ordered) + 1) / len(ordered)
    plot.step(ordered, share, where="post", color=_COLOURS[source], lw=1, label=source)


def _draw_power(plot: Axes, records: List[Record], source: str) -> None:
    shift = {"solvent": -1, "half maps": 1}[source]
    named = sorted({float(r["named"]) for r in records})
    width = 0.012 * (named[-1] - named[0])
    for value in named:
        found = [r for r in records if float(r["named"]) == value]
        share, low, high = _binomial(_p(found) < LEVEL)
        plot.errorbar(
            value + shift * width, share, [[share - low], [high - share]],
            fmt=_MARKS[source], ms=3, color=_COLOURS[source], lw=0.8,
        )  # fmt: skip


def _draw_scores(plot: Axes, known: List[Record], source: str) -> None:
    shift = {"solvent": -0.004, "half maps": 0.004}[source]
    chosen = _some(known, source=source, study="uniform") + _some(
        known, source=source, study="watson"
    )
    for truth in sorted({float(r["true_score"]) for r in chosen}):
        found = [r for r in chosen if float(r["true_score"]) == truth]
        score, low, high = (np.mean(_p(found, name)) for name in ("score", "low", "high"))
        plot.errorbar(
            truth + shift, score, [[score - low], [high - score]],
            fmt=_MARKS[source], ms=3, color=_COLOURS[source], lw=0.8,
        )  # fmt: skip
