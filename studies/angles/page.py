"""The page of the study: every number in it is from its records."""

from __future__ import annotations

from typing import Callable, List, Sequence, Tuple

import numpy as np

from monodir_plugin.diagnosis.angles.angular_damping import Damping
from monodir_plugin.diagnosis.angles.angular_error import COMMON, MOST_HOLLOW, RELATIVE, interval_of
from studies.angles.calibration import constants_of, estimated
from studies.angles.cases import BLURS, FURTHER, IMAGES, MODELS
from studies.angles.measure import NOISES
from studies.harness import Record, Setting, binomial_interval, column, filled, rst_table, some

__all__ = ["page"]


def page(records: List[Record], _: Setting) -> str:
    """Text of the page, reStructuredText."""
    test, further = (some(records, half=half) for half in ("test", "further"))
    unseen = test + further
    none = [r for r in estimated(unseen, noise_from="half maps", sigma=0.0) if "found_high" in r]
    limit = column(none, "found_high")
    shift = column(none, "found_reach") * np.sin(np.deg2rad(limit))
    low = [
        _too_low([r for r in estimated(records, noise_from=noise) if r["sigma"] >= 2 and chosen(r)])
        for chosen in (_any, _wrong_shifts)
        for noise in ("solvent", "half maps")
    ]
    return filled(
        __file__,
        common=COMMON,
        relative=100 * RELATIVE,
        fitted=_fitted(records),
        left_out=_left_out(records),
        larger=_with_the_larger(records, unseen),
        training=len(some(records, half="training")) // len(NOISES),
        test=len(test) // len(NOISES),
        further=len(further) // len(NOISES),
        further_models=_further_names(further),
        large=sum(r["size"] > 64 for r in further) // len(NOISES),
        training_models=_names("training"),
        test_models=_names("test"),
        by_error=_by_error(unseen),
        by_half=_by_half(records),
        by_kind=_by_kind(unseen),
        training_covered=[
            _covered(estimated(records, half="training", noise_from=n)) for n in NOISES
        ],
        refused=[sum("fit_squared" not in r for r in some(unseen, noise_from=n)) for n in NOISES],
        too_low=low,
        most_hollow=100 * MOST_HOLLOW,
        hollow=_of_hollow(unseen),
        hollow_models=[
            f"{100 * _hollow_of(records, half).max():.0f}" for half in ("training", "test")
        ],
        limit_low=limit.min(),
        limit_high=limit.max(),
        limit_median=np.median(limit),
        blur=np.quantile(shift / column(none, "found_finest"), (0.1, 0.5, 0.9)),
    )


def _fitted(records: Sequence[Record]) -> str:
    """The constants that the training maps give, by kind of particle."""
    rows = []
    natural = ("whole models and groups of chains", _natural)
    for name, chosen in (("all", _any), natural, *reversed(_KINDS)):
        kind = [r for r in records if chosen(r)]
        count = len(estimated(kind, half="training", noise_from="half maps"))
        if count == 0:
            continue
        shared, relative = constants_of(kind)
        rows.append([name, str(count), f"{shared:.3f}", f"{100 * relative:.0f}"])
    return rst_table(["training maps", "maps", "common", "relative (%)"], rows)


def _natural(record: Record) -> bool:
    """Whether a map is of a whole model or a group of chains: both have surfaces of proteins."""
    return _whole(record) or _chains(record)


def _hollow_of(records: Sequence[Record], half: str) -> np.ndarray:
    fits = [r for r in some(records, half=half) if "fit_hollow" in r and _natural(r)]
    return column(fits, "fit_hollow")


def _left_out(records: Sequence[Record]) -> str:
    """Intervals of one training model with the constants that the other one gives."""
    given = estimated(records, half="training", noise_from="half maps")
    natural = [r for r in given if _natural(r)]
    rows = []
    for name in MODELS["training"]:
        own = [r for r in natural if name in str(r["particle"])]
        others = [r for r in natural if r not in own]
        if not own or not others:
            continue
        shared, relative = constants_of(others)
        held = [{"covered": int(_held(r, shared, relative))} for r in own]
        row = [_short(name), str(len(own)), f"{shared:.3f}", f"{100 * relative:.0f}"]
        rows.append([*row, _covered(held)])
    head = ["model left out", "maps", "common", "relative (%)", "interval holds (%)"]
    return rst_table(head, rows) if rows else ""


def _with_the_larger(records: Sequence[Record], unseen: Sequence[Record]) -> str:
    """What intervals at 2 degrees and more would hold with the larger constant of each kind."""
    kinds = [[r for r in records if chosen(r)] for chosen in (_whole, _chains)]
    if not all(estimated(kind, half="training", noise_from="half maps") for kind in kinds):
        return "-"
    larger = np.max([constants_of(kind) for kind in kinds], axis=0)
    wrong = [r for r in estimated(unseen, noise_from="half maps") if r["sigma"] >= 2]
    return _covered([{"covered": int(_held(r, *larger))} for r in wrong])


def _of_hollow(test: Sequence[Record]) -> str:
    """What the interval would hold for the particles that are too hollow to have one."""
    fits = [r for r in some(test, noise_from="half maps") if "fit_hollow" in r]
    rows = []
    for name, chosen in (("all", _any), *_KINDS):
        row = [name]
        for inside in (False, True):
            kind = [r for r in fits if chosen(r) and (r["fit_hollow"] > MOST_HOLLOW) == inside]
            held = [{"covered": int(_held(r))} for r in kind]
            row += [str(len(kind)), _covered(held)]
        rows.append(row)
    head = ["test maps, half maps", "not hollow", "interval holds (%)", "hollow", "would hold (%)"]
    return rst_table(head, rows)


def _interval(r: Record, shared: float = COMMON, relative: float = RELATIVE) -> Tuple[float, float]:
    known = {name: r[f"fit_{name}"] for name in ("squared", "error", "common", "freedom")}
    # The rest of a fit does not enter into the interval.
    fit = Damping(**known, scatter=1.0, bins=0, reach=0.0, lowest=0.0, highest=0.0)
    return interval_of(fit, shared, relative)


def _held(r: Record, shared: float = COMMON, relative: float = RELATIVE) -> bool:
    low, high = _interval(r, shared, relative)
    return low <= np.deg2rad(r["sigma"]) ** 2 <= high


def _too_low(records: Sequence[Record]) -> str:
    """In how many maps the true error lies above an interval with an upper end, as text."""
    above = sum(_interval(r)[1] < np.deg2rad(r["sigma"]) ** 2 for r in records)
    return f"{above} of {len(records)}"


def _wrong_shifts(record: Record) -> bool:
    """Whether images have errors of shift and little noise: wrong signal outweighs the noise."""
    return record["shift"] > 0 and record["noise"] < 0.6


def _any(_: Record) -> bool:
    return True


def _whole(record: Record) -> bool:
    return str(record["particle"]).startswith("whole")


def _chains(record: Record) -> bool:
    return str(record["particle"]).startswith("chains")


def _pieces(record: Record) -> bool:
    return str(record["particle"]).startswith("piece")


def _procedural(record: Record) -> bool:
    return "." not in str(record["particle"])


#: Kinds of particles by name, and which records are of each.
_KINDS: Tuple[Tuple[str, Callable[[Record], bool]], ...] = (
    ("procedural", _procedural),
    ("pieces of models", _pieces),
    ("groups of chains", _chains),
    ("whole models", _whole),
)


def _names(half: str) -> str:
    return ", ".join(name.split(".")[0] for name in MODELS[half])


def _further_names(records: Sequence[Record]) -> str:
    """The further models of the table."""
    there = {str(r["particle"]).split(" ")[-1] for r in records}
    names = [name.split(".")[0] for name in FURTHER if name in there]
    return ", ".join(names) if names else "none"


def _short(model: str) -> str:
    return model.split("_")[1].split(".")[0]


def _by_half(records: Sequence[Record]) -> str:
    """Shares of intervals and bounds that hold the truth: test, further maps, large boxes."""
    rows = []
    for name, chosen in (
        ("test", lambda r: r["half"] == "test"),
        ("further", lambda r: r["half"] == "further"),
        ("further, boxes of 96 voxels", lambda r: r["half"] == "further" and r["size"] > 64),
    ):
        kind = [r for r in records if chosen(r)]
        halves, single = (estimated(kind, noise_from=n) for n in ("half maps", "solvent"))
        wrong = [r for r in halves if r["sigma"] >= 2]
        row = [name, str(len(halves)), _covered(halves), str(len(wrong)), _covered(wrong)]
        rows.append([*row, str(len(single)), _covered(single)])
    head = ["maps", "half maps", "interval holds (%)", "2 to 4 degrees", "interval holds (%)"]
    return rst_table([*head, "single maps", "bound holds (%)"], rows)


def _by_error(test: Sequence[Record]) -> str:
    rows = []
    for sigma in sorted({r["sigma"] for r in test}):
        row = [f"{sigma:g}"]
        halves, single = (
            estimated(test, noise_from=noise, sigma=sigma) for noise in ("half maps", "solvent")
        )
        for known in (halves, single):
            if not known:
                row += ["-"] * 5
                continue
            row += [
                str(len(known)),
                _covered(known),
                f"{np.median(column(known, 'found_sigma')):.2f}",
                f"{100 * np.mean(column(known, 'found_low') > 0):.0f}",
            ]
            if known is halves:
                high = column(known, "found_high")
                # An interval without an upper end is wider than all others.
                row.append(f"{np.median(np.where(np.isnan(high), np.inf, high)):.2f}")
            else:
                row.append(f"{np.median(column(known, 'found_low')):.2f}")
        rows.append(row)
    head = ["sigma", "half maps", "interval holds (%)", "median", "detected (%)", "upper end"]
    head += ["single maps", "bound holds (%)", "median", "detected (%)", "bound"]
    return rst_table(head, rows)


def _by_kind(test: Sequence[Record]) -> str:
    there = [name for name in FURTHER if any(name in str(r["particle"]) for r in test)]
    groups: List[Tuple[str, Callable[[Record], bool]]] = [
        ("all", _any),
        ("0 to 1 degree", lambda r: r["sigma"] <= 1),
        ("2 to 4 degrees", lambda r: r["sigma"] >= 2),
        *_KINDS,
        *((_short(name), _of_model(name)) for name in (*MODELS["test"], *there)),
        *((f"B-factor: {name}", lambda r, name=name: r["b_factor"] == name) for name in BLURS),
        ("errors of shift", lambda r: r["shift"] > 0),
        ("preferred views", lambda r: r["views"] == "preferred"),
        ("missing cone", lambda r: r["views"] == "missing cone"),
        ("noise below 0.6", lambda r: r["noise"] < 0.6),
        ("noise of 0.6 and more", lambda r: r["noise"] >= 0.6),
        *((f"{count} images", lambda r, count=count: r["images"] == count) for count in IMAGES),
    ]
    rows = []
    for name, chosen in groups:
        row = [name]
        for noise in ("half maps", "solvent"):
            kind = [r for r in estimated(test, noise_from=noise) if chosen(r)]
            row += [str(len(kind)), _covered(kind)]
        rows.append(row)
    head = ["test maps", "half maps", "interval holds (%)", "single maps", "bound holds (%)"]
    return rst_table(head, rows)


def _of_model(name: str) -> Callable[[Record], bool]:
    return lambda r: name in str(r["particle"])


def _covered(records: Sequence[Record]) -> str:
    """Share of the intervals that hold the true error, percent, with its 95 % interval."""
    if not records:
        return "-"
    hits = int(column(records, "covered").sum())
    low, high = binomial_interval(hits, len(records))
    return f"{100 * hits / len(records):.0f} ({100 * low:.0f} to {100 * high:.0f})"
