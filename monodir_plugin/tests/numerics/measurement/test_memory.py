"""The estimated memory of a run: what its terms count, and what runs take."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import psutil
import pytest

from monodir_plugin.cli import main
from monodir_plugin.numerics.measurement.extent import Extent
from monodir_plugin.numerics.measurement.memory import memory_needed, stage_memory
from monodir_plugin.numerics.measurement.presets import PRESETS

from ...fixtures.maps import ROOT, particle, sample, write

BOX = 48
EXTENT = Extent(size=256, side=192, voxels=800_000, axes=81, threads=2, diagnosis=False)


def taken(process):
    """Bytes of a process and its children now; shared memory is counted once."""
    tree = [process, *process.children(recursive=True)]
    found = [member.memory_full_info() for member in tree]
    return sum(one.uss for one in found) + max(one.rss - one.uss for one in found)


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """Arguments of runs of both presets that have been compiled, because compiling takes memory."""
    folder = tmp_path_factory.mktemp("memory")
    mask = write(folder / "mask.mrc", particle(BOX)[1])
    words = ["run", write(folder / "map.mrc", sample(BOX)), "--mask", mask]
    for preset in PRESETS:
        assert main([*words, "--preset", preset, "-o", str(folder / preset)]) == 0
    return words


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="shares of memory on Linux only")
@pytest.mark.parametrize("preset, threads", [("default", 2), ("default", 8), ("published", 8)])
def test_memory_of_a_run_agrees_with_the_estimate(preset, threads, words, tmp_path):
    """In a small box nearly all of it is the interpreter, the libraries and the processes."""
    options = ["--preset", preset, "--threads", str(threads), "-o", str(tmp_path / "out")]
    command = [sys.executable, "-m", "monodir_plugin.cli", *words, *options]
    environment = {**os.environ, "PYTHONPATH": ROOT}
    seen = [0]
    with subprocess.Popen(command, env=environment) as run:
        watched = psutil.Process(run.pid)
        while run.poll() is None:
            try:
                seen.append(taken(watched))
            except psutil.Error:
                continue
    assert run.returncode == 0
    mask = particle(BOX)[1] > 0.5
    side = PRESETS[preset].working_box(mask)
    estimated = memory_needed(Extent(BOX, side, int(mask.sum()), 81, threads, preset))
    # Libraries of other versions take less, or more, than those with which it was measured.
    assert 0.75 < max(seen) / estimated < 1.25


def more(name, **changes):
    """Bytes that a stage needs beyond those of ``EXTENT``."""
    return stage_memory(replace(EXTENT, **changes))[name] - stage_memory(EXTENT)[name]


def test_the_table_needs_two_bytes_for_every_value():
    assert more("reducing", axes=82) == pytest.approx(2 * EXTENT.voxels, abs=1)


def test_every_process_needs_as_much_as_the_first():
    assert more("measuring", threads=8) == pytest.approx(6 * more("measuring", threads=3), rel=1e-6)
    assert more("reducing", threads=8) == 0


def test_every_map_that_is_being_written_needs_a_box():
    """Of 7 threads beside the figure, 3 write maps; of 1, one does; tensors count as a map."""
    box = 4 * EXTENT.size**3
    assert more("drawing", threads=8) == pytest.approx(2 * box, abs=1)
    both, one = (more("writing", diagnosis=True, threads=threads) for threads in (3, 2))
    assert both - one == pytest.approx(box, abs=1)


def test_a_wider_cone_holds_more_coefficients():
    """As the part of the sphere that it covers, 26 degrees about the axis with a cone of 30."""
    at_30, at_60 = (more("measuring", cone=30.0 * reach / 26) for reach in (30, 60))
    share = np.cos(np.deg2rad(30)) - np.cos(np.deg2rad(60))
    each = (at_60 - at_30) / EXTENT.threads
    assert each == pytest.approx(10 * share * EXTENT.side**3, rel=1e-6)


def test_the_stage_that_needs_most_decides():
    most = []
    for extent in (EXTENT, replace(EXTENT, threads=64), replace(EXTENT, diagnosis=True)):
        stages = stage_memory(extent)
        assert memory_needed(extent) == max(stages.values())
        most.append(max(stages, key=stages.__getitem__))
    assert most[1] == "measuring" != most[0]
