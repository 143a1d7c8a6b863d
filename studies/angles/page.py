"""The page of the study: every number in it is from its records."""

from __future__ import annotations

from typing import Callable, List, Sequence, Tuple

import numpy as np

from monodir_plugin.diagnosis.angles.angular_error import COMMON, RELATIVE
from studies.angles.calibration import constants_of, estimated
from studies.angles.cases import MODELS
from studies.angles.measure import NOISES
from studies.harness import Record, Setting, binomial_interval, column, filled, rst_table

__all__ = ["page"]


def page(records: List[Record], _: Setting) -> str:
    """Text of the page, reStructuredText."""
    fitted = constants_of(records)
    test = [r for r in records if r["half"] == "test"]
    none = estimated(test, noise_from="half maps", sigma=0.0)
    limit = column(none, "found_high")
    shift = column(none, "found_reach") * np.sin(np.deg2rad(limit))
    return filled(
        __file__,
        common=COMMON,
        relative=100 * RELATIVE,
        fitted_common=fitted[0],
        fitted_relative=100 * fitted[1],
        training=(len(records) - len(test)) // len(NOISES),
        test=len(test) // len(NOISES),
        training_models=_names("training"),
        test_models=_names("test"),
        coverage=_coverage(test),
        training_covered=[
            _covered(estimated(records, half="training", noise_from=n)) for n in NOISES
        ],
        refused=[sum("reason" in r for r in test if r["noise_from"] == n) for n in NOISES],
        bias=_bias(test),
        limit_low=limit.min(),
        limit_high=limit.max(),
        limit_median=np.median(limit),
        blur=np.quantile(shift / column(none, "found_finest"), (0.1, 0.5, 0.9)),
    )


def _names(half: str) -> str:
    return ", ".join(name.split(".")[0] for name in MODELS[half])


def _coverage(test: Sequence[Record]) -> str:
    groups: List[Tuple[str, Callable[[Record], bool]]] = [
        ("all", lambda r: True),
        ("no angular error", lambda r: r["sigma"] == 0),
        ("0.5 and 1 degree", lambda r: r["sigma"] in (0.5, 1.0)),
        ("1.5 and 2 degrees", lambda r: r["sigma"] in (1.5, 2.0)),
        ("3 and 4 degrees", lambda r: r["sigma"] in (3.0, 4.0)),
        ("1.5 degrees and more", lambda r: r["sigma"] >= 1.5),
        ("procedural", lambda r: "." not in r["particle"]),
        ("pieces of models", lambda r: r["particle"].startswith("piece")),
        ("whole models", lambda r: r["particle"].startswith("whole")),
        ("elongated or flat", lambda r: r["particle"] in ("elongated", "flat")),
        ("errors of shift", lambda r: r["shift"] > 0),
        ("preferred views", lambda r: r["views"] == "preferred"),
        ("missing cone", lambda r: r["views"] == "missing cone"),
        ("noise below 1", lambda r: r["noise"] < 1),
        ("noise of 1 and more", lambda r: r["noise"] >= 1),
        ("boxes of 48", lambda r: r["size"] == 48),
        ("boxes of 64", lambda r: r["size"] == 64),
        ("boxes of 80", lambda r: r["size"] == 80),
    ]
    rows = []
    for name, chosen in groups:
        row = [name]
        for noise in NOISES:
            some = [r for r in estimated(test, noise_from=noise) if chosen(r)]
            row += [str(len(some)), _covered(some)]
        rows.append(row)
    return rst_table(["test maps", "solvent", "covered (%)", "half maps", "covered (%)"], rows)


def _bias(test: Sequence[Record]) -> str:
    rows = []
    for sigma in sorted({r["sigma"] for r in test}):
        row = [f"{sigma:g}"]
        for noise in NOISES:
            some = estimated(test, noise_from=noise, sigma=sigma)
            if not some:
                row += ["-"] * 5
                continue
            squared, error = column(some, "found_squared"), column(some, "found_squared_error")
            row += [
                str(len(some)),
                f"{np.median(column(some, 'found_sigma')):.2f}",
                f"{np.mean((squared - sigma**2) / error):+.2f}",
                f"{100 * np.mean(column(some, 'found_low') > 0):.0f}",
                f"{np.median(column(some, 'found_high')):.2f}",
            ]
        rows.append(row)
    more = ("median", "bias", "detected (%)", "high")
    return rst_table(["sigma", "solvent: maps", *more, "half maps: maps", *more], rows)


def _covered(records: Sequence[Record]) -> str:
    """Share of the intervals that hold the true error, percent, with its 95 % interval."""
    if not records:
        return "-"
    hits = int(column(records, "covered").sum())
    low, high = binomial_interval(hits, len(records))
    return f"{100 * hits / len(records):.0f} ({100 * low:.0f} to {100 * high:.0f})"
