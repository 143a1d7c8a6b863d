"""The estimated memory of a run is at least what the run takes, and not much more."""

import os
import subprocess
import sys

import psutil
import pytest

from monodir_plugin.cli import main
from monodir_plugin.numerics.measurement.memory import memory_needed
from monodir_plugin.numerics.measurement.presets import PRESETS

from ...fixtures.maps import ROOT, particle, sample, write

BOX = 48


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
    estimated = memory_needed(BOX, int(mask.sum()), 81, threads, side)
    assert 0.5 * estimated < max(seen) < estimated
