"""EMD-3488 (haemoglobin) filtered with a run of its own, and its model."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Iterator, Tuple

import numpy as np
from scipy.ndimage import fourier_shift

from monodir_plugin.files.loading import load_results
from monodir_plugin.files.maps import read_map
from monodir_plugin.numerics.filtering.weights import KINDS
from monodir_plugin.simulation.models import density_of_model, load_gemmi, read_model
from monodir_plugin.workflows.filter import filter_map
from monodir_plugin.workflows.measure.job import Job
from monodir_plugin.workflows.measure.run import run
from studies.filter.atoms import at_positions, local_correlation
from studies.filter.truth import Truth, by_shell
from studies.harness import Record, Setting

__all__ = ["CASE", "real_map"]

CASE = "EMD-3488"
_MAP, _MODEL = "emd_3488.mrc", "5me2.pdb"
#: Å: resolution as deposited, which the map of the model is low-passed to, and radius of the ball.
_RESOLUTION, _RADIUS = 3.2, 3.0


def real_map(setting: Setting) -> Iterator[Record]:
    """Correlation at the atoms; nothing without a folder of maps that holds map and model."""
    if setting.emdb is None or not (setting.emdb / _MODEL).is_file():
        return
    volume = setting.emdb / _MAP
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "run"
        job = Job(map=str(volume), output=folder, threads=setting.threads, diagnosis=False)
        summary = run(job)
        source, mask = read_map(volume), load_results(folder).mask
        maps = {"deposited": source.values}
        for kind in KINDS:
            written = filter_map(folder, Path(scratch) / f"{kind}.mrc", None, kind, quiet=True)
            maps[kind] = read_map(written.path).values
    size, sampling = len(source.values), source.sampling
    positions, density = _model(setting.emdb / _MODEL, size, sampling)
    last = int(size * sampling / _RESOLUTION)
    low = by_shell(density, np.arange(size) <= last)
    truth = Truth(density, mask, np.ones(size), sampling)
    for name, values in maps.items():
        mean, median = at_positions(local_correlation(values, low, _RADIUS / sampling), positions)
        fsc, _ = truth.by_frequency(values)
        yield {
            "case": CASE,
            "what": name,
            "atoms": positions.shape[1],
            "atoms_mean": mean,
            "atoms_median": median,
            "resolution_A": truth.resolution(fsc),
            # A warning begins with the path of the map, which is that of this machine.
            "warnings": " | ".join(re.sub(r"^map .*?: ", "", w) for w in summary["warnings"]),
        }


def _model(path: Path, size: int, sampling: float) -> Tuple[np.ndarray, np.ndarray]:
    """Atoms where the file has them, voxels ``z, y, x`` (3, atoms), and the density there."""
    structure = read_model(load_gemmi("a map of an atomic model"), path)
    structure.setup_entities()
    structure.remove_ligands_and_waters()
    structure.remove_hydrogens()
    atoms = [list(found.atom.pos)[::-1] for part in structure for found in part.all()]
    positions = np.array(atoms).T / sampling
    # The density has the mean of the atoms in the middle of the box.
    shift = positions.mean(axis=1) - size // 2
    centred = np.fft.rfftn(density_of_model(path, size, sampling))
    return positions, np.fft.irfftn(fourier_shift(centred, shift, size), s=(size,) * 3)
