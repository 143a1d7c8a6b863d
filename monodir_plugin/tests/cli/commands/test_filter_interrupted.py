"""``monodir filter`` that is interrupted or killed leaves nothing half-written."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from monodir_plugin.cli import main
from monodir_plugin.files.maps import MapFile, write_map
from monodir_plugin.simulation import blob_particle, noisy_map
from monodir_plugin.workflows import filter as workflow

#: Kills the process at the last moment: the file is complete but has not got its name yet.
_KILLED = """
import os, pathlib, signal, sys
from monodir_plugin.cli import main

def killed(path, target):
    os.kill(os.getpid(), signal.SIGKILL)

pathlib.Path.replace = killed
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """A run of a single map; the command without the output."""
    folder = tmp_path_factory.mktemp("interrupted")
    particle, mask = blob_particle(36, seed=4)
    maps = {"map": noisy_map(particle, noise=0.5, seed=1), "mask": mask}
    for name, values in maps.items():
        path = folder / f"{name}.mrc"
        write_map(path, values, MapFile(path, values, 2.0, (0, 0, 0), (0, 0, 0), ""))
    run = ["run", str(folder / "map.mrc"), "--mask", str(folder / "mask.mrc"), "--no-diagnosis"]
    assert main([*run, "--directions", "46", "-o", str(folder / "out")]) == 0
    return ["filter", str(folder / "out"), "--kind", "global", "-o"]


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("where", ["filter_weights", "filtered", "write_map", "save_figure"])
def test_interrupt_at_any_step_leaves_whole_files_or_none(words, tmp_path, monkeypatch, where):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(workflow, where, interrupted)
    assert main([*words, str(tmp_path / "f.mrc")]) == 128 + signal.SIGINT
    # The map is complete when the figure is drawn.
    assert _names(tmp_path) == (["f.mrc"] if where == "save_figure" else [])


def test_interrupt_while_the_map_is_written(words, tmp_path, monkeypatch):
    """The file that was there stays as it was."""
    target = tmp_path / "f.mrc"
    assert main([*words, str(target)]) == 0
    before = target.read_bytes()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("mrcfile.mrcfile.MrcFile.set_volume", interrupted)
    assert main([*words, str(target), "--sharpen", "50"]) == 128 + signal.SIGINT
    assert _names(tmp_path) == ["f.mrc", "f.png"]
    assert target.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_killed_program_leaves_no_file_of_that_name_and_the_next_one_cleans_up(words, tmp_path):
    target = tmp_path / "f.mrc"
    killed = subprocess.run([sys.executable, "-c", _KILLED, *words, str(target)], check=False)
    assert killed.returncode == -signal.SIGKILL
    left = _names(tmp_path)
    assert len(left) == 1 and left[0].startswith(".writing-")
    assert main([*words, str(target)]) == 0
    assert _names(tmp_path) == ["f.mrc", "f.png"]


def test_progress_is_shown_of_weights_and_of_the_filter(words, tmp_path, capsys):
    assert main([*words[:2], "-o", str(tmp_path / "f.mrc")]) == 0
    lines = capsys.readouterr().err.splitlines()
    counted = [int(line.split()[1]) for line in lines if line.startswith("weights: ")]
    assert counted[-1] == 46 and (np.diff(counted) > 0).all()
    assert any(line.startswith("filter: ") for line in lines)
