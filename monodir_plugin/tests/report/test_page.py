"""The page: what it says, that it is one file, and its figures."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import numpy as np
from PIL import Image

from monodir_plugin.figures import FIGURES
from monodir_plugin.files.loading import load_results
from monodir_plugin.report.findings import findings, parameters
from monodir_plugin.report.page import report_page

from ..fixtures.maps import call
from ..fixtures.report_pages import plain
from ..fixtures.result_folders import made_folder

#: Shown in other ways, or nothing of it in the results.
LEFT_OUT = {"voxel", "monores", "along", "conical-fsc", "views"}
LARGEST_PAGE = 3_000_000


def test_no_private_words_are_used(page, summary):
    shown = " ".join(page.words.values())
    shown = shown.replace(page.words["slice-data"], "")
    assert not re.search(r"\b(rungs?|ladder|cells?|race|votes?|told|waves?)\b", shown)


def test_the_page_says_what_the_summary_says(page, results):
    summary = results.summary
    assert page.words["findings"].split("\n")[1:-1] == plain(findings(summary))
    assert page.words["diagnosis"].strip() == "The run has no diagnosis."
    for warning in summary["warnings"]:
        assert warning[1:] in page.words["warnings"]
    for entry in summary["inputs"]:
        assert entry["path"] in page.words["inputs"]
        assert entry["sha256"] in page.words["inputs"]
        assert entry["kind"] in page.words["inputs"]
    for name, value in parameters(summary):
        assert f"{name}{value}" in page.words["parameters"]


def test_names_are_text_and_not_markup(page, text, made):
    """The page is named by the folder and the map."""
    headings = re.findall(r"<h1>(.*?)</h1>", text)
    assert headings == [f"{made.folder.name} (a &lt;b&gt;map &amp; $co.mrc)"]
    assert not page.all("b")


def test_the_page_is_one_file(page, text):
    assert len(text.encode()) < LARGEST_PAGE
    links = [a["href"] for a in page.all("a") if not a["href"].startswith("#")]
    assert links == ["https://doi.org/10.1038/s41467-019-13742-w"]
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.all("img"))
    assert not page.all("link")
    assert not any("src" in script for script in page.all("script"))
    assert "url(" not in text
    assert "@import" not in text
    policy = [m["content"] for m in page.all("meta") if "http-equiv" in m]
    assert policy[0].startswith("default-src 'none'; img-src data:;")


def test_a_screen_reader_can_read_the_page(page):
    assert page.all("html")[0]["lang"] == "en"
    names = [a["id"] for _, a in page.elements if "id" in a]
    assert len(names) == len(set(names))
    for image in page.all("img"):
        assert len(image["alt"]) > 40
    for tag, attributes in page.elements:
        if tag == "canvas":
            assert attributes["role"] == "img"
            assert attributes["aria-label"]
        if tag == "section":
            assert attributes["aria-labelledby"] in names
        if tag == "th":
            assert attributes["scope"] in ("row", "col")
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(np.diff(levels)) <= 1


def test_all_figures_are_there_with_their_cautions(page, results):
    shown = [a["id"][len("figure-") :] for a in page.all("figure") if "id" in a]
    assert shown == [name for name in FIGURES if name not in LEFT_OUT]
    for name in shown:
        words = page.words[f"figure-{name}"]
        assert FIGURES[name].caption in words
        assert FIGURES[name].judged and FIGURES[name].judged in words
        assert FIGURES[name].caution in words
        assert FIGURES[name].caution or name == "overview"
    for image in page.all("img"):
        size = Image.open(io.BytesIO(base64.b64decode(image["src"].split(",")[1]))).size
        assert size == (int(image["width"]), int(image["height"]))


def test_half_maps_are_both_named(tmp_path, capsys, two_figures):
    made = made_folder(tmp_path, halves=True)
    done = call(capsys, "report", made.folder, "-o", tmp_path / "report.html")
    assert done.out == f"{tmp_path / 'report.html'}\n"
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"<h1>{made.folder.name} (half1 and half2)</h1>" in text
    assert "difference of the half maps" in text
    page = tmp_path / "named.html"
    call(capsys, "report", made.folder, "-o", page, "--name", "Run 7 & 8")
    assert "<h1>Run 7 &amp; 8</h1>" in page.read_text(encoding="utf-8")


def test_the_same_results_give_the_same_page(made, two_figures):
    first, second = (report_page(load_results(made.folder)) for _ in range(2))
    assert first == second


def test_the_contents_name_every_section_and_figure_and_lead_there(page):
    names = {a["id"] for _, a in page.elements if "id" in a}
    anchors = [a["href"][1:] for a in page.all("a") if a["href"].startswith("#")]
    assert set(anchors) <= names and len(anchors) == len(set(anchors))
    sections = [a["id"] for a in page.all("section")]
    assert [name for name in anchors if name.startswith("section-")] == sections
    figures = [a["id"] for a in page.all("figure") if a.get("id", "").startswith("figure-")]
    # The overview is on top of the page.
    assert figures[0] == "figure-overview"
    assert [name for name in anchors if name.startswith("figure-")] == figures[1:]


def test_the_verdict_and_the_overview_come_before_the_findings(page):
    places = {a["id"]: place for place, (_, a) in enumerate(page.elements) if "id" in a}
    assert places["verdict"] < places["figure-overview"] < places["section-findings"]


def test_the_interval_of_the_median_axis_and_the_scatter_of_equal_axes_are_said(
    results, two_figures
):
    """Nothing is said by results that do not have them."""

    def page_with(interval, ratios):
        axes = {**results.summary["axes"], "median_interval_A": interval}
        found = {**results.summary["found"], "axes_by_chance_over_median": ratios}
        summary = {**results.summary, "axes": axes, "found": found}
        return report_page(replace(results, summary=summary))

    without = page_with(None, None)
    assert "90 % interval</dt>" not in without
    assert "If all axes were alike, by chance: not known." in without
    page = page_with([5.125, 6.25], [0.9, 1.2])
    assert "<dt>Median axis, 90 % interval</dt><dd>5.12 to 6.25 Å</dd>" in page
    middle = np.nanmedian(results.axis_resolution)
    ends = f"{0.9 * middle:.1f} to {1.2 * middle:.1f} Å"
    assert f"If all axes were alike, by chance: {ends}." in page
