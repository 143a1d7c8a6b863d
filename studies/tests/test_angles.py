"""The study of the angular error: which models it has, and the constants it finds."""

from pathlib import Path

import numpy as np
import pytest

from studies.angles.calibration import constants_of
from studies.angles.cases import FURTHER, SIGMAS, draw_cases


def test_further_models_are_those_that_the_folder_has(tmp_path):
    assert draw_cases("further", 12, tmp_path) == []
    there = list(FURTHER)[:2]
    for name in there:
        (tmp_path / name).touch()
    cases = draw_cases("further", 12, tmp_path)
    found = {(case.particle, case.sigma) for case in cases}
    assert found == {(f"whole {name}", sigma) for name in there for sigma in SIGMAS}
    assert cases[:6] == draw_cases("further", 6, tmp_path)


def test_the_halves_share_no_seed():
    seeds = [case.seed for half in ("training", "test") for case in draw_cases(half, 300, Path())]
    assert len(set(seeds)) == 600


@pytest.mark.parametrize(("shared", "relative"), [(0.08, 0.0), (0.0, 0.2), (0.05, 0.15)])
def test_constants_are_those_of_records_that_were_drawn_with_them(shared, relative):
    rng = np.random.default_rng(1)
    records = []
    for number in range(4000):
        sigma = float(SIGMAS[number % len(SIGMAS)])
        error, common = np.exp(rng.uniform(np.log(1e-4), np.log(4e-4))), rng.uniform(1e-3, 1e-2)
        true = np.deg2rad(sigma) ** 2
        scale = np.sqrt(error**2 + (shared * common) ** 2 + (relative * true) ** 2)
        records.append(
            {
                "half": "training",
                "noise_from": "half maps",
                "sigma": sigma,
                "fit_squared": true + scale * rng.normal(),
                "fit_error": error,
                "fit_common": common,
                "fit_freedom": 1000.0,
            }
        )
    assert constants_of(records) == pytest.approx((shared, relative), abs=0.012)
