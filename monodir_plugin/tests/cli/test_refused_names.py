"""Names that the system refuses."""

import pytest

from monodir_plugin.cli import main

LONG = 300 * "x" + ".mrc"
COMMANDS = (
    ["run", LONG],
    ["run", LONG, "--single"],
    ["run", "--half1", LONG, "--half2", LONG],
    ["run", "--batch", LONG],
    ["mask", LONG],
    ["filter", LONG],
    ["plot", LONG],
    ["report", LONG],
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words)[:16])
def test_name_that_is_too_long_is_refused_in_one_line(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    stated = capsys.readouterr().err.splitlines()
    assert len(stated) == 1 and stated[0].startswith("monodir") and LONG[:200] in stated[0]
    assert not list(tmp_path.iterdir())
