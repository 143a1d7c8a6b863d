"""A first run: what it needs later is compiled beside what it does first, and nothing twice."""

import json
import os
import subprocess
import sys

import pytest

from ..fixtures.maps import ROOT, SHORT, particle, sample, write

#: Runs the command line, and prints the functions of ours that this process compiled.
_LISTEN = """
import json, sys
from numba.core import event
from monodir_plugin.cli import main

class Listener(event.Listener):
    def on_start(self, event): pass
    def on_end(self, event):
        function = event.data["dispatcher"].py_func
        if function.__module__.startswith("monodir_plugin"):
            compiled.append(f"{function.__module__.split('.')[-1]}.{function.__name__}")

compiled = []
event.register("numba:compile", Listener())
status = main(sys.argv[1:])
print(json.dumps(compiled))
sys.exit(status)
"""
_AGAIN = """
import os, pathlib
from monodir_plugin import compiling
from monodir_plugin.numerics import DEFAULT
print(len(compiling.compile_beside(DEFAULT)))
for index in pathlib.Path(os.environ["NUMBA_CACHE_DIR"]).rglob("gamma_tensor_fit*.nbi"):
    os.utime(index, (0, 0))
crew = compiling.compile_beside(DEFAULT)
print(len(crew))
compiling.wait_for(crew)
def none(): raise OSError("no room")
os.fork = none
print(compiling.compile_beside(DEFAULT))
print([process.exitcode for process in crew])
"""
#: Modules with what is compiled beside, for either preset and for each.
_BOTH = {
    "lattice_runs",
    "band_grid",
    "partial_fourier",
    "sequential_test",
    "reductions",
    "gamma_tensor_fit",
}
BESIDE = {
    "default": _BOTH | {"data_coverage", "whitening", "soft_cone", "nodes"},
    "published": _BOTH
    | {
        "monogenic_amplitude",
        "edge_taper",
        "hard_cone",
        "coned_amplitude",
        "voxel_interpolation",
        "sampled_noise",
    },
}


def answer(code, cache, *words):
    environment = {**os.environ, "PYTHONPATH": ROOT, "NUMBA_CACHE_DIR": str(cache)}
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes on Linux only")
@pytest.mark.parametrize("preset", BESIDE)
def test_a_first_run_compiles_nothing_twice(preset, tmp_path):
    cache = tmp_path / "cache"
    mask = write(tmp_path / "mask.mrc", particle(36)[1])
    words = ["run", write(tmp_path / "map.mrc", sample(36)), "--mask", mask, *SHORT]
    words += ["--threads", "1", "--verbose", "--preset", preset]
    first = answer(_LISTEN, cache, *words, "-o", str(tmp_path / "out"))
    assert "first run: compiling" in first.stderr
    here = json.loads(first.stdout.splitlines()[-1])
    # By the diagnosis, which comes first.
    assert here and {name.split(".")[0] for name in here} == {"cone_sums"}
    kept = {path.name.split("-")[0] for path in cache.rglob("*.nbi")}
    assert {name.split(".")[0] for name in kept} == BESIDE[preset] | {"cone_sums"}
    later = answer(_LISTEN, cache, *words, "-o", str(tmp_path / "later"))
    assert "compiling" not in later.stderr
    assert json.loads(later.stdout.splitlines()[-1]) == []
    # An index older than its source belongs to another version; without room for processes
    # a run does without them.
    assert answer(_AGAIN, cache).stdout.splitlines() == ["0", "2", "[]", "[0, 0]"]
