"""The verdict on a run in three lines: resolution, views, input."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from .summary import Summary

__all__ = ["at_the_finest", "further_warnings", "verdict"]

#: Resolutions are equal within this share: tables round them.
_EQUAL = 1.005


def verdict(summary: Summary) -> List[str]:
    """How fine the map is along its axes, which views are missing, and what is in doubt.

    The warning that many voxels reach the finest frequency comes before the other numbers.

    Parameters
    ----------
    summary : Summary
        The content of ``summary.json``.

    Returns
    -------
    list of str
        Three sentences or short paragraphs.
    """
    return [_resolution(summary), _views(summary), _input(summary)]


def further_warnings(summary: Summary) -> List[str]:
    """The warnings that the verdict does not have."""
    return _others(summary)[1:]


def _others(summary: Summary) -> List[str]:
    """All warnings but that of voxels at the finest frequency."""
    limited = _limited(summary)
    return [text for text in summary["warnings"] if limited is None or not text.endswith(limited)]


def _limited(summary: Summary) -> Optional[str]:
    """The warning that voxels may be finer than could be measured, without the name of the map."""
    found = summary["found"].get("at_finest")
    return None if found is None else found["warning"]


def _resolution(summary: Summary) -> str:
    limited = _limited(summary)
    if limited is None:
        return f"Resolution: {_along_axes(summary)}"
    return f"Resolution: {limited}. {_capital(_along_axes(summary))}"


def _along_axes(summary: Summary) -> str:
    """The resolutions of the axes, or why there are none."""
    axes = summary["axes"]
    if axes["median_A"] is None or axes["ratio"] is None:
        none = "along no axis is more than half of the mask resolved"
        return f"{none}{_why_none(summary)}."
    coarsest = axes["coarsest_A"]
    if coarsest is not None and at_the_finest(summary, coarsest):
        return (
            f"at least as fine as {axes['finest_A']:.2f} Å, the finest that was "
            f"tested, along all resolved axes: they cannot be compared{_faults(summary)}."
        )
    finer = " (the finest that was tested)" if at_the_finest(summary, axes["median_A"]) else ""
    return (
        f"{axes['median_A']:.2f} Å{finer} along the median {_which(summary)}, "
        f"{axes['finest_A']:.2f} to {axes['coarsest_A']:.2f} Å over the axes{_faults(summary)}."
    )


def _which(summary: Summary) -> str:
    """``axis``, but where most axes are not resolved, of how many axes it is the median."""
    axes, number = summary["axes"], summary["parameters"].get("directions")
    others = axes["mostly_unresolved"] + len(summary["axes_without_data"])
    if number is None or 2 * others < number:
        return "axis"
    resolved = number - others
    return "of the only resolved axis" if resolved == 1 else f"of the {resolved} resolved axes"


def _why_none(summary: Summary) -> str:
    """Why the preset published resolves no axis, and what to do; empty for other presets."""
    if summary["parameters"]["preset"] != "published":
        return ""
    return (
        ": at most voxels the amplitude in a cone does not exceed the noise even at "
        f"{max(summary['found']['frequencies_A']):.2f} Å, which is what the preset published "
        "tests; use the preset default, which averages the power about every voxel"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def at_the_finest(summary: Summary, resolution: float) -> bool:
    """Whether a resolution is that of the finest spatial frequency that was tested.

    Parameters
    ----------
    summary : Summary
        The content of ``summary.json``.
    resolution : float
        Å.
    """
    return resolution <= _EQUAL * min(summary["found"]["frequencies_A"])


def _faults(summary: Summary) -> str:
    """Axes that are not resolved, and those without data, after a semicolon; or nothing."""
    axes = summary["axes"]
    more, empty = axes["mostly_unresolved"], len(summary["axes_without_data"])
    faults = [f"{_count(more)} not resolved in most of the mask"] if more else []
    if empty:
        faults.append(f"{_count(empty)} without data")
    return f"; {', '.join(faults)}" if faults else ""


def _count(axes: int) -> str:
    return f"{axes} axis is" if axes == 1 else f"{axes} axes are"


def _views(summary: Summary) -> str:
    found = summary.get("diagnosis")
    if not found:
        return "Views: not diagnosed."
    by_angles = _by_angles(found.get("particles"))
    if "noise" in found:
        return f"Views: not known from the map, because {found['noise']['reason']}.{by_angles}"
    views = found["views"]
    sentence = str(views["sentences"][0])
    tilt = views.get("stage_tilt")
    if not tilt:
        advice = "" if views["views"] == "unknown" else " The stage need not be tilted."
    else:
        low, high = views["worst_coverage_then_interval"]
        then = f"{views['worst_coverage_then']:.2f} ({low:.2f} to {high:.2f})"
        if views.get("worst_coverage_is_upper_limit"):
            then = f"at most {views['worst_coverage_then']:.2f}"
        advice = (
            f" Tilt the stage by about {tilt:.0f} degrees: the worst axis then has {then} of the "
            "mean coverage."
        )
    return sentence + advice + by_angles


def _by_angles(particles: Optional[Dict[str, Any]]) -> str:
    """The worst axis by the angles of the particles, or that they are of another map."""
    if particles is None:
        return ""
    # Summaries of earlier versions do not have it.
    if particles.get("mismatch"):
        return f" {particles['mismatch']}"
    said = (
        " By the angles of the particles, the axis that is covered least has "
        f"{particles['worst_coverage']:.2f} of the mean coverage"
    )
    return f"{said}; map and angles disagree." if particles["disagrees"] else f"{said}."


def _input(summary: Summary) -> str:
    warnings = _others(summary)
    if not warnings:
        nothing = "nothing else" if summary["warnings"] else "nothing"
        return f"Input: {nothing} is in doubt."
    first = warnings[0].rstrip(".")
    more = f" (and {len(warnings) - 1} more)" if len(warnings) > 1 else ""
    return f"Input: {first}{more}."
