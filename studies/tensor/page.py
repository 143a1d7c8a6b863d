"""The page of the study: every number in it is from its records."""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple

import numpy as np

from studies.harness import (
    Record,
    Setting,
    binomial_interval,
    column,
    filled,
    rst_table,
    some,
)
from studies.tensor.measure import AXES, BOX, FITS, SAMPLING

__all__ = ["BOUND", "largest_error", "page"]

#: Errors of an axis up to this one count as right, degrees.
BOUND = 5.0
#: Share of pairs not resolved that separates phantoms.
_RESOLVED = 0.1
#: Fractional anisotropy below which all axes have the same resolution but for rounding.
_FLAT = 0.01


def page(records: List[Record], _: Setting) -> str:
    """Text of the page, reStructuredText."""
    alike, turned = some(records, alike=True), some(records, alike=False)
    scattered = [r for r in alike if r["chance"] > _FLAT]
    apart = column(turned, "mean_anisotropy") - column(turned, "anisotropy_of_blur")
    noise = column(records, "noise")
    return filled(
        __file__,
        minutes=column(records, "seconds").sum() / 60,
        box=BOX,
        sampling=SAMPLING,
        axes=AXES,
        seeds=len({r["seed"] for r in records}),
        least=noise.min(),
        most=noise.max(),
        bound=BOUND,
        limit=100 * _RESOLVED,
        flat=_FLAT,
        of_mean=_of_mean(turned),
        of_voxels="\n".join(f"* {name}: {_of_voxels(kind)}" for name, kind in _kinds(turned)),
        medians=_medians(records),
        found=_span(column(alike, "anisotropy")),
        over_chance=_span(column(scattered, "anisotropy") / column(scattered, "chance")),
        explained=_span(column(scattered, "explained") / (5 / 9 * column(scattered, "order4"))),
        of_shapes=" and ".join(
            f"{_span(column(some(alike, shape=shape), 'mean_anisotropy'))} ({shape}s)"
            for shape in dict.fromkeys(r["shape"] for r in alike)
        ),
        to_rod=np.median(column(some(alike, shape="rod"), "coarse_to_z_deg")),
        apart_low=apart.min(),
        apart_high=apart.max(),
        fits=_fits(turned),
    )


def largest_error(record: Record) -> float:
    """Of the three axes of the mean tensor, degrees."""
    return max(record[f"mean_{name}_deg"] for name in ("fine", "middle", "coarse"))


def _kinds(records: Sequence[Record]) -> List[Tuple[str, List[Record]]]:
    """Phantoms by the share of pairs that are not resolved."""
    limit = f"{100 * _RESOLVED:.0f} %"
    return [
        (f"less than {limit} unresolved", [r for r in records if r["unresolved"] < _RESOLVED]),
        (f"{limit} and more unresolved", [r for r in records if r["unresolved"] >= _RESOLVED]),
    ]


def _of_mean(turned: Sequence[Record]) -> str:
    lines = []
    for shape in dict.fromkeys(r["shape"] for r in turned):
        for name, kind in _kinds(turned):
            errors = [largest_error(r) for r in some(kind, shape=shape)]
            right = sum(e < BOUND for e in errors)
            low, high = (100 * end for end in binomial_interval(right, len(errors)))
            lines.append(
                f"* {shape}s, {name}: {right} of {len(errors)} ({low:.0f} to {high:.0f} %), "
                f"at most {max(errors):.1f} degrees"
            )
    return "\n".join(lines)


def _of_voxels(records: Sequence[Record]) -> str:
    """Errors of voxels and of local means."""
    voxels, cubes = (column(records, f"cube_{side}_deg") for side in (1, 9))
    return (
        f"{voxels.min():.0f} to {voxels.max():.0f} degrees; of means over a cube of nine voxels "
        f"{np.median(cubes / voxels):.2f} times as much (median)"
    )


def _medians(records: Sequence[Record]) -> str:
    """Medians over shapes and seeds of every blur and noise."""
    columns: Dict[str, Callable[[Record], float]] = {
        "unresolved": lambda r: 100 * r["unresolved"],
        "mean": lambda r: largest_error(r),
        "voxel": lambda r: r["cube_1_deg"],
        "cube of 9": lambda r: r["cube_9_deg"],
        "FA": lambda r: r["anisotropy"],
        "chance": lambda r: r["chance"],
        "FA of mean": lambda r: r["mean_anisotropy"],
        "of blur": lambda r: r["anisotropy_of_blur"],
        "explained": lambda r: 100 * r["explained"],
        "order 4": lambda r: 100 * r["order4"],
    }
    digits = {"unresolved": 0, "explained": 0, "order 4": 0, "mean": 1, "voxel": 1, "cube of 9": 1}
    rows = [["blur", "noise", *columns]]
    for blur in dict.fromkeys(r["blur"] for r in records):
        for noise in sorted({r["noise"] for r in records}):
            mine = some(records, blur=blur, noise=noise)
            row = [blur, f"{noise:g}"]
            for name, value in columns.items():
                no_axes = mine[0]["alike"] and name in ("mean", "voxel", "cube of 9")
                number = np.median([value(r) for r in mine])
                row.append("--" if no_axes else f"{number:.{digits.get(name, 2)}f}")
            rows.append(row)
    return rst_table(rows[0], rows[1:])


def _span(values: np.ndarray) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"


def _fits(turned: Sequence[Record]) -> str:
    """Errors of the axes by quadratic forms that are fitted to several functions of R."""
    rows = []
    for name in (*FITS, None):
        row = [f"least squares, {name}" if name else "gamma likelihood, 1/R²"]
        for _, kind in _kinds(turned):
            if name:
                errors = [column(kind, f"{name}, {what}_deg") for what in ("voxels", "mean")]
            else:
                axes = [column(kind, f"mean_{each}_deg") for each in ("fine", "middle", "coarse")]
                errors = [column(kind, "cube_1_deg"), np.mean(axes, axis=0)]
            row += [f"{np.median(values):.1f}" for values in errors]
        lost = np.mean(column(turned, f"{name}, lost")) if name else 0.0
        rows.append([*row, f"{100 * lost:.1f}"])
    return rst_table(["fit", "voxels", "mean", "voxels*", "mean*", "lost (%)"], rows)
