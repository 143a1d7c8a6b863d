"""A page of the report that several test modules examine."""

from __future__ import annotations

import copy

import pytest

from monodir_plugin.figures import FIGURES
from monodir_plugin.files.loading import load_results
from monodir_plugin.report import write_report

from ..fixtures.report_pages import Page
from ..fixtures.result_folders import made_folder

NAME = "a <b>map & $co.mrc"


@pytest.fixture(scope="package")
def made(tmp_path_factory):
    return made_folder(tmp_path_factory.mktemp("made"), name=NAME)


@pytest.fixture(scope="package")
def results(made):
    return load_results(made.folder)


@pytest.fixture(scope="package")
def written(made, tmp_path_factory):
    """Without the library of the view in three dimensions, whether it is installed or not."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("monodir_plugin.report.page.compressed_library", lambda: None)
        return write_report(made.folder, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="package")
def text(written):
    return written.read_text(encoding="utf-8")


@pytest.fixture(scope="package")
def page(text):
    return Page(text)


@pytest.fixture
def two_figures(monkeypatch):
    """Pages that are quick to write."""
    few = {name: FIGURES[name] for name in ("overview", "adr", "density")}
    monkeypatch.setattr("monodir_plugin.report.pictures.FIGURES", few)
    monkeypatch.setattr("monodir_plugin.report.page.compressed_library", lambda: None)


@pytest.fixture
def summary(results):
    return copy.deepcopy(results.summary)
