"""Print the most important findings of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

from ...diagnosis.sentences import headlines
from ...files.run_folder.summary import AxisDirection, Summary
from ...files.run_folder.verdict import verdict
from ..output import shown

__all__ = ["print_summary"]

#: Axes without data that are listed; further ones are only counted.
_LISTED_AXES = 4


def print_summary(summary: Summary, output: Path) -> None:
    """Print the verdict, axes, medians and the first findings of the diagnosis.

    Parameters
    ----------
    summary : Summary
        The content of ``summary.json``.
    output : Path
        The folder of the results.
    """
    first = verdict(summary)
    for line in (*first, *_lines_about_axes(summary)):
        # Warnings contain names of files.
        print(shown(line))
    median = summary["median_A"]
    print(
        f"medians over the mask: ADR {median['adr']:.2f} Å, highest {median['highest']:.2f} Å, "
        f"lowest {median['lowest']:.2f} Å, anisotropy {median['anisotropy']:.2f} Å"
    )
    for sentence in headlines(summary):
        if not any(sentence in line for line in first):
            print(sentence)
    print(f"results in {shown(str(output))}")


def _lines_about_axes(summary: Summary) -> Iterator[str]:
    """Yield median, finest and coarsest axis, unresolved pairs and axes without data."""
    axes, finest, coarsest = summary["axes"], summary["best_axis"], summary["worst_axis"]
    if finest is None or coarsest is None:
        yield "median axis: no axis is resolved in half of the mask"
    else:
        yield (
            f"median axis: {axes['median_A']:.2f} Å; ratio of the coarsest to the finest axis: "
            f"{axes['ratio']:.2f}"
        )
        for word, axis in (("finest", finest), ("coarsest", coarsest)):
            yield f"{word} axis: {axis['resolution_A']:.2f} Å, {_angles(axis)}"
        if axes["mostly_unresolved"]:
            yield f"axes along which most voxels are not resolved: {axes['mostly_unresolved']}"
    yield f"not resolved: {100 * summary['unresolved_share']:.1f} % of the voxel-axis pairs"
    empty = summary["axes_without_data"]
    if empty:
        listed = "; ".join(_angles(axis) for axis in empty[:_LISTED_AXES])
        more = "; ..." if len(empty) > _LISTED_AXES else ""
        yield f"axes without data: {len(empty)} ({listed}{more})"


def _angles(axis: AxisDirection) -> str:
    return f"rot {round(axis['rot_deg'])}, tilt {round(axis['tilt_deg'])} degrees"
