"""The page of the study, and its curves, from its table."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, List, Sequence, Set, Tuple

import numpy as np
from matplotlib.figure import Figure

from monodir_plugin.figures.drawing.style import TWO_COLUMNS, new_figure, styled
from studies.filter.altered import ALTERED, FILLED, HELIX, OF_THE_DATA
from studies.filter.filters import FILTERS
from studies.filter.real import CASE
from studies.filter.supported import SHOWN
from studies.harness import Record, Setting, binomial_interval, filled, rst_table, some

__all__ = ["figures", "page"]

_RIVALS = ("global", "conical", "isotropic")
#: Maps that are neither made from the data alone nor altered.
_BESIDE = ("measured", "negative removed", "truth")
#: Residues of the shortest and the longest helix of a group.
_ANY = 999
_LENGTHS = ((8, 11), (12, 15), (16, _ANY))
#: Cases whose curves are drawn.
_DRAWN = (
    "proteasome-even",
    "proteasome-noisy",
    "proteasome-preferred",
    "proteasome-cone",
    "HA-mixture",
    "ribosome-flexible",
)
_COLOURS = ("#B0B0B0", "#E69F00", "#7FCEB9", "#0072B2", "#D55E00")
#: Where curves coincide, as those of filters that do not depend on the axis, all are seen.
_LINES = ("-", "--", "-", "--", "-")
_WIDTHS = (2.2, 1.1, 2.2, 1.1, 0.8)
_MICELLE = "micelle"


def page(records: Sequence[Record], _: Setting) -> str:
    """The text of the page."""
    cases = [r for r in records if r["case"] not in (CASE, _MICELLE)]
    plain = [r for r in cases if not r["check_only"]]
    names = list(dict.fromkeys(str(r["case"]) for r in plain))
    of = {(str(r["case"]), str(r["what"])): r for r in plain}
    tuning = {str(r["case"]) for r in cases if r["tuning"]}

    def named(case: str) -> str:
        return f"{case} (tuning)" if case in tuning else case

    def table(columns: Sequence[str], text: Callable[[Record], str]) -> str:
        rows = [
            [named(c), *(text(of[c, name]) if (c, name) in of else "" for name in columns)]
            for c in names
        ]
        return rst_table(["case", *columns], [row for row in rows if any(row[1:])])

    gains = {
        case: of[case, "directional"]["error"] / min(of[case, name]["error"] for name in _RIVALS)
        for case in names
    }
    final = [gain for case, gain in gains.items() if case not in tuning] or list(gains.values())
    left = {
        name: [100 * of[case, name]["error"] for case in names]
        for name in ("noise of the map", "noise alone")
    }
    return filled(
        __file__,
        errors=table(FILTERS, lambda r: f"{r['error']:.3f}"),
        resolutions=table(FILTERS, lambda r: f"{r['resolution_A']:.2f}"),
        own=table((*FILTERS, "RELION"), lambda r: f"{r['error_own']:.3f}"),
        atoms=table(
            FILTERS,
            lambda r: f"{r['atoms_mean']:.3f} / {r['atoms_median']:.3f}" if "atoms" in r else "",
        ),
        atoms_wins=_atoms(names, of, tuning),
        found=_found(cases, tuning),
        helices=_helices(cases, tuning),
        shares=_shares(cases, tuning),
        micelle=rst_table(
            ["", *FILTERS],
            [
                [place, *(f"{some(records, case=_MICELLE, what=n)[0][key]:.3f}" for n in FILTERS)]
                for place, key in (("particle", "error"), ("micelle", "error_micelle"))
            ],
        ),
        real=_real(records),
        worst=100 * (max(final) - 1),
        best=100 * (min(final) - 1),
        wins=sum(gain < 1 for gain in final),
        count=len(final),
        noise_low=min(left["noise of the map"]),
        noise_high=max(left["noise of the map"]),
        alone_low=min(left["noise alone"]),
        alone_high=max(left["noise alone"]),
    )


def _atoms(names: Sequence[str], of: Dict[Tuple[str, str], Record], tuning: Set[str]) -> str:
    """In how many held-back cases the directional filter is the best, in two scales."""
    cases = [c for c in names if c not in tuning and "atoms" in of[c, "directional"]]
    if not cases:
        return ""
    parts = []
    for key in ("atoms_mean", "atoms_plain_mean"):
        best = [max(of[c, n][key] for n in _RIVALS) for c in cases]
        more = [of[c, "directional"][key] - b for c, b in zip(cases, best)]
        parts.append((sum(m > 0 for m in more), min(more), max(more)))
    (one, low, high), (other, plain_low, plain_high) = parts
    return (
        f"Of the {len(cases)} cases with a model that no constant was chosen on, the mean of the\n"
        f"directional filter is the largest in {one}; it differs from that of the best rival by "
        f"{low:+.3f} to\n{high:+.3f}. Of the maps as they are, without equal power in the shells, "
        f"it is the largest in\n{other} ({plain_low:+.3f} to {plain_high:+.3f})."
    )


def _found(cases: Sequence[Record], tuning: Set[str]) -> str:
    """How often ``monodir check`` reports that a map goes beyond the data, by kind of map."""
    held = [r for r in cases if r["case"] not in tuning]
    rows = []
    for name in (*OF_THE_DATA, "RELION", *ALTERED, HELIX, *FILLED, *_BESIDE):
        of = some(held, what=f"support: {name}")
        if not of:
            continue
        both = sum(r["from_elsewhere"] or r["amplified"] for r in of)
        low, high = binomial_interval(both, len(of))
        rows.append(
            [
                name,
                str(len(of)),
                *(str(sum(r[key] for r in of)) for key in ("from_elsewhere", "amplified")),
                f"{100 * both / len(of):.0f} % ({100 * low:.0f} to {100 * high:.0f})",
                _range(100 * r["unlike_data"] for r in of),
                _range(100 * r["unlike_locally"] for r in of),
                _range(100 * r["beyond_data"] for r in of),
            ]
        )
    head = [
        "map",
        "maps",
        "elsewhere",
        "beyond",
        "found (95 %)",
        "unlike, %",
        "in a window, %",
        "beyond, %",
    ]
    return rst_table(head, rows)


def _helices(cases: Sequence[Record], tuning: Set[str]) -> str:
    """How often turned helices are found, by their length and by the case."""
    held = [r for r in some(cases, what=f"support: {HELIX}") if r["case"] not in tuning]
    groups = [
        (
            f"{low} to {high} residues" if high < _ANY else f"{low} residues or more",
            [r for r in held if low <= r["residues"] <= high],
        )
        for low, high in _LENGTHS
    ]
    names = dict.fromkeys(str(r["case"]) for r in held)
    for case in names:
        of = some(held, case=case)
        groups.append((f"{case}, {of[0]['resolution_A']:.1f} Å", of))
    rows = [
        [
            name,
            str(len(of)),
            str(sum(r["from_elsewhere"] for r in of)),
            _range(100 * r["unlike_data"] for r in of),
            _range(100 * r["unlike_locally"] for r in of),
        ]
        for name, of in groups
        if of
    ]
    return rst_table(["", "helices", "found", "unlike, %", "in a window, %"], rows)


def _range(values: Iterable[float]) -> str:
    found = sorted(values)
    return f"{found[0]:.2f} to {found[-1]:.2f}"


def _shares(cases: Sequence[Record], tuning: Set[str]) -> str:
    rows = []
    for case in dict.fromkeys(str(r["case"]) for r in cases):
        of = [r for name in SHOWN for r in some(cases, case=case, what=f"support: {name}")]
        if len(of) < len(SHOWN):
            continue
        shown = (f"{100 * r['share']:.0f} / {100 * r['unlike_data']:.1f}" for r in of)
        rows.append([f"{case} (tuning)" if case in tuning else case, *shown])
    return rst_table(["case", *SHOWN], rows)


def _real(records: Sequence[Record]) -> str:
    """The table of EMD-3488, if it was measured."""
    found = some(records, case=CASE)
    if not found:
        return "The map was not available when this page was made.\n"
    table = rst_table(
        ["map", "mean", "median", "FSC 0.5 with the model (Å)"],
        [
            [
                str(r["what"]),
                *(f"{r[key]:.3f}" for key in ("atoms_mean", "atoms_median")),
                f"{r['resolution_A']:.2f}",
            ]
            for r in found
        ],
    )
    warnings = "\n".join(f"* {text}." for text in str(found[0]["warnings"]).split(" | "))
    return f"{table}\nWarnings of the run:\n\n{warnings}\n"


@styled
def _curves(records: Sequence[Record]) -> Figure:
    cases = [case for case in _DRAWN if some(records, case=case, what="directional")]
    if not cases:
        cases = [str(records[0]["case"])]
    columns = min(3, len(cases))
    rows = -(-len(cases) // columns)
    figure = new_figure(TWO_COLUMNS, 2 * 1.7 * rows)
    plots = figure.subplots(2 * rows, columns, squeeze=False, sharex=True)
    for number, case in enumerate(cases):
        top, below = (plots[2 * (number // columns) + k, number % columns] for k in (0, 1))
        for name, colour, line, width in zip(FILTERS, _COLOURS, _LINES, _WIDTHS):
            look: Dict[str, Any] = {"color": colour, "linestyle": line, "linewidth": width}
            record = some(records, case=case, what=name)[0]
            fsc, error = (_values(record[key]) for key in ("fsc", "error_of_shells"))
            size = 2 * (len(fsc) + 1)
            frequency = np.arange(1, len(fsc) + 1) / (size * record["sampling_A"])
            top.plot(frequency, fsc, label=name, **look)
            below.plot(frequency, error, **look)
        top.set_title(case)
        top.set_ylim(-0.05, 1.02)
        below.set_ylim(0, 1.5)
        for plot, label in ((top, "FSC with the truth"), (below, "Squared error / truth²")):
            plot.tick_params(labelbottom=True)
            if number % columns == 0:
                plot.set_ylabel(label)
        below.set_xlabel("Spatial frequency (1/Å)")
    for unused in range(len(cases), rows * columns):
        for row in (0, 1):
            plots[2 * (unused // columns) + row, unused % columns].set_axis_off()
    figure.legend(
        *plots[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(FILTERS)
    )
    return figure


def _values(text: object) -> np.ndarray:
    return np.array(str(text).split(), float)


def figures(records: List[Record]) -> Dict[str, Figure]:
    """The curves, by the name of their figure."""
    return {"validation_filter_curves": _curves(records)}
