"""Mistyped commands, options and choices: which word the message suggests."""

import pytest

from monodir_plugin.cli.parser import nearest

from ..fixtures.maps import call


@pytest.mark.parametrize(
    ("words", "stated"),
    [
        (["rnu", "map.mrc"], "there is no command rnu; did you mean run?"),
        (["Chimera", "out"], "there is no command Chimera; did you mean chimerax?"),
        (["run", "map.mrc", "--maks", "m.mrc"], "there is no option --maks; did you mean --mask?"),
        (["run", "map.mrc", "--noise_radius=4"], "did you mean --noise-radius?"),
        (["run", "map.mrc", "--half-1", "a"], "did you mean --half1?"),
        # Python's own message asks for the option that was mistyped.
        (["simulate", "--ouput", "x"], "there is no option --ouput; did you mean --output?"),
        (["plot", "out", "--what", "adrr"], "there is no adrr; did you mean adr?"),
        (["--verison"], "there is no option --verison; did you mean --version?"),
        (["run", "-half1", "x"], "there is no option -half1; did you mean --half1?"),
        (["run", "map.mrc", "-verbose"], "there is no option -verbose; did you mean --verbose?"),
        (["annotate", "a.pdb", "out", "more.pdb"], "unexpected argument more.pdb"),
        # The version is an option of every command, too.
        (["run", "--vresion"], "there is no option --vresion; did you mean --version?"),
        (["-v"], "there is no option -v; name a command: "),
    ],
)
def test_the_nearest_word_is_named(words, stated, capsys):
    outcome = call(capsys, *words)
    assert outcome.status == 2
    assert stated in outcome.err
    assert "required" not in outcome.err


@pytest.mark.parametrize(
    ("words", "stated"),
    [
        (["xyzzy"], "there is no command xyzzy. The commands are"),
        (["run", "map.mrc", "--xyzzy"], "there is no option --xyzzy.\nsee monodir run --help\n"),
        (["plot", "out", "--what", "xyzzy"], "xyzzy"),
    ],
)
def test_nothing_is_suggested_for_a_word_that_resembles_none(words, stated, capsys):
    outcome = call(capsys, *words)
    assert outcome.status == 2
    assert stated in outcome.err
    assert "did you mean" not in outcome.err


@pytest.mark.parametrize(
    ("words", "order"),
    [(["annotate", "results"], "MODEL DIR"), (["check", "results"], "ENHANCED DIR")],
)
def test_a_missing_argument_is_named_with_the_order_of_all(words, order, capsys):
    """The folder that was given is not what the message asks for."""
    outcome = call(capsys, *words)
    assert outcome.status == 2
    assert f"required: DIR; give {order} in this order\n" in outcome.err
    assert "in this order" not in call(capsys, "simulate").err


@pytest.mark.parametrize(
    "words",
    [
        ["run", "none.mrc", "--no-diag"],
        ["run", "none.mrc", "--along", "-1,0,0"],
        ["mask", "none.mrc", "-onone"],
        ["mask", "none.mrc", "--sampl=1.5", "-o", "none"],
    ],
)
def test_shortened_and_attached_options_are_understood(words, capsys, tmp_path, monkeypatch):
    """The file is missing, which is found only after all words were understood."""
    monkeypatch.chdir(tmp_path)
    outcome = call(capsys, *words)
    assert outcome.status == 2
    assert outcome.err == "monodir: map none.mrc: there is no such file; check the name\n"


@pytest.mark.parametrize(
    ("words", "stated"),
    [
        (["--along", "0", "0", "1"], "0 is not a direction X,Y,Z; write it as 0,0,1, without"),
        (["--images", "500,000"], "500,000 is not a whole number of at least 1; write 500000"),
        (["--images", "5,00"], "5,00 is not a whole number of at least 1"),
    ],
)
def test_the_form_of_a_number_is_stated_and_where_the_help_is(words, stated, capsys):
    """No usage hides the message: it is one line, and another one says how to see the help."""
    outcome = call(capsys, "run", "map.mrc", *words)
    assert outcome.status == 2
    first, second = outcome.err.splitlines()
    assert first.startswith("monodir run: error: argument --") and stated in first
    assert ("write" in stated) == ("write" in first)
    assert second == "see monodir run --help"


def test_case_and_underscores_do_not_count():
    choices = ["--noise-radius", "--mask", "--map"]
    assert nearest("--NOISE_RADIUS", choices) == "--noise-radius"
    assert nearest("--mas", choices) == "--mask"
    assert nearest("--quiet", choices) is None


def test_without_a_command_the_commands_are_named(capsys):
    outcome = call(capsys)
    assert outcome.status == 2
    assert outcome.err.startswith("monodir: error: name a command: ")
    assert all(f" {name}" in outcome.err for name in ("run", "report", "filter", "demo"))


@pytest.mark.parametrize("words", [["filter"], ["check", "map.mrc"]])
def test_a_folder_without_results_is_refused_as_by_other_commands(words, tmp_path, capsys):
    outcome = call(capsys, *words, tmp_path)
    said = f"results {tmp_path}: there is no summary.json in it; name a folder that monodir run has"
    assert outcome.status == 2 and said in outcome.err
