"""Every study is listed, and pages hold the numbers of their tables."""

import csv
import re
from importlib import import_module
from pathlib import Path

import pytest

from studies.__main__ import NAMES, main
from studies.harness import Cache, Setting, Study, read_csv

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_studies_are_listed_with_a_sentence(capsys):
    main(["list"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(NAMES)
    assert all(re.fullmatch(r"\w+ +[A-Z].*\.", line) for line in lines)


def test_every_folder_is_a_study():
    folders = {path.parent.name for path in Path(__file__).parents[1].glob("*/study.py")}
    assert folders - {"harness"} == set(NAMES)


@pytest.mark.parametrize("name", ["scale", "locality", "noise", "intervals", "constants", "angles"])
def test_page_of_a_kept_table_is_the_page_of_the_docs(name, tmp_path):
    module = import_module(f"studies.{name}.study")
    study = module.run.__self__
    docs, made = (Setting(Path(), folder, Cache(), keep=True) for folder in (DOCS, tmp_path))
    made.table(study.page).write_bytes(docs.table(study.page).read_bytes())
    module.run(made)
    texts = (setting.page(study.page).read_text(encoding="utf-8") for setting in (made, docs))
    assert next(texts) == next(texts)


def test_a_kept_table_is_not_measured_again(tmp_path):
    def fails(_):
        raise AssertionError("measured")

    study = Study("page", fails, lambda records, _: f"{records[0]['x']}")
    setting = Setting(Path(), tmp_path, Cache(), keep=True)
    with setting.table("page").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["x"], [7]])
    study.run(setting)
    assert setting.page("page").read_text(encoding="utf-8") == "7"
    assert read_csv(setting.table("page")) == [{"x": 7}]
