"""What the protocol tells of a run: a glance for the summary, a paragraph for a paper."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from ..diagnosis.telling import told

__all__ = ["methods_text", "progress_text", "summary_lines"]


def summary_lines(summary: Dict[str, Any]) -> List[str]:
    """The findings in one glance.

    Parameters
    ----------
    summary : dict
        As in ``summary.json``.
    """
    median = summary["median_A"]
    lines = [
        "*Medians over the mask*",
        f"Average directional resolution (ADR): *{median['adr']:.2f} Å*",
        f"Local anisotropy: *{median['anisotropy']:.2f} Å*",
        f"Highest {median['highest']:.2f} Å, lowest {median['lowest']:.2f} Å, "
        f"radial {median['radial']:.2f} Å, tangential {median['tangential']:.2f} Å, "
        f"without directions (MonoRes) {median['monores']:.2f} Å",
        "",
        "*Directions* (a well resolved axis is one with many views ACROSS it)",
        _axis_line("Finest", summary["best_axis"]),
        _axis_line("Coarsest", summary["worst_axis"]),
    ]
    slopes = _slopes_line(summary)
    if slopes:
        lines += ["", slopes]
    share = 100 * summary["unresolved_share"]
    lines += ["", f"Not resolved even at the coarse limit: {share:.1f} % of (voxel, axis)"]
    for title, sentences in told(summary).items():
        lines += ["", f"*{title}*", *sentences]
    if summary["warnings"]:
        lines += ["", "*Warnings*", *(_sentence(text) for text in summary["warnings"])]
    return lines


def progress_text(done: int, total: int, running: bool) -> str:
    """How far a run has come."""
    if running:
        return f"Direction {done} of {total}"
    return f"Stopped after direction {done} of {total}; *Continue* takes up from there"


def methods_text(summary: Dict[str, Any]) -> str:
    """A paragraph with the parameters, ready for a paper; citations as ``[key]``."""
    used, rungs = summary["parameters"], summary["found"]["rungs_A"]
    median, size = summary["median_A"], summary["box_px"]
    noise = (
        "half of the difference of the half maps, inside the mask"
        if used["noise_from_half_maps"]
        else "the solvent around the particle"
    )
    preset = "" if used["preset"] == "default" else f", {used['preset']} preset"
    return (
        f"Local-directional resolution was measured with {summary['program']} [Vilas2020] in a "
        f"map of {size} x {size} x {size} voxels of {summary['inputs'][0]['sampling_A']:g} Å, "
        f"inside a mask of {summary['mask_voxels']} voxels. The resolution of every voxel was "
        f"determined along {used['directions']} axes with a cone of {used['cone']:g} degrees, as "
        f"the finest of {len(rungs)} resolutions between {rungs[0]:.2f} and {rungs[-1]:.2f} Å up "
        f"to which the local amplitude exceeded {_limit(used)}, taken from "
        f"{noise}{preset}. The median average directional resolution was "
        f"{median['adr']:.2f} Å (highest {median['highest']:.2f} Å, lowest "
        f"{median['lowest']:.2f} Å), the median local anisotropy {median['anisotropy']:.2f} Å. "
        f"The median local resolution without regard to direction [Vilas2018] was "
        f"{median['monores']:.2f} Å."
    )


def _limit(used: Dict[str, Any]) -> str:
    """What the amplitude had to exceed."""
    if used["control"] == "cells":
        return f"the {used['significance']:g} quantile of the noise"
    rate = 100 * (1 - used["significance"])
    of = "along all axes together" if used["control"] == "fdr-all" else "along each axis"
    return f"the noise at a false discovery rate of {rate:g} % ({of}, at each resolution)"


def _axis_line(word: str, axis: Dict[str, float]) -> str:
    rot, tilt = round(axis["rot_deg"]), round(axis["tilt_deg"])
    return f"{word}: rot {rot}°, tilt {tilt}°, mean *{axis['mean_resolution_A']:.2f} Å*"


def _slopes_line(summary: Dict[str, Any]) -> Optional[str]:
    slopes: Dict[str, Optional[float]] = summary["slopes_A_per_A"]
    names = {"radial": "radial", "tangential": "tangential", "adr": "ADR", "monores": "MonoRes"}
    told = [
        f"{word} {slopes[name]:+.3f}"
        for name, word in names.items()
        if slopes.get(name) is not None
    ]
    if not told:
        return None
    first, last = summary["slope_radii_A"]
    return (
        f"*Slopes from the centre outwards* ({first:.0f} to {last:.0f} Å, in Å per Å): "
        + ", ".join(told)
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
