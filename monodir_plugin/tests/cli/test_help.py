"""The help of the command line, and the modules that start it."""

import argparse
import os
import re
import subprocess
import sys
from importlib import import_module

import pytest

from monodir_plugin.cli import FAMILIES
from monodir_plugin.cli.help_text import wrapped
from monodir_plugin.constants import VERSION

from ..fixtures.maps import ROOT, call


def test_modules_have_the_commands_that_are_listed_for_them(capsys):
    """A command that is missing in ``FAMILIES`` would not be found."""
    listed = [command for commands in FAMILIES.values() for command in commands]
    offered = re.findall(r"^    (\w+)", call(capsys, "-h").out.partition("COMMAND\n")[2], re.M)
    assert offered == listed
    for family, commands in FAMILIES.items():
        added = argparse.ArgumentParser().add_subparsers()
        import_module(f"monodir_plugin.cli.commands.{family}").add_parser(added)
        assert list(added.choices) == list(commands)


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["help"], ["--help"]),
        (["help", "plot"], ["plot", "--help"]),
        (["version"], ["--version"]),
        (["-V"], ["--version"]),
        (["plot", "--version"], ["--version"]),
    ],
)
def test_words_that_stand_for_help_and_version(words, option, capsys):
    outcome = call(capsys, *words)
    assert outcome.status == 0 and outcome == call(capsys, *option)
    assert (outcome.out == f"MonoDir {VERSION}\n") == (option == ["--version"])


@pytest.mark.parametrize("width", [72, 80])
@pytest.mark.parametrize("command", [name for names in FAMILIES.values() for name in names])
def test_help_is_as_wide_as_the_terminal_and_has_the_same_words(
    command, width, monkeypatch, capsys
):
    def shown(columns):
        monkeypatch.setenv("COLUMNS", str(columns))
        return call(capsys, command, "--help").out

    found = shown(width)
    assert max(len(line) for line in found.splitlines() if "|" not in line) <= width
    # Words may be broken after a hyphen.
    assert "".join(found.replace("\\\n", "").split()) == "".join(shown(500).split())


def test_commands_and_columns_of_the_help_are_kept():
    text = """\
A paragraph of some words that do not fit
into one line.

files:
  a.mrc   a text that is too long for it
          and goes on
  b.mrc   short
  a-name-that-is-long.mrc   a text below

  monodir run one-map.mrc --mask mask.mrc"""
    expected = """\
A paragraph of some words that do not
fit into one line.

files:
  a.mrc   a text that is too long for
          it and goes on
  b.mrc   short
  a-name-that-is-long.mrc
      a text below

  monodir run one-map.mrc --mask \\
      mask.mrc"""
    assert wrapped(text, 38) == expected


_IMPORTED = """
import sys
from monodir_plugin.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
libraries = {"numpy", "scipy", "numba", "matplotlib", "mrcfile", "psutil", "tqdm"}
print(sorted(libraries & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "words, needed",
    [
        (["--help"], []),
        (["--version"], []),
        (["rnu", "map.mrc"], []),
        # The registry of result maps, whose files the help lists, is part of the numerics.
        (["run", "--help"], ["numpy"]),
    ],
)
def test_help_does_not_wait_for_libraries(words, needed):
    command = [sys.executable, "-c", _IMPORTED, *words]
    environment = {**os.environ, "PYTHONPATH": ROOT}
    printed = subprocess.check_output(command, env=environment, text=True)
    assert printed.splitlines()[-1] == str(needed)


def test_presets_of_the_command_line_are_those_of_the_registry(monkeypatch):
    from monodir_plugin.cli.arguments import preset
    from monodir_plugin.cli.job_options import add_job_options
    from monodir_plugin.numerics import DEFAULT, PRESETS

    parser = argparse.ArgumentParser()
    add_job_options(parser)
    assert parser.parse_args([]).preset == "default"
    monkeypatch.setitem(PRESETS, "white noise", DEFAULT)
    for name in PRESETS:
        assert parser.parse_args(["--preset", name]).preset == name
    with pytest.raises(argparse.ArgumentTypeError) as error:
        preset("publishd")
    assert str(error.value) == (
        "there is no publishd; did you mean published? "
        "The choices are default, published, white noise"
    )


@pytest.mark.parametrize("module", ["monodir_plugin", "monodir_plugin.cli"])
def test_modules_run_the_command_line(module):
    command = [sys.executable, "-m", module, "--version"]
    environment = {**os.environ, "PYTHONPATH": ROOT}
    printed = subprocess.check_output(command, env=environment, text=True)
    assert printed == f"MonoDir {VERSION}\n"
