"""A filtered map in the report."""

from __future__ import annotations

import numpy as np
import pytest

from monodir_plugin.errors import InputError
from monodir_plugin.files.loading import load_results
from monodir_plugin.report.filtered import read_filtered
from monodir_plugin.report.page import report_page

from ..fixtures.maps import call, write
from ..fixtures.report_pages import Page
from ..fixtures.result_folders import SAMPLING, made_folder


@pytest.fixture
def own(tmp_path):
    """Results of which a test may change the folder."""
    return made_folder(tmp_path / "own")


def test_without_a_filtered_map_there_is_no_section(page):
    assert "section-filtered" not in [a["id"] for a in page.all("section")]


def test_the_map_of_the_usual_name_is_shown(own, two_figures):
    values = 0.5 * own.density
    write(own.folder / "filtered.mrc", values, SAMPLING)
    results = load_results(own.folder)
    found = read_filtered(own.folder, results)
    np.testing.assert_array_equal(found.values, values)
    page = Page(report_page(results, found))
    words = page.words["section-filtered"]
    assert "filtered map filtered.mrc" in words and "adds no information" in words
    assert [a["id"] for a in page.all("section")][3:5] == ["section-slices", "section-filtered"]
    assert "#section-filtered" in [a["href"] for a in page.all("a")]


def test_a_map_that_is_named_is_shown(own, capsys, tmp_path, two_figures):
    named, output = write(tmp_path / "other.mrc", own.density, SAMPLING), tmp_path / "page.html"
    done = call(capsys, "report", own.folder, "-o", output, "--filtered", named)
    assert done.status == 0
    assert "filtered map other.mrc" in Page(output.read_text("utf-8")).words["section-filtered"]


def test_a_named_map_that_cannot_be_used_is_refused(own, tmp_path):
    results = load_results(own.folder)
    small = write(tmp_path / "small.mrc", own.density[:20, :20, :20], SAMPLING)
    for path, words in ((small, "its box is not that of the results"), ("no.mrc", "no such file")):
        with pytest.raises(InputError, match=words):
            read_filtered(own.folder, results, path)


def test_a_map_of_the_usual_name_that_cannot_be_used_is_explained(own, two_figures):
    write(own.folder / "filtered.mrc", own.density[:20, :20, :20], SAMPLING)
    found = read_filtered(own.folder, load_results(own.folder))
    assert found.values is None and "its box is not" in found.picture.missing
