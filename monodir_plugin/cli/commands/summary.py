"""Print the most important findings of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

from ...diagnosis.sentences import headlines
from ...files.run_folder.summary import AxisDirection, Summary
from ...files.run_folder.verdict import at_the_finest, verdict
from ..output import shown

__all__ = ["print_summary"]

#: Axes without data that are listed; further ones are only counted.
_LISTED_AXES = 4
#: The lowest resolution is at the coarse limit from this share of it on.
_AT_THE_LIMIT = 0.995


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
    print(_medians(summary))
    for sentence in headlines(summary):
        if not any(sentence in line for line in first):
            print(sentence)
    print(f"results in {shown(str(output))}")


def _medians(summary: Summary) -> str:
    """Medians over the mask; a lowest resolution at the coarse limit is "not resolved"."""
    median = summary["median_A"]
    limit = max(summary["found"]["frequencies_A"])
    lowest, adr = f"{median['lowest']:.2f} Å", f"ADR {median['adr']:.2f} Å"
    if median["lowest"] >= _AT_THE_LIMIT * limit:
        lowest = "not resolved"
        adr += f" (the mean of highest and the coarse limit, {limit:.2f} Å)"
    return (
        f"medians over the mask: {adr}, highest {median['highest']:.2f} Å, lowest {lowest}, "
        f"anisotropy {median['anisotropy']:.2f} Å"
    )


def _lines_about_axes(summary: Summary) -> Iterator[str]:
    """Yield median, finest and coarsest axis, unresolved pairs and axes without data."""
    axes, finest, coarsest = summary["axes"], summary["best_axis"], summary["worst_axis"]
    if finest is None or coarsest is None:
        yield "median axis: no axis is resolved in half of the mask"
    elif at_the_finest(summary, coarsest["resolution_A"]):
        yield f"all resolved axes: {axes['median_A']:.2f} Å or finer; use smaller voxels"
    else:
        yield (
            f"median axis: {axes['median_A']:.2f} Å; ratio of the coarsest to the finest axis: "
            f"{axes['ratio']:.2f}"
        )
        for word, axis in (("finest", finest), ("coarsest", coarsest)):
            yield f"{word} axis: {axis['resolution_A']:.2f} Å, {_angles(axis)}"
    if finest is not None and axes["mostly_unresolved"]:
        yield f"axes along which most voxels are not resolved: {axes['mostly_unresolved']}"
    yield f"not resolved: {100 * summary['unresolved_share']:.1f} % of the voxel-axis pairs"
    empty = summary["axes_without_data"]
    if empty:
        listed = "; ".join(_angles(axis) for axis in empty[:_LISTED_AXES])
        more = "; ..." if len(empty) > _LISTED_AXES else ""
        yield f"axes without data: {len(empty)} ({listed}{more})"


def _angles(axis: AxisDirection) -> str:
    return f"rot {round(axis['rot_deg'])}, tilt {round(axis['tilt_deg'])} degrees"
