"""The command line of the report."""

from __future__ import annotations

from pathlib import Path

from ..fixtures.maps import call
from ..fixtures.report_pages import Page
from ..fixtures.result_folders import made_folder


def test_a_map_that_was_moved_is_reported(tmp_path, capsys, two_figures):
    made = made_folder(tmp_path)
    Path(made.map_path).unlink()
    done = call(capsys, "report", made.folder, "-o", tmp_path / "report.html")
    assert done.status == 0
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "Not drawn: map" in page.words["figure-density"]
    assert "it is not where" in page.words["figure-density"]
    shown = [a["id"] for a in page.all("figure") if a.get("id", "").startswith("figure-")]
    assert shown == ["figure-overview", "figure-adr", "figure-density"]
    assert len(page.all("img")) == 2


def test_page_is_in_the_folder_of_results_by_default(tmp_path, capsys, two_figures):
    made = made_folder(tmp_path)
    assert call(capsys, "report", made.folder).out == f"{made.folder / 'report.html'}\n"
    assert call(capsys, "report", made.folder, "-o", tmp_path / "named.html").status == 0
    assert (made.folder / "report.html").read_bytes() == (tmp_path / "named.html").read_bytes()


def test_command_line_refuses(made, capsys, tmp_path):
    for folder, output, words in (
        (made.folder, tmp_path / "report.pdf", "ends in .html"),
        (tmp_path, tmp_path / "report.html", "summary.json"),
        (made.folder, Path(made.map_path) / "report.html", "cannot be written to"),
    ):
        done = call(capsys, "report", folder, "-o", output)
        assert done.status == 2
        assert words in done.err
    assert list(tmp_path.iterdir()) == []


def test_progress_is_shown_for_every_figure(made, capsys, tmp_path, two_figures):
    done = call(capsys, "report", made.folder, "-o", tmp_path / "report.html")
    assert done.err.splitlines() == ["figures: 1 of 2", "figures: 2 of 2"]
