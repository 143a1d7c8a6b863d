"""Tuning of the process: functions compiled ahead in a first run, and rare garbage collection."""

import json
import os
import subprocess
import sys

import pytest

from ..fixtures.maps import ROOT, SHORT, particle, sample, write

#: Runs the command line and prints the functions of the package that its process compiled.
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
import hashlib, os, pathlib
from monodir_plugin.workflows import process_tuning
from monodir_plugin.numerics import DEFAULT
from monodir_plugin.diagnosis import gamma_tensor_fit
print(len(process_tuning.compile_ahead(DEFAULT)))
cache = pathlib.Path(os.environ["NUMBA_CACHE_DIR"])
text_hash = hashlib.sha256(pathlib.Path(gamma_tensor_fit.__file__).read_bytes()).digest()
hashed = False
for index in cache.rglob("gamma_tensor_fit._judge*.nbi"):
    os.utime(index, (0, 0))
    hashed = text_hash in index.read_bytes()
# The source was only written again: Numba with hashes uses what is there.
print(len(process_tuning.compile_ahead(DEFAULT)) == (0 if hashed else 2))
for index in cache.rglob("gamma_tensor_fit*.nbi"):
    index.unlink()
processes = process_tuning.compile_ahead(DEFAULT)
print(len(processes))
process_tuning.wait_for(processes)
def none(): raise OSError("no room")
os.fork = none
print(process_tuning.compile_ahead(DEFAULT))
print([process.exitcode for process in processes])
"""
#: Modules whose functions the diagnosis of a map compiles in the process itself ...
_DIAGNOSIS = {
    "constant_parts",
    "directional_shell_sums",
    "lattice",
    "outside_structure",
    "whitening",
}
#: ... those that it or another process compiles, whichever comes to it first ...
_EITHER = {"shells"}
#: ... and those that are compiled ahead in other processes, for both presets and for each.
_BOTH = {
    "lattice",
    "lattice_runs",
    "band_grid",
    "partial_fourier",
    "sequential_test",
    "gamma_tensor_fit",
    "principal_axes",
    "weighted_mean",
}
AHEAD = {
    "default": _BOTH | {"direction_power", "direction_bins", "whitening", "soft_cone", "nodes"},
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


def output_of(code, cache, *words):
    environment = {**os.environ, "PYTHONPATH": ROOT, "NUMBA_CACHE_DIR": str(cache)}
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes on Linux only")
@pytest.mark.parametrize("preset", AHEAD)
def test_a_first_run_compiles_ahead_and_a_second_one_nothing(preset, tmp_path):
    cache = tmp_path / "cache"
    mask = write(tmp_path / "mask.mrc", particle(36)[1])
    words = ["run", write(tmp_path / "map.mrc", sample(36)), "--mask", mask, *SHORT]
    words += ["--threads", "1", "--verbose", "--preset", preset]
    first = output_of(_LISTEN, cache, *words, "-o", str(tmp_path / "out"))
    assert "first run: compiling" in first.stderr
    here = json.loads(first.stdout.splitlines()[-1])
    # What both need is compiled by whichever comes to it first.
    found = {name.split(".")[0] for name in here}
    assert _DIAGNOSIS - AHEAD[preset] <= found <= _DIAGNOSIS | _EITHER
    kept = {path.name.split("-")[0] for path in cache.rglob("*.nbi")}
    assert {name.split(".")[0] for name in kept} == AHEAD[preset] | _DIAGNOSIS | _EITHER
    later = output_of(_LISTEN, cache, *words, "-o", str(tmp_path / "later"))
    assert "compiling" not in later.stderr
    assert json.loads(later.stdout.splitlines()[-1]) == []
    # Where an index is missing it is compiled ahead; where no process can be started, nothing is.
    # Asked for with the default preset alone: once is enough.
    if preset == "default":
        assert output_of(_AGAIN, cache).stdout.splitlines() == ["0", "True", "2", "[]", "[0, 0]"]


_COLLECTOR = """
import gc
# Python 3.12 and later freeze some objects themselves.
before = gc.get_freeze_count()
from monodir_plugin.workflows.process_tuning import collect_garbage_rarely
collect_garbage_rarely()
print(gc.get_threshold()[0] > 10_000, gc.get_freeze_count() - before)
import atexit
atexit._run_exitfuncs()
print(gc.get_freeze_count() > before + 1000)
"""


def test_garbage_is_collected_rarely_and_not_at_the_end(tmp_path):
    assert output_of(_COLLECTOR, tmp_path).stdout.split() == ["True", "0", "True"]


_BEFORE_LIBRARIES = """
import sys
import monodir_plugin.workflows.process_tuning
print(sorted({"numpy", "numba", "scipy", "matplotlib"} & set(sys.modules)))
"""


def test_the_settings_can_be_made_before_any_library_is_imported(tmp_path):
    assert output_of(_BEFORE_LIBRARIES, tmp_path).stdout.strip() == "[]"


_CLOSED_WINDOW = """
import gc, sys, threading, tkinter
from monodir_plugin.workflows.process_tuning import tune_process

class Image:
    def __del__(self):
        print(threading.current_thread() is threading.main_thread())

gc.disable()
image = Image()
image.window = image
del image
tune_process()
print("tuned")
"""


def test_what_is_left_of_windows_is_deleted_in_the_main_thread(tmp_path):
    pytest.importorskip("tkinter")
    assert output_of(_CLOSED_WINDOW, tmp_path).stdout.split() == ["True", "tuned"]
