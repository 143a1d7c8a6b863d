"""Texts about a run: lines of the protocol's summary, and a methods paragraph for a paper."""

from __future__ import annotations

from typing import List, Optional

from ..diagnosis.sentences import sentences_of
from ..files.run_folder.summary import AxisDirection, AxisSummary, Parameters, Summary
from ..files.run_folder.verdict import verdict

__all__ = ["methods_text", "progress_text", "summary_lines"]

#: Axes without data that are listed; further ones are only counted.
_LISTED_AXES = 4


def summary_lines(summary: Summary) -> List[str]:
    """Return the lines of the protocol's summary.

    Parameters
    ----------
    summary : Summary
        The content of ``summary.json``.
    """
    median = summary["median_A"]
    lines = [*verdict(summary), ""]
    if summary["warnings"]:
        lines += ["*Warnings*", *(_sentence(text) for text in summary["warnings"]), ""]
    lines += [
        "*Axes* (a well-resolved axis has many views perpendicular to it)",
        *_axes_lines(summary),
        "",
        "*Medians over the mask*",
        f"Average directional resolution (ADR): *{median['adr']:.2f} Å*",
        f"Highest {median['highest']:.2f} Å, lowest {median['lowest']:.2f} Å",
        f"Local anisotropy: *{median['anisotropy']:.2f} Å*",
        f"Radial {median['radial']:.2f} Å, tangential {median['tangential']:.2f} Å, "
        f"non-directional (MonoRes) {median['monores']:.2f} Å",
    ]
    slopes = _slopes_line(summary)
    if slopes:
        lines += ["", slopes]
    for title, sentences in sentences_of(summary).items():
        lines += ["", f"*{title}*", *sentences]
    return lines


def progress_text(done: int, total: int, running: bool) -> str:
    """Return the progress of a run that is not finished."""
    if running:
        return f"Direction {done} of {total}"
    return f"Stopped after direction {done} of {total}; *Continue* measures the others"


def methods_text(summary: Summary) -> str:
    """Return a methods paragraph for a paper, with citations as ``[key]``.

    Parameters
    ----------
    summary : Summary
        The content of ``summary.json``.
    """
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
        f"between {frequencies[0]:.2f} and {frequencies[-1]:.2f} Å, as the finest resolution up "
        f"to which {_criterion_clause(used)}. The noise was taken from {noise}."
        f"{_axes_sentence(summary)} The median "
        f"average directional resolution was "
        f"{median['adr']:.2f} Å (highest {median['highest']:.2f} Å, lowest "
        f"{median['lowest']:.2f} Å), the median local anisotropy {median['anisotropy']:.2f} Å. "
        f"The median non-directional local resolution [Vilas2018] was "
        f"{median['monores']:.2f} Å."
    )


def _criterion_clause(used: Parameters) -> str:
    """Return the clause that states the criterion of the resolution."""
    if used["preset"] == "published":
        return (
            f"the local amplitude exceeded the {used['significance']:g} quantile of the noise "
            "amplitudes (published preset)"
        )
    return (
        "the local signal-to-noise ratio, averaged over a window about the voxel, stayed above "
        f"that of half maps with a Fourier shell correlation of {used['criterion']:g}"
    )


def _axes_sentence(summary: Summary) -> str:
    """Return a sentence about the resolution of the axes; empty if none is resolved."""
    axes = summary["axes"]
    if axes["median_A"] is None:
        return ""
    return (
        f" The median axis was resolved to {axes['median_A']:.2f} Å (finest "
        f"{axes['finest_A']:.2f} Å, coarsest {axes['coarsest_A']:.2f} Å)."
    )


def _axes_lines(summary: Summary) -> List[str]:
    """Return lines about median, finest and coarsest axis, unresolved pairs, axes without data."""
    axes, finest, coarsest = summary["axes"], summary["best_axis"], summary["worst_axis"]
    if finest is None or coarsest is None:
        lines = ["No axis is resolved in half of the mask"]
    else:
        lines = [
            f"Median axis: *{axes['median_A']:.2f} Å*; ratio of the coarsest to the finest axis: "
            f"*{axes['ratio']:.2f}*",
            _axis_line("Finest", finest),
            _axis_line("Coarsest", coarsest),
        ]
    share = 100 * summary["unresolved_share"]
    lines.append(f"Not resolved even at the coarse limit: {share:.1f} % of the voxel-axis pairs")
    empty = summary["axes_without_data"]
    if empty:
        listed = "; ".join(_angles(axis) for axis in empty[:_LISTED_AXES])
        more = "; ..." if len(empty) > _LISTED_AXES else ""
        lines.append(f"Axes without data: {len(empty)} ({listed}{more})")
    return lines


def _axis_line(word: str, axis: AxisSummary) -> str:
    return f"{word}: {_angles(axis)}, *{axis['resolution_A']:.2f} Å*"


def _angles(axis: AxisDirection) -> str:
    return f"rot {round(axis['rot_deg'])}°, tilt {round(axis['tilt_deg'])}°"


def _slopes_line(summary: Summary) -> Optional[str]:
    slopes, radii = summary["slopes_A_per_A"], summary["slope_radii_A"]
    names = {"radial": "radial", "tangential": "tangential", "adr": "ADR", "monores": "MonoRes"}
    fitted = [
        f"{word} {slopes[name]:+.3f}"
        for name, word in names.items()
        if slopes.get(name) is not None
    ]
    if not fitted or radii is None:
        return None
    return (
        f"*Slopes against the distance from the centre* ({radii[0]:.0f} to {radii[1]:.0f} Å, in "
        f"Å per Å): {', '.join(fitted)}"
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
