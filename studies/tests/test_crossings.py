"""Other crossings of the study of constants, and errors that a median near the FSC implies."""

from types import SimpleNamespace

import numpy as np
import pytest

from monodir_plugin.numerics.localres.bands import bands_of, frequency_grid
from monodir_plugin.numerics.localres.cone_shape import SQUARED_COSINE
from studies.constants.crossings import MonotoneTest, unbiased
from studies.scale.study import implied_errors


def test_a_monotone_fit_crosses_where_the_sum_of_logarithms_is_largest():
    """A dip is passed if later frequencies outweigh it; the crossing is interpolated."""
    logs = np.array([[0.5, 0.2], [-0.2, -0.5], [0.4, 0.4], [-1.0, -1.0]])
    test = MonotoneTest(2, 2, True)
    for row, frequency in zip(np.exp(logs), (0.1, 0.2, 0.3, 0.4)):
        test.step(row, 1.0, frequency)

    def between(frequency, above, below):
        return frequency + 0.1 * (np.exp(above) - 1) / (np.exp(above) - np.exp(below))

    expected = [between(0.3, 0.4, -1.0), between(0.1, 0.2, -0.5)]
    np.testing.assert_allclose(test.frequency, expected, rtol=1e-6)


@pytest.mark.parametrize(("independent", "least", "most"), [(1e6, 1.0, 1.01), (2.0, 1.02, 1.3)])
def test_the_median_has_a_bias_only_if_few_values_are_independent(independent, least, most):
    """Many independent values have none; few are moved to finer frequencies."""
    bands = bands_of(frequency_grid(0.1, 0.49), 64, 0.25)
    problem = SimpleNamespace(
        bands=bands,
        independent=np.full(len(bands), independent),
        criterion=2.0,
        opening=30.0,
        shape=SQUARED_COSINE,
        snr_of_map=lambda: 2 * (0.25 / bands.frequency) ** 3,
    )
    ratio = unbiased(problem, np.array([0.15, 0.2, 0.25, 0.3])) / [0.15, 0.2, 0.25, 0.3]
    assert np.all(ratio >= least) and np.all(ratio <= most)
    assert unbiased(problem, np.zeros(1))[0] == 0


def test_the_least_error_moves_the_finer_half_to_the_median():
    """Of five values, three reach 0.3; with one factor, all are 1.25 times as fine."""
    table = np.array([0.40, 0.20, 0.24, 0.28, 0.16])
    assert implied_errors(table, 0.26) == {"least_error": 0.0, "scaled_error": 0.0}
    found = implied_errors(table, 0.33)
    assert found["least_error"] == pytest.approx((0.06 + 0.02) / 5)
    assert found["scaled_error"] == pytest.approx(0.25 * 0.256)
