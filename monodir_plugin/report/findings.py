"""The findings of a run as sentences, from its summary alone."""

from __future__ import annotations

from typing import List, Mapping, Optional, Tuple

from ..files.run_folder.summary import AxisDirection, AxisSummary, Summary
from ..numerics.reduction.table import at_coarse_limit

__all__ = ["findings", "grouped", "meaning", "median_of", "parameters"]

#: A median is at the fine limit if it is within this share of it.
_AT_FINE_LIMIT = 0.01
#: Largest number of axes without data that are listed.
_LISTED_AXES = 6
#: What keys of the summary that do not end in their unit are in the table of parameters.
_LABELS = {
    "frequencies_A": "tested resolutions, Å",
    "cone": "cone, degrees",
    "coarsest": "coarsest, Å",
    "noise_radius": "noise radius, voxels",
}


def findings(summary: Summary) -> List[str]:
    """Sentences with the most important numbers, clear without the figures.

    Parameters
    ----------
    summary : Summary

    Returns
    -------
    list of str
    """
    sentences = [
        _axes(summary),
        _unresolved(summary),
        _without_data(summary),
        _resolution(summary),
        _anisotropy(summary),
        _frequencies(summary),
        _slopes(summary),
        _noise(summary),
    ]
    return [sentence for sentence in sentences if sentence]


def meaning(summary: Summary) -> str:
    """The definition of R, in two sentences."""
    used = summary["parameters"]
    if used["criterion"] is None:
        return (
            "R, the resolution of a voxel along an axis, is the finest resolution at which the "
            "amplitude of the map in a cone about the axis exceeds that of the noise. This tests "
            "whether there is signal, so R is not on the scale of the FSC."
        )
    return (
        "R, the resolution of a voxel along an axis, is the finest resolution up to which the "
        "ratio of signal to noise around the voxel, in a cone about the axis, is at least that of "
        f"an FSC of {used['criterion']:g}. Smaller numbers of Å are finer. A voxel is not resolved "
        "along an axis if the ratio is below the criterion at every resolution."
    )


def median_of(summary: Summary, name: str) -> Optional[float]:
    """Median of a map of resolution, Å; ``None`` where it is not resolved."""
    median = summary["median_A"][name]
    return None if at_coarse_limit(median, _coarsest(summary)) else median


def _coarsest(summary: Summary) -> float:
    return max(summary["found"]["frequencies_A"])


def parameters(summary: Summary) -> List[Tuple[str, str]]:
    """Names and values of all parameters, and of the decisions before the measurement."""
    rows: List[Tuple[str, str]] = []
    used: Mapping[str, object] = summary["parameters"]
    decided: Mapping[str, object] = summary["found"]
    written = {"interval": _interval, "axes_by_chance_over_median": _chance}
    for name, value in (*used.items(), *decided.items()):
        rows += _flat(name, value) if name not in written else written[name](summary)
    centre = ", ".join(f"{c:g}" for c in summary["centre_px"])
    return [*rows, ("centre, voxels x, y, z", centre)]


def _interval(summary: Summary) -> List[Tuple[str, str]]:
    texts = [
        f"{row['frequency_A']:.4g}: {row['finer_A']:.4g} to {row['coarser_A']:.4g}"
        for row in summary["found"].get("interval") or []
    ]
    return _flat("90 % interval of a single R, Å (R: finer to coarser end)", texts)


def _chance(summary: Summary) -> List[Tuple[str, str]]:
    ratios, middle = summary["found"].get("axes_by_chance_over_median"), summary["axes"]["median_A"]
    text = "not known"
    if ratios and middle is not None:
        text = f"{middle * ratios[0]:.4g} to {middle * ratios[1]:.4g}"
    return _flat("middle two thirds of the axes, if all were alike, Å", text)


def _flat(name: str, value: object) -> List[Tuple[str, str]]:
    if isinstance(value, Mapping):
        return [row for key, item in value.items() for row in _flat(f"{name}: {key}", item)]
    return [(_label(name), _text(value))]


def _label(name: str) -> str:
    """A key of the summary as text: its last part may be a unit."""
    if name in _LABELS:
        return _LABELS[name]
    for suffix, unit in (("_A", "Å"), ("_px", "voxels")):
        if name.endswith(suffix):
            name = f"{name[: -len(suffix)]}, {unit}"
    return name.replace("_", " ")


def _text(value: object) -> str:
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(item) for item in value) or "none"
    return str(value)


def _axes(summary: Summary) -> str:
    axes, best, worst = summary["axes"], summary["best_axis"], summary["worst_axis"]
    if best is None or worst is None or axes["median_A"] is None:
        return (
            "There is no axis along which most voxels of the mask are resolved, so there is no "
            "finest and no coarsest axis."
        )
    interval = axes.get("median_interval_A")
    sure = "" if not interval else f"; 90 % interval {interval[0]:.3g} to {_angstrom(interval[1])}"
    return (
        f"Along the median axis the resolution is {_angstrom(axes['median_A'])} (median over the "
        f"mask{sure}). The coarsest axis is {axes['ratio']:.2f} times as coarse as the finest: the "
        f"finest is {_axis(best)}, the coarsest {_axis(worst)}. Axes along which most voxels are "
        "not resolved are left out. These are axes of Fourier space; the resolution along an "
        "axis comes from the views perpendicular to it."
    )


def _axis(axis: AxisSummary) -> str:
    return f"{_direction(axis)} ({_angstrom(axis['resolution_A'])})"


def _direction(axis: AxisDirection) -> str:
    return f"rot {_degrees(axis['rot_deg'])}, tilt {_degrees(axis['tilt_deg'])}"


def _unresolved(summary: Summary) -> str:
    share = summary["unresolved_share"]
    if not share:
        return "Every voxel is resolved along every axis."
    coarsest = _angstrom(_coarsest(summary))
    return (
        f"{_percent(share)} of the pairs of a voxel and an axis are not resolved even at "
        f"{coarsest}, the coarse limit. They count as {coarsest} in all maps, so means that "
        "include them are finer than the true ones."
    )


def _without_data(summary: Summary) -> Optional[str]:
    without = summary["axes_without_data"]
    if not without:
        return None
    listed = "; ".join(_direction(axis) for axis in without[:_LISTED_AXES])
    more = f"; and {len(without) - _LISTED_AXES} more" if len(without) > _LISTED_AXES else ""
    count, them = (f"{len(without)} axes", "them") if len(without) > 1 else ("1 axis", "it")
    return f"The map has no data along {count}: no voxel is resolved along {them} ({listed}{more})."


def _resolution(summary: Summary) -> str:
    return (
        f"The average directional resolution (ADR) has the median {_median(summary, 'adr')}. It is "
        "the mean of the highest and the lowest resolution of a voxel, the 5th and the 95th "
        f"percentile over the axes. Their medians: highest {_median(summary, 'highest')}, lowest "
        f"{_median(summary, 'lowest')}. Without directions (MonoRes) the median is "
        f"{_median(summary, 'monores')}."
    )


def _median(summary: Summary, name: str) -> str:
    median = median_of(summary, name)
    return "not resolved" if median is None else _angstrom(median)


def _anisotropy(summary: Summary) -> str:
    sentence = (
        f"The median local anisotropy is {_angstrom(summary['median_A']['anisotropy'])}: half of "
        "the range of resolutions of the middle two thirds of a voxel's axes. Zero is isotropic."
    )
    if median_of(summary, "highest") is None:
        return "Most voxels are not resolved along any axis, so their anisotropy is not known."
    if median_of(summary, "lowest") is None:
        sentence += (
            " Most voxels are not resolved along their coarsest axes; where these are 17 % of "
            "the axes or more, the anisotropy is a lower bound."
        )
    return sentence


def _frequencies(summary: Summary) -> str:
    resolutions = summary["found"]["frequencies_A"]
    finest = min(resolutions)
    sentence = (
        f"The criterion was tested at {len(resolutions)} resolutions from "
        f"{_angstrom(_coarsest(summary))} to {_angstrom(finest)}."
    )
    if summary["median_A"]["highest"] <= finest * (1 + _AT_FINE_LIMIT):
        sentence += (
            " The median highest resolution is at the fine limit: at least half of the voxels may "
            "be finer along their finest axes than could be measured."
        )
    return sentence


def _slopes(summary: Summary) -> Optional[str]:
    slopes, radii = summary["slopes_A_per_A"], summary["slope_radii_A"]
    if radii is None or any(slopes.get(name) is None for name in ("radial", "tangential")):
        return "Slopes could not be fitted: the particle is too small, or hollow about the centre."
    return (
        f"From {radii[0]:.3g} to {radii[1]:.3g} Å from the centre the radial resolution changes by "
        f"{slopes['radial']:+.3f} and the tangential by {slopes['tangential']:+.3f} Å for every Å "
        "(positive: coarser outwards). Angular errors make the tangential curve steeper, shift "
        "errors raise all of it."
    )


def _noise(summary: Summary) -> Optional[str]:
    if summary["parameters"]["noise_from_half_maps"]:
        return (
            "The noise was taken from the difference of the half maps, its strength from inside "
            "the mask."
        )
    region = summary["found"].get("noise_region")
    if region is None:
        return None
    return f"The noise was taken from {grouped(region['voxels'])} voxels of solvent."


def grouped(count: int) -> str:
    """A number of objects with a space between thousands."""
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")


def _angstrom(value: float) -> str:
    return f"{value:.3g} Å"


def _degrees(value: float) -> str:
    return f"{round(value)}°".replace("-", "−")


def _percent(share: float) -> str:
    return "less than 0.1 %" if share < 0.001 else f"{100 * share:.1f} %"
