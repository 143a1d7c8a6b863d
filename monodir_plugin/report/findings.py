"""What a run found, in sentences with numbers, from its summary alone."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Tuple

__all__ = ["findings", "grouped", "parameters"]

#: The median highest resolution is at the end of the ladder if it is within this share of it.
_AT_THE_END = 0.01

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
        _resolution(summary),
        _anisotropy(summary),
        _axes(summary),
        _unresolved(summary),
        _ladder(summary),
        _slopes(summary),
        _noise(summary),
    ]
    return [sentence for sentence in sentences if sentence]


def parameters(summary: Summary) -> List[Tuple[str, str]]:
    """Names and values of all parameters, and of what was found before the first axis."""
    rows: List[Tuple[str, str]] = []
    for part in ("parameters", "found"):
        for name, value in summary[part].items():
            rows += _flat(name, value)
    centre = ", ".join(f"{c:g}" for c in summary["centre_px"])
    return [*rows, ("centre, voxels x, y, z", centre)]


def _flat(name: str, value: object) -> List[Tuple[str, str]]:
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


def _resolution(summary: Summary) -> str:
    median = summary["median_A"]
    return (
        f"The median average directional resolution (ADR) is {_angstrom(median['adr'])}: the "
        f"median voxel reaches {_angstrom(median['highest'])} along its finest axes (highest) and "
        f"{_angstrom(median['lowest'])} along its coarsest (lowest). Without directions "
        f"(MonoRes) the median is {_angstrom(median['monores'])}."
    )


def _anisotropy(summary: Summary) -> str:
    return (
        f"The median local anisotropy is {_angstrom(summary['median_A']['anisotropy'])}: half of "
        "the range that the middle two thirds of a voxel's axes span. Zero is isotropic."
    )


def _axes(summary: Summary) -> str:
    best, worst = summary["best_axis"], summary["worst_axis"]
    ratio = worst["mean_resolution_A"] / best["mean_resolution_A"]
    return (
        f"On average over the mask the finest axis is {_axis(best)}, the coarsest "
        f"{_axis(worst)}: a ratio of {ratio:.2f}. These are axes of Fourier space; the "
        "resolution along an axis comes from the views across it."
    )


def _axis(entry: Mapping[str, float]) -> str:
    return (
        f"rot {_degrees(entry['rot_deg'])}, tilt {_degrees(entry['tilt_deg'])} "
        f"({_angstrom(entry['mean_resolution_A'])})"
    )


def _unresolved(summary: Summary) -> str:
    share = summary["unresolved_share"]
    if not share:
        return "Every voxel is resolved along every axis at least at the coarse limit."
    coarsest = summary["found"]["rungs_A"][0]
    return (
        f"{_percent(share)} of the cells (one voxel along one axis) are not resolved even at "
        f"{_angstrom(coarsest)}, the coarse limit. They count as {_angstrom(coarsest)}, so means "
        "that hold them look finer than they are."
    )


def _ladder(summary: Summary) -> str:
    rungs = summary["found"]["rungs_A"]
    sentence = (
        f"The ladder has {len(rungs)} rungs from {_angstrom(rungs[0])} to {_angstrom(rungs[-1])}; "
        "nothing beyond its ends can be told apart."
    )
    if summary["median_A"]["highest"] <= rungs[-1] * (1 + _AT_THE_END):
        sentence += (
            " The median highest resolution lies at the fine end: half of the voxels or more may "
            "be finer along their finest axes than the ladder can tell."
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
