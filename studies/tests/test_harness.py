"""The harness against known answers."""

import math

import numpy as np
import pytest

from studies.harness import binomial_interval, column, filled, read_csv, rst_table, some, write_csv


def test_csv_keeps_kinds_and_six_digits(tmp_path):
    records = [
        {"name": "HA, noisy", "count": 3, "share": 0.123456789, "known": True},
        {"name": "blob", "error": math.nan},
    ]
    write_csv(records, tmp_path / "table.csv")
    first, second = read_csv(tmp_path / "table.csv")
    assert first == {"name": "HA, noisy", "count": 3, "share": 0.123457, "known": True}
    assert second["name"] == "blob"
    assert math.isnan(second["error"])
    assert "count" not in second


def test_table_is_read_by_docutils():
    core = pytest.importorskip("docutils.core")
    text = rst_table(["", "error"], [["a", "0.1"], ["", "0.25"]])
    settings = {"halt_level": 2, "report_level": 2}
    tree = core.publish_doctree(text, settings_overrides=settings)
    # Remarks below the level of a warning, which writers leave out.
    for remark in [node for node in tree.findall() if node.tagname == "system_message"]:
        remark.parent.remove(remark)
    cells = [entry.astext() for entry in tree.findall() if entry.tagname == "entry"]
    assert cells == ["", "error", "a", "0.1", "", "0.25"]


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    # 1 - 0.025**(1/n) for none of n; Clopper and Pearson's interval of 5 of 10.
    [(0, 10, 0.0, 1 - 0.025**0.1), (10, 10, 0.025**0.1, 1.0), (5, 10, 0.18709, 0.81291)],
)
def test_binomial_interval(hits, count, low, high):
    assert binomial_interval(hits, count) == pytest.approx((low, high), abs=1e-5)


def test_template_is_filled(tmp_path):
    (tmp_path / "page.rst").write_text("At {value:.2f} Å:\n\n{table}\n", encoding="utf-8")
    text = filled(str(tmp_path / "page.py"), value=3.14159, table="a\n")
    assert text == "At 3.14 Å:\n\na\n"


def test_records_are_selected():
    records = [{"kind": "a", "x": 1}, {"kind": "b", "x": 2}, {"kind": "a"}]
    np.testing.assert_array_equal(column(some(records, kind="a"), "x"), [1, np.nan])
