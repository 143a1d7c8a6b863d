"""What a run found, in sentences with numbers, from its summary alone."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Tuple

__all__ = ["findings", "grouped", "meaning", "median_of", "parameters"]

#: A median is at a limit if it is within this share of it.
_AT_THE_END = 0.01
#: At the coarse limit pairs that are not resolved are exactly, but for rounding.
_UNRESOLVED = 1e-4
#: Axes without data that are named.
_NAMED = 6

Summary = Mapping[str, Any]


def findings(summary: Summary) -> List[str]:
    """Sentences for a reader who sees no figure.

    Parameters
    ----------
    summary : mapping
        The content of ``summary.json``.

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
    """What R is, in two sentences."""
    used = summary["parameters"]
    if used["preset"] != "default":
        return (
            "R, the resolution of a voxel along an axis, is the finest resolution at which the "
            "amplitude of the map in a cone about the axis exceeds that of the noise. It is a test "
            "of detection, and is not on the scale of an FSC."
        )
    return (
        "R, the resolution of a voxel along an axis, is the finest resolution up to which the "
        "ratio of signal to noise about the voxel, in a cone about the axis, is at least that of "
        f"an FSC of {used['criterion']:g}. Smaller numbers of Å are finer; a pair of a voxel and "
        "an axis that stays below the criterion at every resolution is not resolved."
    )


def median_of(summary: Summary, name: str) -> Optional[float]:
    """Median of a map of resolution, Å; ``None`` where it is not resolved."""
    median = summary["median_A"][name]
    return None if median >= _coarsest(summary) * (1 - _UNRESOLVED) else median


def _coarsest(summary: Summary) -> float:
    return max(summary["found"]["frequencies_A"])


def parameters(summary: Summary) -> List[Tuple[str, str]]:
    """Names and values of all parameters, and of what was found before the first axis."""
    rows: List[Tuple[str, str]] = []
    for part in ("parameters", "found"):
        for name, value in summary[part].items():
            rows += _flat(name, value)
    centre = ", ".join(f"{c:g}" for c in summary["centre_px"])
    return [*rows, ("centre, voxels x, y, z", centre)]


def _flat(name: str, value: object) -> List[Tuple[str, str]]:
    if name == "interval":
        name, value = (
            "interval of 90 %, at: finer to coarser end, A",
            [
                f"{row['frequency_A']:.4g}: {row['finer_A']:.4g} to {row['coarser_A']:.4g}"
                for row in value or []
            ],
        )
    if isinstance(value, Mapping):
        return [row for key, item in value.items() for row in _flat(f"{name}: {key}", item)]
    return [(name.replace("_", " "), _text(value))]


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
    if best is None or worst is None:
        return (
            "Along no axis are most voxels of the mask resolved, so there is no finest and no "
            "coarsest axis."
        )
    return (
        f"Along the median axis the resolution is {_angstrom(axes['median_A'])} (median over the "
        f"mask). The coarsest axis is {axes['ratio']:.2f} times as coarse as the finest: the "
        f"finest is {_axis(best)}, the coarsest {_axis(worst)}. Axes along which most voxels are "
        "not resolved do not count here. These are axes of Fourier space; the resolution along an "
        "axis comes from the views across it."
    )


def _axis(entry: Mapping[str, float]) -> str:
    return (
        f"rot {_degrees(entry['rot_deg'])}, tilt {_degrees(entry['tilt_deg'])} "
        f"({_angstrom(entry['resolution_A'])})"
    )


def _unresolved(summary: Summary) -> str:
    share = summary["unresolved_share"]
    if not share:
        return "Every voxel is resolved along every axis at least at the coarse limit."
    coarsest = _angstrom(_coarsest(summary))
    return (
        f"{_percent(share)} of the pairs of a voxel and an axis are not resolved even at "
        f"{coarsest}, the coarse limit. They count as {coarsest} in all maps, so means that "
        "hold them look finer than they are."
    )


def _without_data(summary: Summary) -> Optional[str]:
    without = summary["axes_without_data"]
    if not without:
        return None
    named = "; ".join(
        f"rot {_degrees(entry['rot_deg'])}, tilt {_degrees(entry['tilt_deg'])}"
        for entry in without[:_NAMED]
    )
    more = f"; and {len(without) - _NAMED} more" if len(without) > _NAMED else ""
    count, them = (f"{len(without)} axes", "them") if len(without) > 1 else ("1 axis", "it")
    return (
        f"The map holds no data along {count}: no voxel is resolved along {them} ({named}{more})."
    )


def _resolution(summary: Summary) -> str:
    return (
        f"The average directional resolution (ADR) has the median {_median(summary, 'adr')}. It is "
        "the mean of the highest and the lowest resolution of a voxel, the 5th and the 95th "
        f"percentile over the axes. Their medians: highest {_median(summary, 'highest')}, lowest "
        f"{_median(summary, 'lowest')}. Without a cone (MonoRes) the median is "
        f"{_median(summary, 'monores')}."
    )


def _median(summary: Summary, name: str) -> str:
    median = median_of(summary, name)
    return "not resolved" if median is None else _angstrom(median)


def _anisotropy(summary: Summary) -> str:
    sentence = (
        f"The median local anisotropy is {_angstrom(summary['median_A']['anisotropy'])}: half of "
        "the range that the middle two thirds of a voxel's axes span. Zero is isotropic."
    )
    if median_of(summary, "highest") is None:
        return "Most voxels are not resolved along any axis, so their anisotropy is not known."
    if median_of(summary, "lowest") is None:
        sentence += (
            " Most voxels are not resolved along their coarsest axes; where these are a sixth of "
            "the axes or more, the anisotropy is a lower bound."
        )
    return sentence


def _frequencies(summary: Summary) -> str:
    looked_at = summary["found"]["frequencies_A"]
    finest = min(looked_at)
    sentence = (
        f"R was looked for at {len(looked_at)} resolutions from {_angstrom(_coarsest(summary))} to "
        f"{_angstrom(finest)}."
    )
    if summary["median_A"]["highest"] <= finest * (1 + _AT_THE_END):
        sentence += (
            " The median highest resolution is at the fine limit: half of the voxels or more may "
            "be finer along their finest axes than could be measured."
        )
    return sentence


def _slopes(summary: Summary) -> Optional[str]:
    slopes, radii = summary["slopes_A_per_A"], summary["slope_radii_A"]
    if radii is None or any(slopes.get(name) is None for name in ("radial", "tangential")):
        return "The particle is too small or too hollow about the centre for slopes to be fitted."
    return (
        f"From {radii[0]:.3g} to {radii[1]:.3g} Å from the centre the radial resolution changes by "
        f"{slopes['radial']:+.3f} and the tangential by {slopes['tangential']:+.3f} Å for every Å "
        "(positive: coarser outwards). Angular errors tilt the tangential curve, errors of "
        "shift lift it."
    )


def _noise(summary: Summary) -> Optional[str]:
    if summary["parameters"]["noise_from_half_maps"]:
        return "The noise was taken from the difference of the half maps inside the mask."
    voxels = summary["found"].get("noise_region", {}).get("voxels")
    return voxels and f"The noise was taken from {grouped(voxels)} voxels of solvent."


def grouped(count: int) -> str:
    """A count with its thousands apart."""
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")


def _angstrom(value: float) -> str:
    return f"{value:.3g} Å"


def _degrees(value: float) -> str:
    return f"{round(value)}°".replace("-", "−")


def _percent(share: float) -> str:
    return "less than 0.1 %" if share < 0.001 else f"{100 * share:.1f} %"
