"""Several results side by side."""

import numpy as np
import pytest

from monodir_plugin.diagnosis.atoms import finest_and_coarsest
from monodir_plugin.errors import InputError
from monodir_plugin.figures import compare, findings
from monodir_plugin.figures.comparison import Finding

from ..fixtures.figure_probes import axes_of, text_faults, text_of, titled
from ..fixtures.results import (
    COARSEST,
    known_results,
    known_table,
    mask,
    partly_resolved,
    results_of,
    table_of,
)


def coarser_results():
    """The known results, everything coarser by a quarter, measured with a wider cone."""
    table = known_table()
    parameters = {"preset": "default", "cone": 40.0, "along": []}
    return results_of(table_of(1.25 * table.resolutions().T.astype(float)), parameters=parameters)


def test_comparison_has_one_scale_and_the_numbers_of_each():
    one, two = known_results(), coarser_results()
    figure = compare([one, two], ["before", "after"])
    images = [plot.images[0] for plot in axes_of(figure) if plot.images]
    pooled = np.concatenate([r.volumes["adr"][mask()] for r in (one, two)])
    assert len(images) == 6
    assert all(i.get_clim() == pytest.approx(tuple(np.percentile(pooled, (2, 98)))) for i in images)
    discs = titled(figure, "rot")
    scaled = [c.norm(c.get_array()) for plot in discs for c in plot.collections[:1]]
    assert np.abs(scaled[0] - scaled[1]).max() < 0.15
    curves = [plot for plot in axes_of(figure) if plot.get_xlabel().startswith("Distance")]
    assert (
        len({plot.get_ylim() for plot in curves}) == len({plot.get_xlim() for plot in curves}) == 1
    )
    assert curves[0].get_ylim()[0] > curves[0].get_ylim()[1]
    (table,) = [t for plot in axes_of(figure) for t in plot.tables]
    texts = {place: entry.get_text().get_text() for place, entry in table.get_celld().items()}
    assert (texts[0, 0], texts[0, 1]) == ("before", "after")
    for row, found in enumerate(findings([one, two]), start=1):
        assert texts[row, -1] == f"{found.what} ({found.unit})"
        for column, value in enumerate(found.values):
            if np.isnan(value):
                expected = "not fitted" if found.unit == "Å/Å" else "not resolved"
                assert texts[row, column] == expected
                continue
            assert float(texts[row, column]) == pytest.approx(value, abs=0.006)
    stated = text_of(figure)
    assert "settings differ: cone" in stated


def test_findings_are_medians_shares_and_slopes():
    one, two = known_results(), coarser_results()
    found = {row.what: row for row in findings([one, two])}
    for name, what in (("adr", "Median ADR"), ("anisotropy", "Median anisotropy")):
        medians = [np.median(r.volumes[name][mask()]) for r in (one, two)]
        assert found[what].values == pytest.approx(medians) and found[what].unit == "Å"
    assert found["Pairs not resolved"].values[0] == pytest.approx(
        100 * (known_table().codes == 0).mean()
    )
    ratios = [_ratio(r) for r in (one, two)]
    assert found["Coarsest over finest axis"].values == pytest.approx(ratios)
    medians = [np.median(r.axis_resolution) for r in (one, two)]
    assert found["Median axis"].values == pytest.approx(medians)
    slopes = found["Slope of radial curve"].values
    assert slopes == tuple(r.slopes["radial"]["slope"] for r in (one, two))
    assert np.isnan(found["Slope of MonoRes curve"].values).all()


def _ratio(results):
    """The ratio of the axes that the summary of a run names as finest and as coarsest."""
    known = results.with_data & np.isfinite(results.axis_resolution)
    along = np.where(known, results.axis_resolution, np.nan)
    finest, coarsest = finest_and_coarsest(along, results.axes)
    return along[coarsest] / along[finest]


def test_findings_of_what_is_not_resolved_are_no_numbers():
    """Without data along six axes the lowest resolution is the coarse limit everywhere."""
    results = partly_resolved()
    found = {row.what: row.values[0] for row in findings([results])}
    known = results.with_data & np.isfinite(results.axis_resolution)
    assert (results.with_data & ~known).any() and (~results.with_data).sum() == 6
    along = results.axis_resolution[known]
    assert found["Axes without data"] == 6
    assert found["Median axis"] == pytest.approx(np.median(along))
    assert found["Coarsest over finest axis"] == pytest.approx(_ratio(results))
    # Of axes that differ by no more than one per cent the one in the middle is taken.
    assert found["Coarsest over finest axis"] == pytest.approx(along.max() / along.min(), rel=0.02)
    low, high = np.percentile(along, (17, 83))
    assert found["Spread of axes"] == pytest.approx(50 * (high - low) / np.median(along))
    assert np.isnan(found["Median lowest resolution"]) and found["Median ADR"] < COARSEST
    assert np.isnan(found["Slope of lowest curve"])


def test_long_names_lie_inside_the_comparison(monkeypatch):
    names = [f"{name}_a_folder_with_a_name_of_many_letters_map_sharp" for name in ("one", "two")]
    figure = compare([known_results(), partly_resolved()], names)
    faults = text_faults(figure, monkeypatch)
    assert [fault for fault in faults if "letters" in fault or "…" in fault] == []
    # Those of slices and disc; the texts of a table are not among those of the figure.
    assert text_of(figure).count("one_a_folder_wit…etters_map_sharp") == 2


def test_values_as_text_have_words_for_none_and_no_negative_zero():
    finding = Finding("Slope", "Å/Å", (-0.0001, np.nan, -0.0126))
    assert finding.texts() == ["0.000", "not fitted", "-0.013"]
    assert Finding("Median", "Å", (np.nan, 4.256)).texts() == ["not resolved", "4.26"]
    assert Finding("Axes", "number", (6.0, 0.0)).texts() == ["6", "0"]


def test_comparison_of_one_is_refused():
    with pytest.raises(InputError, match="at least two"):
        compare([known_results()], ["alone"])
