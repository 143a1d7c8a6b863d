"""The help of the command line, and the modules that start it."""

import argparse
import os
import re
import subprocess
import sys
from importlib import import_module

import pytest

from monodir_plugin.cli import FAMILIES
from monodir_plugin.constants import VERSION

from ..fixtures.maps import ROOT, call


def test_help_of_run_lists_the_files_that_it_writes(done, capsys):
    listed = set(re.findall(r"\b\w+\.(?:mrc|csv|npz|json|png)\b", call(capsys, "run", "-h").out))
    examples = {"map.mrc", "half1.mrc", "half2.mrc", "a.mrc", "b.mrc", "c.mrc"}
    of_several_maps = {"monodir_maps.csv"}
    of_half_maps = {"conical_fsc.npz", "conical_fsc.csv"}
    others = of_half_maps | of_several_maps | {"particles.npz"}
    expected = listed - examples - others - {"along_X_Y_Z.mrc", "mask.mrc"}
    expected |= {"along_0_0_1.mrc", "along_-0.5_0_1.mrc"}
    assert others < listed
    assert {path.name for path in done.folder.iterdir()} == expected
    assert len(expected) == 7 + 2 + 5 + 3


def test_modules_have_the_commands_that_are_listed_for_them(capsys):
    """A command that is missing in ``FAMILIES`` works, but only after all modules are imported."""
    listed = [command for commands in FAMILIES.values() for command in commands]
    offered = re.findall(r"^    (\w+)", call(capsys, "-h").out.partition("COMMAND\n")[2], re.M)
    assert offered == listed
    for family, commands in FAMILIES.items():
        added = argparse.ArgumentParser().add_subparsers()
        import_module(f"monodir_plugin.cli.commands.{family}").add_parser(added)
        assert tuple(added.choices) == commands


@pytest.mark.parametrize("module", ["monodir_plugin", "monodir_plugin.cli"])
def test_modules_run_the_command_line(module):
    command = [sys.executable, "-m", module, "--version"]
    environment = {**os.environ, "PYTHONPATH": ROOT}
    printed = subprocess.check_output(command, env=environment, text=True)
    assert printed == f"MonoDir {VERSION}\n"
