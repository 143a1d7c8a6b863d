"""Simulations like the paper's Figures 1 to 3, with known values beside the measured ones.

The models are 1jyx_betagal.pdb, 3j9i_proteasome.pdb, 4v5d_ribosome.cif.gz and 4o5n_ha_trimer.pdb; a
procedural particle replaces a missing model.  With ``--cache`` maps and results stay in a folder,
and are not measured again: name a new folder after a change of the program.  ``--quick`` halves
boxes and takes 46 axes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import List, Sequence

from monodir_plugin.figures import save_figure
from monodir_plugin.numerics.problem.settings import Settings
from studies.experiments.cases import (
    ANGLES,
    Case,
    first_figure,
    quick,
    second_figure,
    series,
    third_figure,
)
from studies.experiments.figures import draw_cases, draw_series
from studies.experiments.measure import DEFAULT, PAPER, Estimate, Outcome, measure
from studies.experiments.page import Experiments, page
from studies.harness import Setting

__all__ = ["run"]


def run(setting: Setting) -> None:
    """Measure all cases, draw and write."""
    with tempfile.TemporaryDirectory() as scratch:
        work = setting.cache.folder / "experiments" if setting.cache.folder else Path(scratch)
        found = _measured(setting, work)
        _draw_all(found, setting)
        setting.page("maps/experiments").write_text(page(found), encoding="utf-8")


def _measured(setting: Setting, work: Path) -> Experiments:
    """Every case of the three figures."""
    settings = Settings(directions=46 if setting.quick else 81)
    models = setting.models

    def of(cases: Sequence[Case], estimate: Estimate) -> List[Outcome]:
        found = []
        for case in cases:
            print(f"{case.name}, {estimate.name}", flush=True)
            chosen = quick(case) if setting.quick else case
            found.append(measure(chosen, work, estimate, settings, setting.threads))
        return found

    estimates = (PAPER, DEFAULT)
    return Experiments(
        first={estimate: of(first_figure(models), estimate) for estimate in estimates},
        series={estimate: of(series(models), estimate) for estimate in estimates},
        second={estimate: of(second_figure(models), estimate) for estimate in estimates},
        third={estimate: of(third_figure(models), estimate) for estimate in estimates},
    )


def _draw_all(found: Experiments, setting: Setting) -> None:
    """Every figure of the page."""
    _draw(found.first[PAPER], setting.picture("figure_paper_1"), True)
    _draw(found.first[DEFAULT], setting.picture("figure_paper_1_default"), True)
    figure = draw_series(
        ANGLES, [o.results for o in found.series[PAPER]], found.shifted(PAPER).results
    )
    save_figure(figure, setting.picture("figure_paper_1_series"))
    _draw(found.second[PAPER], setting.picture("figure_paper_2"), False)
    _draw(found.third[PAPER], setting.picture("figure_paper_3"), True)


def _draw(outcomes: Sequence[Outcome], path: Path, common_scale: bool) -> None:
    rows = [(o.case.label, o.results, o.coverage) for o in outcomes]
    save_figure(draw_cases(rows, common_scale), path)
