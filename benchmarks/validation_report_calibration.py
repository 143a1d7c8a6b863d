"""Noise alone, leakage, numbers of axes and changed maps, as text and tables."""

from __future__ import annotations

from typing import Dict, List

from benchmarks.validation_tables import NOISE, figure, table

__all__ = ["calibration"]

_ESTIMATORS = ("published", "default", "cell by cell")
_MAPS = ("highest", "lowest", "adr", "anisotropy")
#: Changes of a map that leave its data as they are.
_HARMLESS = (
    "mask radius + 20 %",
    "mask radius - 20 %",
    "box padded by noise, 64 to 80",
    "gain 1000",
)
_SHARPENED, _BLURRED = "B-factor -100 Å²", "B-factor +100 Å²"
#: A larger relative change is worth a warning.
_MUCH = 0.10


def calibration(found: Dict[str, dict]) -> str:
    """The section of the page."""
    parts = [
        "Calibration\n-----------\n",
        figure("figure_validation_calibration.png"),
        _noise_alone({e: found[f"noise {e}"]["content"] for e in _ESTIMATORS}),
        _leakage([found[f"leakage {e}"]["content"] for e in _ESTIMATORS]),
        _more_axes({noise: found[f"axes {noise}"]["content"] for noise in NOISE}),
        _stability({row["map"]: row for row in found["stability"]["content"]}),
    ]
    return "\n".join(parts)


def _noise_alone(shares: Dict[str, dict]) -> str:
    first = ", ".join(f"{100 * shares[e]['share'][0]:.2f} % with ``{e}``" for e in _ESTIMATORS)
    cells = shares["cell by cell"]
    middle = next(i for i, r in enumerate(cells["resolution_voxels"]) if r < 4)
    rows = [
        [
            f"{resolution:.2f}",
            *(f"{100 * one:.3f} ± {100 * deviation:.3f}" for one, deviation in of),
        ]
        for resolution, *of in zip(
            cells["resolution_voxels"],
            *(zip(shares[e]["share"], shares[e]["deviation"]) for e in _ESTIMATORS[1:]),
        )
    ]
    return "\n".join(
        [
            "*Noise alone* (white, boxes of 48, 20 seeds): the share of cells that reach the "
            f"coarse limit is {first}. Share that reaches a rung or a finer one, and its standard "
            "deviation over seeds, in %:\n",
            table(["rung (voxels)", *_ESTIMATORS[1:]], rows),
            "Cells that are lucky at one rung stay so: a rung's high-pass filter keeps what is "
            f"finer, so rungs are not independent. Cell by cell {100 * cells['share'][middle]:.1f} "
            f"% still reach {cells['resolution_voxels'][middle]:.1f} voxels.\n",
        ]
    )


def _leakage(leaks: List[list]) -> str:
    rows = [
        [f"{row[0][0]:+.1f}", *(f"{100 * c[1]:.1f} / {100 * c[2]:.1f}" for c in row)]
        for row in zip(*leaks)
    ]
    return "\n".join(
        [
            "*Leakage*: the signal fills the half of the mask at negative distances, the noise is "
            "at 0.5. Share of cells resolved / finer than half of the coarse limit, in %:\n",
            table(["distance (voxels)", *_ESTIMATORS], rows),
        ]
    )


def _more_axes(found: Dict[str, List[dict]]) -> str:
    rows = [
        [f"{noise}, {row['axes']:.0f}", *_cells(row)] for noise in NOISE for row in found[noise]
    ]
    most, name, noise = max(
        (abs(found[n][-1][m] / found[n][0][m] - 1), m, n) for n in NOISE for m in _MAPS[:3]
    )
    return "\n".join(
        [
            "*More axes*: medians in voxels. Where highest gets finer with the number of axes, "
            "that is the order statistic: the percentile of more values, among which luck has "
            "more chances:\n",
            table(["noise, axes", *_HEAD], rows),
            "From 46 to 181 axes no median of highest, lowest or ADR changes by more than "
            f"{100 * most:.1f} % ({_NAMES[name]}, {noise} noise). Nothing is corrected.\n",
        ]
    )


def _stability(rows: Dict[str, dict]) -> str:
    plain = rows["as it is"]

    def change(name: str, which: str) -> float:
        return rows[name][which] / plain[which] - 1

    most, worst, which = max(
        (abs(change(n, w)), n, w) for n in _HARMLESS for w in ("highest", "adr")
    )
    ends = [
        f"{what} by {amount} moves the median of highest from {plain['highest']:.2f} voxels to "
        f"{rows[name]['highest']:.2f} ({100 * change(name, 'highest'):+.0f} %), that of ADR from "
        f"{plain['adr']:.2f} to {rows[name]['adr']:.2f} ({100 * change(name, 'adr'):+.0f} %)"
        for what, amount, name in (
            ("sharpening", "-100 Å²", _SHARPENED),
            ("blurring", "100 Å²", _BLURRED),
        )
    ]
    matters = max(abs(change(_SHARPENED, w)) for w in ("highest", "adr")) > _MUCH
    advice = (
        "The high-pass filter of a rung lets in all that is finer, and so the sharpened noise "
        "beyond the signal. On this evidence, measure maps that are not sharpened.\n"
        if matters
        else "A sharpened map and its unsharpened one tell the same story.\n"
    )
    return "\n".join(
        [
            "*Stability* at middle noise: medians in voxels, over the voxels of the smallest "
            "mask.\n",
            table(["map", *_HEAD], [[name, *_cells(row)] for name, row in rows.items()]),
            f"Mask, padding and gain move the medians of highest and ADR by {100 * most:.1f} % at "
            f"most ({worst}, {_NAMES[which]}). {ends[0][0].upper()}{ends[0][1:]}; {ends[1]}. "
            f"{advice}",
        ]
    )


_NAMES = {"highest": "highest", "lowest": "lowest", "adr": "ADR", "anisotropy": "anisotropy"}
_HEAD = tuple(_NAMES.values())


def _cells(row: dict) -> List[str]:
    return [f"{row[name]:.2f}" for name in _MAPS]
