"""The paper's Figures 1 to 3 again, simulated, with what is known of each beside what is measured.

    python -m benchmarks.experiments --models ../shared/models --output docs --work FOLDER

Writes ``experiments.rst`` and its figures to ``--output``; every number and table in it is
made here.  ``--models`` holds 1jyx_betagal.pdb, 3j9i_proteasome.pdb, 4v5d_ribosome.cif.gz and
4o5n_ha_trimer.pdb; a procedural particle stands in for what is missing.  With ``--work``
maps and results stay in a folder, and what is there is not measured again: name a new one
after a change of the program.  ``--quick`` halves boxes and takes 46 axes.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import List, Sequence

from benchmarks.experiment_cases import (
    ANGLES,
    Case,
    first_figure,
    quick,
    second_figure,
    series,
    third_figure,
)
from benchmarks.experiment_figures import draw_cases, draw_series
from benchmarks.experiment_outcomes import DEFAULT, PAPER, Estimate, Outcome, measure
from benchmarks.experiment_page import Experiments, report
from monodir_plugin.figures import save_figure
from monodir_plugin.numerics.preparation import Settings


def main() -> None:
    """Measure all cases, draw and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, default=Path("../shared/models"), metavar="DIR")
    parser.add_argument("--output", type=Path, default=Path("docs"), metavar="DIR")
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep maps and results here")
    parser.add_argument("--quick", action="store_true", help="half boxes, 46 axes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = measured(options.models, options.work or Path(scratch), options.quick)
        draw_all(found, options.output)
        page = report(found)
    (options.output / "experiments.rst").write_text(page, encoding="utf-8")


def measured(models: Path, work: Path, fast: bool = False) -> Experiments:
    """Every case of the three figures."""
    settings = Settings(directions=46 if fast else 81)

    def of(cases: Sequence[Case], estimate: Estimate) -> List[Outcome]:
        found = []
        for case in cases:
            print(f"{case.name}, {estimate.name}", flush=True)
            chosen = quick(case) if fast else case
            found.append(measure(chosen, work, estimate, settings))
        return found

    estimates = (PAPER, DEFAULT)
    return Experiments(
        first={estimate: of(first_figure(models), estimate) for estimate in estimates},
        series={estimate: of(series(models), estimate) for estimate in estimates},
        second={estimate: of(second_figure(models), estimate) for estimate in estimates},
        third={estimate: of(third_figure(models), estimate) for estimate in estimates},
    )


def draw_all(found: Experiments, output: Path) -> None:
    """Every figure of the page."""
    _draw(found.first[PAPER], output / "figure_paper_1.png", True)
    _draw(found.first[DEFAULT], output / "figure_paper_1_default.png", True)
    figure = draw_series(
        ANGLES, [o.results for o in found.series[PAPER]], found.shifted(PAPER).results
    )
    save_figure(figure, output / "figure_paper_1_series.png")
    _draw(found.second[PAPER], output / "figure_paper_2.png", False)
    _draw(found.third[PAPER], output / "figure_paper_3.png", True)


def _draw(outcomes: Sequence[Outcome], path: Path, common_scale: bool) -> None:
    rows = [(o.case.label, o.results, o.coverage) for o in outcomes]
    save_figure(draw_cases(rows, common_scale), path)


if __name__ == "__main__":
    main()
