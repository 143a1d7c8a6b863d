"""Measure views, tilts and isotropy of strong preferences and of symmetric particles."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np
from scipy.stats import spearmanr

from monodir_plugin.diagnosis.symmetry_search import found_symmetry
from monodir_plugin.diagnosis.views.directional_noise_power import half_difference
from monodir_plugin.diagnosis.views.few_views import upper_limit
from monodir_plugin.diagnosis.views.isotropy import isotropy
from monodir_plugin.diagnosis.views.missing_views import BADLY, MissingViews, missing_views
from monodir_plugin.numerics.geometry.axes import AxisSet
from monodir_plugin.numerics.geometry.grid import distance_map
from monodir_plugin.numerics.geometry.mask import make_mask
from monodir_plugin.numerics.geometry.symmetry import rotations_of
from monodir_plugin.numerics.solvent.region import off_the_particle
from monodir_plugin.simulation import Views, blob_particle, coverage_of_views, views_of
from monodir_plugin.simulation.models import density_of_model
from studies.harness import Record, Setting, Study, binomial_interval, filled, rst_table, some
from studies.strong_preference.symmetric import symmetric_halves, symmetrised
from studies.views.measure import rod

SIZE, SAMPLING = 56, 4.5
AXES = AxisSet.icosahedral(81)
ATOMIC = {"proteasome": "3j9i_proteasome.pdb", "HA trimer": "4o5n_ha_trimer.pdb"}
#: Concentration of the views about the preferred direction.
CONCENTRATION = 20.0
SHARES = (0.7, 0.8, 0.9)
OTHERS: Dict[str, Views] = {
    "even": Views(),
    "k = 2": Views(2.0),
    "k = 5": Views(5.0),
    "k = -4": Views(-4.0),
    "tilts 0-50": Views(tilts=(0.0, 50.0)),
}
GROUPS = ("C1", "C2", "C4", "D2", "D4")
#: Groups of noise alone, too.
MANY_COPIES = ("C7", "D7", "T", "O")
OBLIQUE = (1.0, 0.4, 1.0)
_MANY_VIEWS = 20_000
#: Box of maps of noise alone, whose quarter turns are exact.
ODD = 41
#: Frequency in cycles per voxel up to which their noise is tested: beyond it, the interpolation of
#: rotations that do not take voxels to voxels damps it, but not along the axis of the rotation.
FINEST = 0.3
_LEVEL = 0.05
#: Shells next to Nyquist that do not count.
_RIM = 2
#: Isotropic maps of each symmetry; twice as many of noise alone.
MAPS = 20


class Case(NamedTuple):
    """One simulated map."""

    study: str
    model: str
    group: str
    named: str
    views: Views
    images: int
    noise: float


def cases(models: List[str]) -> Iterator[Case]:
    """All maps but those of the test of isotropy."""
    rng = np.random.default_rng(3)
    for share in SHARES:
        for model in models:
            for axis in ((0.0, 0.0, 1.0), tuple(rng.normal(size=3))):
                views = Views(CONCENTRATION, axis=axis, even=round(1 - share, 2))
                yield Case("strong", model, "C1", f"{share:.0%}", views, *_imaging(rng))
    for group in GROUPS[1:]:
        for share in SHARES[::2]:
            views = Views(CONCENTRATION, axis=OBLIQUE, even=round(1 - share, 2))
            yield Case("symmetric", "compact", group, f"{share:.0%}", views, *_imaging(rng))
    for named, views in OTHERS.items():
        for model in models[:2]:
            yield Case("others", model, "C1", named, views, *_imaging(rng))


def _imaging(rng: np.random.Generator) -> Tuple[int, float]:
    return int(rng.choice([500, 1000, 2500])), float(rng.choice([0.5, 1.0, 2.0]))


@lru_cache(maxsize=None)
def particle(model: str, group: str, folder: Path) -> Tuple[np.ndarray, np.ndarray]:
    """Density and mask of a model by name, with a symmetry."""
    if model == "elongated":
        return rod(SIZE)
    if model in ATOMIC:
        density = density_of_model(folder / ATOMIC[model], SIZE, SAMPLING, 200.0)
        return density, make_mask(density, SAMPLING).values >= 0.5
    density, mask = blob_particle(SIZE, 11)
    if group != "C1":
        density = symmetrised(density, group)
        mask = symmetrised(mask.astype(np.float32), group) > 0.25
    return density, mask


def records(folder: Path) -> Iterator[Dict[str, Any]]:
    """Records of the views that are found, from half maps and from solvent."""
    models = ["compact", "elongated", *(m for m, f in ATOMIC.items() if (folder / f).is_file())]
    for seed, case in enumerate(cases(models), 500):
        density, mask = particle(case.model, case.group, folder)
        halves, orientations = symmetric_halves(
            density, case.group, case.views, case.images, case.noise, seed
        )
        volume = (halves[0] + halves[1]) / 2
        for source, given in (("half maps", (halves[0], halves[1])), ("solvent", None)):
            found = missing_views(volume, mask, SAMPLING, AXES, given, symmetry=case.group)
            yield {
                **{name: getattr(case, name) for name in Case._fields if name != "views"},
                "source": source,
                **_compared(found, case, views_of(orientations)),
            }


def _compared(found: MissingViews, case: Case, seen: np.ndarray) -> Dict[str, Any]:
    true = _coverage(seen, case.group)
    out: Dict[str, Any] = {"kind": found.kind, "empty": int(found.empty.sum())}
    out["true_worst"] = float(true.min())
    if found.views is None:
        return out
    tilt, promised = found.stage_tilt()
    tilted = replace(case.views, stage_tilt=tilt).draw(_MANY_VIEWS, np.random.default_rng(0))
    low, high = found.record()["worst_coverage_then_interval"]
    return {
        **out,
        "rank": float(spearmanr(found.coverage, true)[0]),
        "rms": float(np.sqrt(np.mean((found.coverage - true) ** 2))),
        "worst": float(found.coverage.min()),
        "tilt": tilt,
        "promised": promised,
        "low": low,
        "high": high,
        "reached": float(_coverage(views_of(tilted), case.group).min()),
    }


def _coverage(views: np.ndarray, group: str) -> np.ndarray:
    """True coverage of the axes by views and their symmetric copies; 1 is the mean."""
    copies = np.concatenate([turn.apply(views) for turn in rotations_of(group)])
    covered = coverage_of_views(copies, AXES.vectors)
    return covered / covered.mean()


def isotropic(maps: int, folder: Path) -> Iterator[Dict[str, Any]]:
    """The test of isotropy on maps of even views, with their symmetry and as without one."""
    for group in GROUPS:
        density, mask = particle("compact", group, folder)
        for seed in range(maps):
            images, noise = (250, 500)[seed % 2], (0.5, 2.0)[seed // 2 % 2]
            halves, _ = symmetric_halves(density, group, Views(), images, noise, 1000 + seed)
            volume = (halves[0] + halves[1]) / 2
            regions = {
                "half maps": (half_difference(*halves), distance_map(SIZE) < SIZE / 2),
                "solvent": (volume, off_the_particle(volume, mask, None).region),
            }
            for source, (grains, region) in regions.items():
                for named in sorted({"C1", group}):
                    found = isotropy(grains, region, images, rotations_of(named))
                    yield {
                        "study": "isotropic",
                        "model": "compact",
                        "group": group,
                        "named": named,
                        "images": images,
                        "noise": noise,
                        "source": source,
                        "p_value": found.p_value,
                    }


def noise_alone(maps: int) -> Iterator[Dict[str, Any]]:
    """The test of isotropy on white noise that was averaged over a group: very many even views.

    With the symmetry named, and with the one that is found.
    """
    region = distance_map(ODD) < ODD / 2
    for group in GROUPS + MANY_COPIES:
        for seed in range(maps):
            grains = np.random.default_rng(seed).normal(size=(ODD,) * 3)
            grains = symmetrised(grains, group)
            searched = found_symmetry(grains, region, grains, region).name
            p_values = {
                name: isotropy(grains, region, None, rotations_of(name), FINEST).p_value
                for name in {group, searched}
            }
            yield {
                "study": "noise alone",
                "model": "noise alone",
                "group": group,
                "source": "noise alone",
                "p_value": p_values[group],
                "searched": searched,
                "p_searched": p_values[searched],
            }


def rate(hits: Sequence[bool]) -> str:
    """A count of hits, and the 95 % interval of their share."""
    if not hits:
        return "none"
    low, high = binomial_interval(sum(hits), len(hits))
    return f"{sum(hits)} of {len(hits)} ({100 * low:.0f} to {100 * high:.0f} %)"


def _number(
    of: Callable[[Sequence[float]], Any], values: Sequence[float], form: str = ".2f"
) -> str:
    """A number that describes values; a quick run may have none."""
    return format(of(values), form) if len(values) else "none"


def _range(values: Sequence[float], form: str = ".2f") -> str:
    return f"{min(values):{form}} to {max(values):{form}}" if len(values) else "none"


def summary(found: List[Dict[str, Any]]) -> Dict[str, Dict[str, str]]:
    """Rates by study: of answers that are wrong, and of predictions that hold."""
    rows: Dict[str, Dict[str, str]] = {}
    for study in ("strong", "symmetric", "others"):
        of_study = [r for r in found if r["study"] == study]
        known = [r for r in of_study if "rank" in r]
        needed = [r for r in of_study if r["true_worst"] < BADLY]
        advised = [r for r in known if r["tilt"] > 0]
        preferred = known if study != "others" else [r for r in known if r["named"][-1] != "4"]
        preferred = [r for r in preferred if r["named"] != "even"]
        off = [r["promised"] - r["reached"] for r in advised]
        rows[study] = {
            "no answer": rate([r["kind"] == "unknown" for r in of_study]),
            "preferred views called avoided": rate([r["kind"] == "avoided" for r in preferred]),
            "rank correlation below 0": rate(
                [r["rank"] < 0 for r in known if r["named"] != "even"]
            ),
            "median rank correlation": _number(np.median, [r["rank"] for r in known]),
            "tilt needed, none advised": rate([r.get("tilt", 0) == 0 for r in needed]),
            "predicted minus true": f"{_number(np.mean, off, '+.2f')} ({_range(off, '+.2f')})",
            "interval holds the truth": rate(
                [r["low"] <= r["reached"] <= r["high"] for r in advised]
            ),
            "truth below the interval": rate([r["reached"] < r["low"] for r in advised]),
        }
    return rows


def _limits(found: List[Record]) -> str:
    """Found over true worst coverage, where the program gives an upper limit and where not."""
    rows = []
    for source in ("half maps", "solvent"):
        of_source = some([r for r in found if "worst" in r], source=source)
        known = [r for r in of_source if 0.01 <= r["worst"] < BADLY]
        for name, said in (("at most", True), ("a value", False)):
            ratio = [r["worst"] / r["true_worst"] for r in known if _is_limit(r) == said]
            rows.append(
                [
                    source,
                    name,
                    _number(np.median, ratio),
                    _range(ratio),
                    rate([value > 1 for value in ratio]),
                ]
            )
    return rst_table(["noise from", "given as", "median", "range", "above the truth"], rows)


def _is_limit(r: Record) -> bool:
    copies, last = len(rotations_of(r["group"])), SIZE // 2 - _RIM
    single_map = r["source"] == "solvent"
    return upper_limit(r["worst"], last, copies, r["images"], single_map).applies


def _page(found: List[Record], _: Setting) -> str:
    rows = summary(found)
    views = [[name, *(row[name] for row in rows.values())] for name in rows["strong"]]
    return filled(
        __file__,
        views=rst_table(["", *rows], views),
        limits=_limits(found),
        isotropic=_isotropic(found),
        searched=_searched(found),
    )


def _isotropic(found: List[Record]) -> str:
    sources = ("half maps", "solvent")
    tested = some(found, study="isotropic")
    rows = []
    for group in GROUPS:
        cells = [
            rate([r["p_value"] < _LEVEL for r in some(tested, group=group, named=n, source=source)])
            for n in (group, "C1")
            for source in sources
        ]
        rows.append([group, *cells])
    kinds = ("with it", "as without symmetry")
    return rst_table(["symmetry", *(f"{kind}, {n}" for kind in kinds for n in sources)], rows)


def _searched(found: List[Record]) -> str:
    rows = []
    for group in GROUPS + MANY_COPIES:
        maps = some(found, study="noise alone", group=group)
        named, not_named = (rate([r[p] < _LEVEL for r in maps]) for p in ("p_value", "p_searched"))
        rows.append([group, rate([r["searched"] == group for r in maps]), named, not_named])
    return rst_table(["symmetry", "found", "rejected, named", "rejected, not named"], rows)


def _measured(setting: Setting) -> Iterator[Record]:
    maps = 1 if setting.quick else MAPS
    yield from islice(records(setting.models), 4 if setting.quick else None)
    yield from isotropic(maps, setting.models)
    yield from noise_alone(2 * maps)


run = Study("diagnosis/strong_preference", _measured, _page).run
