"""Texts about a run: lines of the protocol's summary, and a methods paragraph for a paper."""

from __future__ import annotations

from pathlib import Path
from typing import List

from ..files.run_folder.summary import AxisDirection, AxisSummary, Parameters, Summary
from ..files.run_folder.verdict import further_warnings, verdict

__all__ = ["methods_text", "progress_text", "summary_lines"]


def summary_lines(summary: Summary, file: str) -> List[str]:
    """Return the lines of the protocol's summary: as many as its box in the project window shows.

    Parameters
    ----------
    summary : Summary
        The content of ``summary.json``.
    file : str
        Its path, as a link.

    Returns
    -------
    list of str
        Nine lines at most: the verdict, one further warning, numbers, and where the rest is.
    """
    median, warnings = summary["median_A"], further_warnings(summary)
    # Scipion's working folder is that of the project; full paths of its files are long.
    here = f"{Path.cwd()}/"
    lines = verdict(summary)
    if warnings:
        more = f" (and {len(warnings) - 1} more)" if len(warnings) > 1 else ""
        lines.append(f"*Warning*: {_sentence(warnings[0])}{more}")
    lines = [line.replace(here, "") for line in lines]
    share = 100 * summary["unresolved_share"]
    empty = len(summary["axes_without_data"])
    without = f"; {empty} axes are without data" if empty else ""
    return [
        *lines,
        f"Medians over the mask: ADR *{median['adr']:.2f} Å*, highest {median['highest']:.2f}, "
        f"lowest {median['lowest']:.2f}, anisotropy *{median['anisotropy']:.2f} Å*",
        f"Radial {median['radial']:.2f}, tangential {median['tangential']:.2f}, "
        f"non-directional (MonoRes) {median['monores']:.2f} Å",
        _extreme_axes(summary),
        f"Not resolved even at the coarse limit: {share:.1f} % of the voxel-axis pairs{without}",
        f"More: *Analyze Results* (figures, report with the diagnosis); numbers in "
        f"[[{file}][summary.json]]",
    ]


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
        "half of the difference of the half maps, its strength from inside the mask"
        if used["noise_from_half_maps"]
        else "the solvent around the particle"
    )
    excluded = summary["found"].get("excluded_voxels")
    if excluded:
        noise += f", without {excluded} voxels that hold other structure and are not measured"
    return (
        f"Local-directional resolution was measured with {summary['program']} [Vilas2020] in "
        f"{summary['mask_voxels']} voxels of a map of {size} x {size} x {size} voxels of "
        f"{summary['inputs'][0]['sampling_A']:g} Å, along {used['directions']} axes with a cone of "
        f"{used['cone']:g} degrees: the finest resolution between {frequencies[0]:.2f} and "
        f"{frequencies[-1]:.2f} Å up to which {_criterion_clause(used)}. The noise was taken from "
        f"{noise}.{_axes_sentence(summary)} The median average directional resolution was "
        f"{median['adr']:.2f} Å, the median local anisotropy {median['anisotropy']:.2f} Å, and the "
        f"median non-directional local resolution [Vilas2018] {median['monores']:.2f} Å."
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


def _extreme_axes(summary: Summary) -> str:
    """Return a line about the finest and the coarsest axis."""
    axes, finest, coarsest = summary["axes"], summary["best_axis"], summary["worst_axis"]
    if finest is None or coarsest is None:
        return "No axis is resolved in half of the mask"
    return (
        f"{_axis_line('Finest axis', finest)}; {_axis_line('coarsest', coarsest)}; "
        f"ratio *{axes['ratio']:.2f}*"
    )


def _axis_line(word: str, axis: AxisSummary) -> str:
    return f"{word} {_angles(axis)}: *{axis['resolution_A']:.2f} Å*"


def _angles(axis: AxisDirection) -> str:
    return f"rot {round(axis['rot_deg'])}°, tilt {round(axis['tilt_deg'])}°"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
