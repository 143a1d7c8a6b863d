"""The estimate against oracles that know signal and noise apart; its calibration.

    python -m benchmarks.validation --models ../shared/models --output docs --work FOLDER

Writes ``validation.rst`` and its figures to ``--output``; every number and table in it is
made here.  ``--models`` holds 1jyx_betagal.pdb; a second procedural particle stands in
where it is absent.  With ``--work`` the numbers stay in a folder, and what is there is not
measured again: name a new one after a change of the program.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
import time
from functools import lru_cache, partial
from pathlib import Path
from typing import Callable, Dict, List

from benchmarks.validation_calibration import leakage, more_axes, noise_alone, stability
from benchmarks.validation_cases import (
    VIEWS,
    Experiment,
    make_experiment,
    particles_of,
    unseen_cases,
)
from benchmarks.validation_discoveries import false_discoveries
from benchmarks.validation_figures import draw_all, oracle_records, records_named
from benchmarks.validation_halves import CHANGES, both_noises
from benchmarks.validation_noise_found import noise_found
from benchmarks.validation_oracle import REALISATIONS
from benchmarks.validation_report import report, sections_named
from benchmarks.validation_report_rules import rule_records
from benchmarks.validation_rules import tried_on
from benchmarks.validation_study import ESTIMATORS, LEVELS, records_of
from monodir_plugin.numerics.presets import PRESETS
from monodir_plugin.simulation import Particle

THREADS = 2
#: Noise of cases that no rule was chosen on, and of those for false discoveries, by name.
UNSEEN_LEVELS = {"0.5": 0.5, "1.5": 1.5}
FALSE_LEVELS = {"0.5": 0.5, "1": 1.0, "1.5": 1.5}


def main() -> None:
    """Measure, draw and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, default=Path("../shared/models"), metavar="DIR")
    parser.add_argument("--output", type=Path, default=Path("docs"), metavar="DIR")
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep the numbers here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = measured(options.models, options.work or Path(scratch))
    draw_all(found, options.output)
    records = [*oracle_records(found), *records_named(found, "unseen ")]
    write_records(records, options.output / "validation.csv")
    tried = rule_records(sections_named(found, "rules "))
    write_records(tried, options.output / "validation_rules.csv")
    (options.output / "validation.rst").write_text(report(found), encoding="utf-8")


def measured(models: Path, work: Path) -> Dict[str, object]:
    """Every number of the study, by section."""
    work.mkdir(parents=True, exist_ok=True)
    found: Dict[str, object] = {}

    def section(name: str, make: Callable[[], object]) -> None:
        path = work / f"{name}.json"
        if not path.is_file():
            start = time.perf_counter()
            content = {"seconds": 0.0, "content": make()}
            content["seconds"] = time.perf_counter() - start
            path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
            print(f"{name}: {content['seconds']:.0f} s", flush=True)
        found[name] = json.loads(path.read_text(encoding="utf-8"))

    for particle, made in particles_of(models).items():
        section(f"halves {particle}", partial(where_solvent_misleads, particle, made))
        section(f"strength {particle}", partial(strength_found, particle, made))
        for views in VIEWS:
            about = (particle, made, views)
            section(f"oracle {particle} {views}", partial(against_oracles, *about))
            section(f"rules {particle} {views}", lambda: tried_on(imaged(*about)))  # noqa: B023
    for particle, made, views in unseen_cases(models):
        section(f"unseen {particle} {views}", partial(of_unseen, particle, made, views))
    blob = partial(imaged, "blob", particles_of(None)["blob"], "uniform")
    for name in ("published", "default", "cell by cell"):
        preset = ESTIMATORS[name]
        section(f"noise {name}", partial(noise_alone, preset))
        section(f"leakage {name}", lambda: leakage(blob(), 0.5, preset))  # noqa: B023
    for noise, level in LEVELS.items():
        section(f"axes {noise}", lambda: more_axes(blob(), level, ESTIMATORS["default"]))  # noqa: B023
    for noise, level in FALSE_LEVELS.items():
        section(f"discoveries {noise}", lambda: false_discoveries(blob(), level))  # noqa: B023
    section("stability", lambda: stability(blob(), LEVELS["middle"], ESTIMATORS["default"]))
    return found


@lru_cache(maxsize=1)
def imaged(particle: str, made: Particle, views: str) -> Experiment:
    """An experiment with noise enough for oracles and every level; the last is kept."""
    return make_experiment(particle, made, views, REALISATIONS + len(LEVELS))


def against_oracles(particle: str, made: Particle, views: str) -> List[dict]:
    """Records of all estimators, of the first case against an oracle of its own ladder, too."""
    own_ladder = (particle, views) == ("blob", "uniform")
    return list(records_of([imaged(particle, made, views)], THREADS, own_ladder))


def of_unseen(particle: str, made: Particle, views: str) -> List[dict]:
    """Records of both presets on a case that no rule was chosen on."""
    return list(
        records_of(
            [imaged(particle, made, views)], THREADS, estimators=PRESETS, levels=UNSEEN_LEVELS
        )
    )


def where_solvent_misleads(particle: str, made: Particle) -> Dict[str, List[dict]]:
    """Both sources of noise on changed experiments, by change."""
    experiment = imaged(particle, made, "uniform")
    return {
        name: both_noises(change(experiment), LEVELS["middle"]) for name, change in CHANGES.items()
    }


def strength_found(particle: str, made: Particle) -> Dict[str, dict]:
    """Strength of the noise that is found, on the same experiments."""
    return noise_found(imaged(particle, made, "uniform"), LEVELS["middle"])


def write_records(records: List[dict], path: Path) -> None:
    """One record a line."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(records[0]), lineterminator="\n")
        writer.writeheader()
        for record in records:
            writer.writerow(
                {k: f"{v:.3f}" if isinstance(v, float) else v for k, v in record.items()}
            )


if __name__ == "__main__":
    main()
