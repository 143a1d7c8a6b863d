"""A folder of results whose table is known, and the results read from it."""

from __future__ import annotations

import pytest

from monodir_plugin.files.loading import load_results

from ..fixtures.result_folders import made_folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_folder(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def results(made):
    return load_results(made.folder)
