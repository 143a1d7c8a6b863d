"""The texts on a finished run: lines for the summary, a paragraph for a paper."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from ..diagnosis.sentences import sentences_of

__all__ = ["methods_text", "progress_text", "summary_lines"]

#: Axes without data that are named; of more only their number is given.
_NAMED_AXES = 4


def summary_lines(summary: Dict[str, Any]) -> List[str]:
    """The most important findings.

    Parameters
    ----------
    summary : dict
        As in ``summary.json``.
    """
    median = summary["median_A"]
    lines = [
        "*Axes* (a well resolved axis is one with many views ACROSS it)",
        *_axes_lines(summary),
        "",
        "*Medians over the mask*",
        f"Average directional resolution (ADR): *{median['adr']:.2f} Å*",
        f"Highest {median['highest']:.2f} Å, lowest {median['lowest']:.2f} Å",
        f"Local anisotropy: *{median['anisotropy']:.2f} Å*",
        f"Radial {median['radial']:.2f} Å, tangential {median['tangential']:.2f} Å, "
        f"without directions (MonoRes) {median['monores']:.2f} Å",
    ]
    slopes = _slopes_line(summary)
    if slopes:
        lines += ["", slopes]
    for title, sentences in sentences_of(summary).items():
        lines += ["", f"*{title}*", *sentences]
    if summary["warnings"]:
        lines += ["", "*Warnings*", *(_sentence(text) for text in summary["warnings"])]
    return lines


def progress_text(done: int, total: int, running: bool) -> str:
    """How far a run has come."""
    if running:
        return f"Direction {done} of {total}"
    return f"Stopped after direction {done} of {total}; *Continue* goes on from there"


def methods_text(summary: Dict[str, Any]) -> str:
    """A paragraph with the parameters, ready for a paper; citations as ``[key]``."""
    used, frequencies = summary["parameters"], summary["found"]["frequencies_A"]
    median, size = summary["median_A"], summary["box_px"]
    noise = (
        "half of the difference of the half maps, inside the mask"
        if used["noise_from_half_maps"]
        else "the solvent around the particle"
    )
    return (
        f"Local-directional resolution was measured with {summary['program']} [Vilas2020] in a "
        f"map of {size} x {size} x {size} voxels of {summary['inputs'][0]['sampling_A']:g} Å, "
        f"inside a mask of {summary['mask_voxels']} voxels. The resolution of every voxel was "
        f"determined along {used['directions']} axes with a cone of {used['cone']:g} degrees, "
        f"between {frequencies[0]:.2f} and {frequencies[-1]:.2f} Å, as the finest up to which "
        f"{_limit(used)}. The noise was taken from {noise}.{_axes_sentence(summary)} The median "
        f"average directional resolution was "
        f"{median['adr']:.2f} Å (highest {median['highest']:.2f} Å, lowest "
        f"{median['lowest']:.2f} Å), the median local anisotropy {median['anisotropy']:.2f} Å. "
        f"The median local resolution without regard to direction [Vilas2018] was "
        f"{median['monores']:.2f} Å."
    )


def _limit(used: Mapping[str, Any]) -> str:
    """What ended the resolution."""
    if used["preset"] == "published":
        return (
            f"the local amplitude exceeded the {used['significance']:g} quantile of that of the "
            "noise (published preset)"
        )
    return (
        "the local signal-to-noise ratio, averaged over a window about the voxel, stayed above "
        f"that of half maps with a Fourier shell correlation of {used['criterion']:g}"
    )


def _axes_sentence(summary: Mapping[str, Any]) -> str:
    """The resolution of the axes for a paper, if they have one."""
    axes = summary["axes"]
    if axes["median_A"] is None:
        return ""
    return (
        f" The median axis was resolved to {axes['median_A']:.2f} Å (finest "
        f"{axes['finest_A']:.2f} Å, coarsest {axes['coarsest_A']:.2f} Å)."
    )


def _axes_lines(summary: Mapping[str, Any]) -> List[str]:
    """Median, finest and coarsest axis, what is not resolved, and axes without data."""
    axes = summary["axes"]
    if axes["median_A"] is None:
        lines = ["No axis is resolved in half of the mask"]
    else:
        lines = [
            f"Median axis: *{axes['median_A']:.2f} Å*; ratio of the coarsest to the finest axis: "
            f"*{axes['ratio']:.2f}*",
            _axis_line("Finest", summary["best_axis"]),
            _axis_line("Coarsest", summary["worst_axis"]),
        ]
    share = 100 * summary["unresolved_share"]
    lines.append(f"Not resolved even at the coarse limit: {share:.1f} % of the voxel-axis pairs")
    empty = summary["axes_without_data"]
    if empty:
        named = "; ".join(_place(axis) for axis in empty[:_NAMED_AXES])
        more = "; ..." if len(empty) > _NAMED_AXES else ""
        lines.append(f"Axes without data: {len(empty)} ({named}{more})")
    return lines


def _axis_line(word: str, axis: Mapping[str, float]) -> str:
    return f"{word}: {_place(axis)}, *{axis['resolution_A']:.2f} Å*"


def _place(axis: Mapping[str, float]) -> str:
    return f"rot {round(axis['rot_deg'])}°, tilt {round(axis['tilt_deg'])}°"


def _slopes_line(summary: Dict[str, Any]) -> Optional[str]:
    slopes: Dict[str, Optional[float]] = summary["slopes_A_per_A"]
    names = {"radial": "radial", "tangential": "tangential", "adr": "ADR", "monores": "MonoRes"}
    known = [
        f"{word} {slopes[name]:+.3f}"
        for name, word in names.items()
        if slopes.get(name) is not None
    ]
    if not known:
        return None
    first, last = summary["slope_radii_A"]
    return (
        f"*Slopes from the centre outwards* ({first:.0f} to {last:.0f} Å, in Å per Å): "
        + ", ".join(known)
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
