"""The page of the study: every number in it is from its records."""

from __future__ import annotations

from typing import Dict, List, Tuple

import numpy as np

from monodir_plugin.diagnosis.views.isotropy import DEGREES, LEVEL
from monodir_plugin.numerics.geometry.harmonics import funk_factor
from studies.harness import Record, Setting, binomial_interval, column, filled, rst_table, some
from studies.isotropy.measure import SOURCES

__all__ = ["page"]


def page(records: List[Record], _: Setting) -> str:
    """Text of the page, reStructuredText."""
    return filled(
        __file__,
        size=_size(records),
        scores=_scores(records),
        power=_power(records),
        unknown=_unknown(records),
        damped=_damped(records),
        real=_real(records),
    )


def _share(hits: np.ndarray) -> str:
    """A share in percent with its 95 % interval."""
    low, high = binomial_interval(hits.sum(), len(hits))
    return f"{100 * hits.mean():.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def _size(records: List[Record]) -> str:
    chosen = some(records, study="uniform", images_known=True)
    models = list(dict.fromkeys(r["model"] for r in chosen))
    groups: List[Tuple[str, Dict[str, object]]] = [(model, {"model": model}) for model in models]
    for images in sorted({r["images"] for r in chosen}):
        groups.append((f"{images} images", {"images": images}))
    for noise in sorted({r["noise"] for r in chosen}):
        groups.append((f"noise {noise:g}", {"noise": noise}))
    rows = []
    for name, where in [*groups, ("all", {})]:
        row = [name]
        for source in SOURCES:
            found = some(chosen, source=source, **where)
            row += [
                _share(column(found, "p_value") < LEVEL),
                _share(column(found, "p_degree_2") < LEVEL),
            ]
        rows.append([row[0], str(len(found)), *row[1:]])
    head = ["maps of", "number"]
    head += [f"{source}, {part}" for source in SOURCES for part in ("rejected", "degree 2 alone")]
    return rst_table(head, rows)


def _scores(records: List[Record]) -> str:
    rows = []
    known = some(records, images_known=True)
    views = [("uniform", 0, "uniform, 250 to 1000 images")]
    for study in ("watson", "many"):
        kappas = {(r["named"], r["images"]) for r in known if r["study"] == study}
        views += [
            (study, k, f"{k:g}, {n} images") for k, n in sorted(kappas, key=lambda pair: pair[0])
        ]
    for study, named, label in views:
        for source in SOURCES:
            found = some(known, study=study, named=named, source=source)
            truth = found[0]["true_score"]
            low, high, score = (column(found, name) for name in ("low", "high", "score"))
            rows.append(
                [
                    label,
                    source,
                    f"{truth:.3f}",
                    f"{np.mean(score):.3f}",
                    f"{np.mean(low):.3f} to {np.mean(high):.3f}",
                    _share((low <= truth) & (truth <= high)),
                ]
            )
    return rst_table(
        [
            "concentration of views",
            "noise from",
            "truth",
            "mean score",
            "mean interval",
            "interval holds truth",
        ],
        rows,
    )


def _power(records: List[Record]) -> str:
    rows = []
    known = some(records, images_known=True)
    for study, label in (("cone", "missing cone, {} degrees"), ("watson", "Watson, {}")):
        for named in sorted({r["named"] for r in known if r["study"] == study}):
            row = [label.format(f"{named:g}")]
            for source in SOURCES:
                found = some(known, study=study, named=named, source=source)
                row += [
                    _share(column(found, "p_value") < LEVEL),
                    _share(column(found, "p_degree_2") < LEVEL),
                    f"{np.mean(column(found, 'score')):.2f}",
                ]
            rows.append([row[0], str(len(found)), *row[1:]])
    head = ["views", "maps"]
    head += [
        f"{source}, {what}"
        for source in SOURCES
        for what in ("rejected", "degree 2 alone", "mean score")
    ]
    return rst_table(head, rows)


def _unknown(records: List[Record]) -> str:
    by_chance = sum((2 * degree + 1) * funk_factor(degree) ** 2 for degree in DEGREES)
    rows = []
    chosen = some(records, study="uniform", images_known=False)
    for images in sorted({r["images"] for r in chosen}):
        row = [f"{images}"]
        for source in SOURCES:
            found = some(chosen, images=images, source=source)
            alike = by_chance / np.mean(column(found, "score") ** 2)
            row += [_share(column(found, "p_value") < LEVEL), f"{alike:.0f}"]
        rows.append(row)
    head = ["images"]
    head += [f"{source}, {what}" for source in SOURCES for what in ("rejected", "as uneven")]
    return rst_table(head, rows)


def _damped(records: List[Record]) -> str:
    chosen = some(records, study="damped")
    rows = []
    for ratio in sorted({r["ratio"] for r in chosen}, reverse=True):
        found = some(chosen, ratio=ratio)
        rows.append(
            [
                f"{ratio:g}",
                _share(column(found, "p_value") < LEVEL),
                f"{np.mean(column(found, 'score')):.2f}",
                f"{np.median(column(found, 'tilt')):.0f}",
            ]
        )
    return rst_table(["ratio", "rejected", "mean score", "median tilt of the noisiest axis"], rows)


def _real(records: List[Record]) -> str:
    rows = [
        [
            r["model"],
            f"{r['finest']:g}",
            f"{r['score']:.3f}",
            f"{r['low']:.3f} to {r['high']:.3f}",
            f"rot {r['rot']:.0f}, tilt {r['tilt']:.0f}",
            f"{r['power']:.1f}",
        ]
        for r in some(records, study="real")
    ]
    head = [
        "map",
        "finest (cycles per voxel)",
        "score",
        "90 % interval",
        "noisiest axis",
        "its power",
    ]
    return rst_table(head, rows)
