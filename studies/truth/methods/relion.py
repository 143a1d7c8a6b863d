"""RELION's local resolution of the half maps of an experiment.

The program is that of Debian's package ``relion``.  It measures the FSC of the half maps in
spherical soft masks and reports where it crosses 0.143, corrected by random phases.  Its default
lengths suit voxels of 1 to 2 Å; here lengths are given in voxels, with the values that did best on
the tuning cases.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import mrcfile
import numpy as np

from studies.harness import Cache
from studies.truth.experiment import Experiment

__all__ = [
    "PROGRAM",
    "relion_filtered",
    "relion_resolution",
    "relion_version",
    "with_relion",
]

PROGRAM = "relion_postprocess"
#: Options that are lengths, in voxels.
_LENGTHS = {
    "--locres_minres": 10.0,
    "--locres_maskrad": 4.0,
    "--locres_edgwidth": 6.0,
    "--locres_randomize_at": 8.0,
}


def relion_version() -> Optional[str]:
    """Version of the program; None where it is not installed."""
    if shutil.which(PROGRAM) is None:
        return None
    found = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout
    first = found.strip().splitlines()[:1]
    return first[0].split(":")[-1].strip() if first else "unknown version"


def with_relion(experiment: Experiment, cache: Cache) -> np.ndarray:
    """Local resolution as frequency, cycles per voxel, shape (voxels,)."""
    half = float(np.sum(experiment.half1.astype(float) ** 2))
    key = (experiment.case, half, relion_version(), _LENGTHS)
    stored = cache.arrays(f"relion-{experiment.case.name}", key, lambda: _run(experiment))
    return stored["frequency"]


def relion_filtered(experiment: Experiment) -> np.ndarray:
    """Mean of the half maps filtered by RELION's local resolution, without a B-factor."""
    halves = (experiment.half1, experiment.half2)
    options = ["--adhoc_bfac", "0"]
    return _postprocess(halves, experiment.case.sampling, "out_locres_filtered.mrc", options)


def relion_resolution(half1: np.ndarray, half2: np.ndarray, sampling: float) -> np.ndarray:
    """Local resolution of two half maps in Å, shape (N, N, N); 0 where there is none.

    ``sampling`` is the voxel size, Å.
    """
    return _postprocess((half1, half2), sampling, "out_locres.mrc", [])


def _run(experiment: Experiment) -> Dict[str, np.ndarray]:
    sampling = experiment.case.sampling
    resolution = relion_resolution(experiment.half1, experiment.half2, sampling)
    found = resolution.ravel()[experiment.voxels].astype(float)
    frequency = np.divide(sampling, found, out=np.zeros_like(found), where=found > 0)
    return {"frequency": np.minimum(frequency, 0.5).astype(np.float32)}


def _postprocess(
    halves: Tuple[np.ndarray, np.ndarray], sampling: float, wanted: str, options: List[str]
) -> np.ndarray:
    """One of the maps that the program writes."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, half in zip(("half1", "half2"), halves):
            with mrcfile.new(str(folder / f"{name}.mrc")) as file:
                file.set_data(half.astype(np.float32))
                file.voxel_size = sampling
        command = [PROGRAM, "--i", "half1.mrc", "--i2", "half2.mrc", "--locres"]
        command += ["--angpix", str(sampling), "--o", "out", *options]
        for option, voxels in _LENGTHS.items():
            command += [option, str(voxels * sampling)]
        # Its last step, a plot, may fail; the map has been written by then.
        subprocess.run(command, cwd=scratch, capture_output=True, check=False)
        return mrcfile.read(str(folder / wanted))
