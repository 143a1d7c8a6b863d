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
from pathlib import Path
from typing import Callable, Dict, List

from benchmarks.validation_calibration import leakage, more_axes, noise_alone, stability
from benchmarks.validation_cases import VIEWS, make_experiment, particles_of
from benchmarks.validation_figures import draw_all, oracle_records
from benchmarks.validation_oracle import REALISATIONS
from benchmarks.validation_report import report
from benchmarks.validation_study import ESTIMATORS, LEVELS, records_of

THREADS = 2


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
    write_records(oracle_records(found), options.output / "validation.csv")
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

    particles = particles_of(models)
    for particle, made in particles.items():
        for views in VIEWS:
            section(
                f"oracle {particle} {views}",
                lambda: list(
                    records_of(
                        [make_experiment(particle, made, views, REALISATIONS + len(LEVELS))],  # noqa: B023
                        THREADS,
                        own_ladder=(particle, views) == ("blob", "uniform"),  # noqa: B023
                    )
                ),
            )
    blob = make_experiment("blob", particles["blob"], "uniform", 2)
    for name, preset in ESTIMATORS.items():
        section(f"noise {name}", lambda: noise_alone(preset))  # noqa: B023
        section(f"leakage {name}", lambda: leakage(blob, 0.5, preset))  # noqa: B023
    for name in ("default", "cell by cell"):
        for noise, level in LEVELS.items():
            section(f"axes {name} {noise}", lambda: more_axes(blob, level, ESTIMATORS[name]))  # noqa: B023
    section("stability", lambda: stability(blob, LEVELS["middle"], ESTIMATORS["default"]))
    return found


def write_records(records: List[dict], path: Path) -> None:
    """Every number of the comparison with oracles, one record a line."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(records[0]), lineterminator="\n")
        writer.writeheader()
        for record in records:
            writer.writerow(
                {k: f"{v:.3f}" if isinstance(v, float) else v for k, v in record.items()}
            )


if __name__ == "__main__":
    main()
