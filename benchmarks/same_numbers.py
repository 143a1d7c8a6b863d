"""Compare the results of two checkouts of the program, number by number.

    python -m benchmarks.same_numbers --other CHECKOUT [--output TABLE.csv]

Both checkouts simulate an experiment in a box of 48 voxels, run the demo, and measure the same maps
in several ways: with both presets, from half maps, and with the diagnosis.  Every file that they
write is compared: maps by their bytes, tables and arrays by column or name, summaries by key.  One
line is printed for each file:

* same: the bytes are the same;
* same numbers: text differs, or doubles beyond twelve digits, and no other number;
* renamed: columns, arrays or keys have other names (those of ``RENAMED``), and the same numbers;
* differs: numbers differ, or are missing; with the largest difference.

The exit status is 1 when a number differs.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Sequence, Tuple

import mrcfile
import numpy as np

from studies.harness import write_csv

__all__ = ["Comparison", "compare_files", "values_of"]

_HERE = Path(__file__).resolve().parent.parent
#: Names that were changed: of the other checkout, then of this one.  Of a file; of an array of an
#: npz or a column of a csv (``file:name``); of a key of a json, or the beginning of it.
RENAMED: Dict[str, str] = {
    "table.npz:rungs": "frequencies",
    "tensor.npz:ladder": "resolution_range",
    "diagnosis.angular_error.cells": "diagnosis.angular_error.bins",
    "diagnosis.angular_error.told": "diagnosis.angular_error.significant",
}
#: Arrays that older checkouts do not write.
ADDED = ("first", "monores", "along", "along_axes")
#: Keys and header fields that depend on the time, the place or the version of the program.
IGNORED = ("program", "version", "path", "sha256", "label")
#: Doubles that agree to this relative precision are the same: the last digit of NumPy's functions
#: depends on where an array lies in memory, and differs between two runs of one checkout.
_PRECISION = 1e-12
#: Suffixes of files that are not compared: their numbers are in other files.
_PICTURES = (".png", ".html", ".log")
_INPUTS = "simulated"
_MASK = ("--mask", f"{_INPUTS}/mask.mrc")
_MAP = (f"{_INPUTS}/map.mrc", *_MASK)
_HALVES = ("--half1", f"{_INPUTS}/half1.mrc", "--half2", f"{_INPUTS}/half2.mrc", *_MASK)
#: Arguments of the program, by the folder of the results.
RUNS: Dict[str, Tuple[str, ...]] = {
    "demo": ("demo",),
    "default": ("run", *_MAP, "--no-diagnosis", "--along", "0,0,1"),
    "published": ("run", *_MAP, "--no-diagnosis", "--preset", "published"),
    "halves": ("run", *_HALVES, "--no-diagnosis", "--criterion", "0.143"),
    "published-halves": ("run", *_HALVES, "--no-diagnosis", "--preset", "published"),
    "diagnosed": ("run", *_MAP, "--images", "400"),
    "diagnosed-halves": ("run", *_HALVES, "--images", "400"),
}
_SIMULATE = (
    "simulate", "--box", "48", "--sampling", "2", "--images", "400", "--concentration", "3",
    "--noise", "0.5", "--angle-error", "1", "--seed", "1",
)  # fmt: skip


class Comparison(NamedTuple):
    """One file of both checkouts.

    Attributes
    ----------
    file : str
    state : str
        ``same``, ``same numbers``, ``renamed`` or ``differs``.
    detail : str
        What differs, and by how much; what was renamed.
    """

    file: str
    state: str
    detail: str = ""

    @property
    def line(self) -> str:
        """The line that is printed."""
        return f"{self.file:44} {self.state}" + (f": {self.detail}" if self.detail else "")


def values_of(path: Path) -> Dict[str, Any]:
    """What a file holds, by name: arrays, numbers, text.

    Parameters
    ----------
    path : Path
        A map, an npz, a csv or a json.

    Returns
    -------
    dict
        Values of a json have the names of all keys above them, joined by dots.
    """
    if path.suffix == ".mrc":
        with mrcfile.open(path) as file:
            header = {
                name: np.array(file.header[name].tolist()) for name in file.header.dtype.names
            }
            return {**header, "values": np.array(file.data)}
    if path.suffix == ".npz":
        with np.load(path) as stored:
            return dict(stored)
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            lines = list(csv.reader(file))
        return {name: _column(column) for name, *column in zip(*lines)}
    if path.suffix == ".json":
        return dict(_flat(json.loads(path.read_text(encoding="utf-8"))))
    return {"text": path.read_text(encoding="utf-8")}


def _column(texts: Sequence[str]) -> np.ndarray:
    try:
        return np.array([float(text) if text else np.nan for text in texts])
    except ValueError:
        return np.array(texts)


def _flat(value: Any, name: str = "") -> Iterator[Tuple[str, Any]]:
    items: Iterable[Tuple[Any, Any]]
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        yield name, value
        return
    for key, each in items:
        yield from _flat(each, f"{name}.{key}" if name else f"{key}")


def compare_files(name: str, this: Path, other: Path) -> Comparison:
    """Compare a file of this checkout with that of the other.

    Parameters
    ----------
    name : str
        Name of the file in this checkout, with its folder.
    this, other : Path

    Returns
    -------
    Comparison
    """
    if this.read_bytes() == other.read_bytes():
        return Comparison(name, "same")
    mine, theirs = values_of(this), values_of(other)
    renamed = []
    for old in list(theirs):
        new = _renamed(this, old)
        if new != old:
            theirs[new] = theirs.pop(old)
            renamed.append(f"{old} -> {new}")
    numbers: List[str] = []
    texts: List[str] = []
    for key in dict.fromkeys((*mine, *theirs)):
        if any(part in IGNORED for part in key.split(".")):
            continue
        one, two = mine.get(key), theirs.get(key)
        if key not in mine or key not in theirs:
            missing = f"{key} is only in {'this' if key in mine else 'the other'} checkout"
            added = this.name == "table.npz" and key in ADDED
            is_text = added or _is_text(one if key in mine else two)
            (texts if is_text else numbers).append(missing)
        elif _is_text(one) and _is_text(two):
            texts += [key] if np.any(np.asarray(one) != np.asarray(two)) else []
        else:
            numbers += _difference(key, one, two)
    if numbers:
        return Comparison(name, "differs", "; ".join(numbers))
    detail = ", ".join(renamed) + (
        f"{'; ' if renamed else ''}text: {', '.join(texts)}" if texts else ""
    )
    return Comparison(name, "renamed" if renamed else "same numbers", detail)


def _renamed(file: Path, name: str) -> str:
    """Name in this checkout of what is in a file of the other one."""
    if file.suffix != ".json":
        return RENAMED.get(f"{file.name}:{name}", name)
    for old, new in RENAMED.items():
        if name == old or name.startswith(f"{old}."):
            return new + name[len(old) :]
    return name


def _is_text(value: Any) -> bool:
    return np.asarray(value).dtype.kind in "SU"


def _difference(name: str, one: Any, two: Any) -> List[str]:
    """A sentence if two values (arrays, numbers or ``None``) are not the same."""
    if one is None or two is None or _is_text(one) or _is_text(two):
        return [] if one is None and two is None else [f"{name}: {one} instead of {two}"]
    first, second = np.asarray(one), np.asarray(two)
    if first.shape != second.shape or first.dtype != second.dtype:
        shapes = (f"{each.shape} {each.dtype}" for each in (first, second))
        return [f"{name}: {' instead of '.join(shapes)}"]
    if np.array_equal(first, second, equal_nan=first.dtype.kind in "fc"):
        return []
    if first.dtype == np.float64 and np.allclose(first, second, _PRECISION, 0.0, equal_nan=True):
        return []
    apart = np.abs(first.astype(float) - second.astype(float))
    return [f"{name}: differs by up to {np.nanmax(apart):.3g}"]


def _run(checkout: Path, folder: Path, arguments: Sequence[str], threads: int) -> None:
    """Run the program of a checkout in the folder of the inputs."""
    command = [sys.executable, "-m", "monodir_plugin.cli", *arguments, "--threads", str(threads)]
    finished = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if finished.returncode:
        sys.exit(f"{checkout}: {' '.join(arguments)} failed:\n{finished.stdout[-3000:]}")


def _check_imported(checkout: Path) -> None:
    """Stop where another package than that of the checkout would be run."""
    code = "import monodir_plugin; print(monodir_plugin.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout.strip()
    if Path(found).resolve().parent.parent != checkout:
        sys.exit(f"{checkout} holds no package: {found} is imported")


def compared(checkouts: Sequence[Path], threads: int) -> Iterator[Comparison]:
    """Run everything in both checkouts, this one first, and compare what they write."""
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        results = [work / name for name in ("this", "other")]
        for checkout, folder in zip(checkouts, results):
            # With more threads the order of the simulator's sums differs from run to run.
            _run(checkout, work, [*_SIMULATE, "-o", str(folder / _INPUTS)], threads=1)
        yield from _of_folders(_INPUTS, *results)
        # The inputs of all other runs are those that this checkout simulated.
        (work / _INPUTS).symlink_to(results[0] / _INPUTS)
        for name, arguments in RUNS.items():
            for checkout, folder in zip(checkouts, results):
                _run(checkout, work, [*arguments, "-o", str(folder / name)], threads)
            yield from _of_folders(name, *results)


def _of_folders(name: str, this: Path, other: Path) -> Iterator[Comparison]:
    mine = {path.name for path in (this / name).iterdir() if path.suffix not in _PICTURES}
    theirs = {
        RENAMED.get(path.name, path.name): path
        for path in (other / name).iterdir()
        if path.suffix not in _PICTURES
    }
    for file in sorted({*mine, *theirs}):
        label = f"{name}/{file}"
        if file in mine and file in theirs:
            yield compare_files(label, this / name / file, theirs[file])
        else:
            where = "this" if file in mine else "the other"
            yield Comparison(label, "differs", f"only {where} checkout writes it")


def main() -> int:
    """Print the comparison; 1 when a number differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--other", type=Path, required=True, help="folder of the other checkout")
    parser.add_argument("--output", type=Path, metavar="TABLE", help="also write a csv")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    checkouts = (_HERE, options.other.resolve())
    for checkout in checkouts:
        _check_imported(checkout)
    found: List[Comparison] = []
    for comparison in compared(checkouts, options.threads):
        print(comparison.line, flush=True)
        found.append(comparison)
    if options.output is not None:
        write_csv([each._asdict() for each in found], options.output)
    return int(any(each.state == "differs" for each in found))


if __name__ == "__main__":
    sys.exit(main())
