"""Times that do not depend on the map: start-up, imports, compilation, and a batch of maps."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

from benchmarks.setting import clear_results, phantom, words_of_run, write_inputs
from benchmarks.whole_runs.watched import REPOSITORY, cpu_seconds, environment_of
from studies.harness import Record

__all__ = ["measured_starts"]

_SIZE, _MAPS = 48, 10
_IMPORTS = "import monodir_plugin.cli.run_inputs"


def measured_starts(quick: bool = False) -> Iterator[Record]:
    """Measure commands, each in a process of its own.

    Parameters
    ----------
    quick : bool
        Measure no compilation, and a batch of two maps.

    Yields
    ------
    dict
        Name of the command, wall seconds, and seconds of all cores.
    """
    for what, words in (
        ("monodir --help", ["-m", "monodir_plugin", "--help"]),
        ("monodir run --help", ["-m", "monodir_plugin", "run", "--help"]),
        ("imports of a run", ["-c", _IMPORTS]),
        ("imports of a run and of its figure", ["-c", f"{_IMPORTS}, monodir_plugin.figures"]),
    ):
        _timed(words)  # So that files are in the memory of the system.
        yield _record(what, *min(_timed(words) for _ in range(3)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder, *phantom(_SIZE))
        words = ["-m", "monodir_plugin", *words_of_run(folder, "default", 2)]
        if not quick:
            cache = {"NUMBA_CACHE_DIR": str(folder / "cache")}
            yield _record(f"first run of {_SIZE}³, which compiles", *_timed(words, cache))
            yield _record(f"next run of {_SIZE}³", *_timed(words, cache))
        maps = _copies(folder, 2 if quick else _MAPS)
        seconds, cpu = 0.0, 0.0
        for path in maps:
            one = [*words[:-1], str(path)]
            taken = _timed(one)
            seconds, cpu = seconds + taken[0], cpu + taken[1]
        yield _record(f"{len(maps)} maps of {_SIZE}³, one process each", seconds, cpu)
        batch = [*words[:-1], *map(str, maps)]
        yield _record(f"{len(maps)} maps of {_SIZE}³, one process", *_timed(batch))


def _copies(folder: Path, count: int) -> List[Path]:
    """The same map under several names."""
    content = (folder / "map.mrc").read_bytes()
    paths = [folder / f"copy{number}.mrc" for number in range(count)]
    for path in paths:
        path.write_bytes(content)
    return paths


def _timed(words: List[str], more: Optional[Dict[str, str]] = None) -> Tuple[float, float]:
    """Wall seconds, and seconds of all cores, of Python with some arguments."""
    clear_results(words)
    start, cpu = time.perf_counter(), cpu_seconds()
    subprocess.run(
        [sys.executable, *words],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**environment_of(REPOSITORY), **(more or {})},
    )
    return time.perf_counter() - start, cpu_seconds() - cpu


def _record(what: str, seconds: float, cpu: float) -> Record:
    print(f"{what}: {seconds:.2f} s, {cpu:.2f} s of all cores", file=sys.stderr, flush=True)
    return {"what": what, "seconds": seconds, "cpu_seconds": cpu}
