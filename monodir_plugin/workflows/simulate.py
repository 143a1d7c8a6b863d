"""Simulate an experiment and write its files."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ..constants import VERSION
from ..errors import InputError
from ..files.atomic import atomic_folder, disk_errors
from ..files.maps import MapFile, write_map
from ..files.output_paths import check_folder
from ..simulation.imaging import Imaging, Simulated, simulate
from ..simulation.models import placed_model
from ..simulation.particle import Particle
from ..simulation.slices import euler_of_orientation
from .progress import progress_of

__all__ = ["MODEL", "PARAMETERS", "VIEWS", "simulate_into"]

MODEL = "model.cif"
VIEWS = "views.csv"
PARAMETERS = "simulation.json"


def simulate_into(
    output: Path, particle: Particle, imaging: Imaging, threads: int = 1, quiet: bool = False
) -> Simulated:
    """Simulate an experiment and write its maps, views and parameters into a folder.

    The files are ``map.mrc``, ``half1.mrc``, ``half2.mrc``, ``mask.mrc``, ``particle.mrc``
    (the noiseless particle that is projected), ``clean.mrc`` and ``noise.mrc`` (whose sum is
    the map), ``views.csv`` (the Euler angles that the reconstruction assumed, degrees) and
    ``simulation.json``.  Of an atomic model also ``model.cif``: the atoms that were projected, in
    the frame of the maps.  They are moved into the folder when all are written.

    Parameters
    ----------
    output : Path
        The folder; it is created if it does not exist.
    particle : Particle
    imaging : Imaging
    threads : int
    quiet : bool
        Show no progress.

    Returns
    -------
    Simulated
        The maps and the views.

    Raises
    ------
    InputError
        If the model cannot be used or the folder cannot be written.
    """
    check_folder(output)
    model = None if particle.model is None else Path(particle.model)
    if model is not None and model.resolve() == (output / MODEL).resolve():
        raise InputError(f"output {output}: {MODEL} would replace the model; give another folder")
    volume, mask = particle.density()
    simulated = simulate(volume, imaging, threads, progress_of("simulation", quiet))
    like = MapFile(Path("simulation"), volume, particle.sampling, (0.0, 0.0, 0.0), (0, 0, 0), "")
    maps = {
        "map": simulated.map,
        "half1": simulated.half1,
        "half2": simulated.half2,
        "mask": mask,
        "particle": volume,
        "clean": simulated.clean,
        "noise": simulated.noise,
    }
    with disk_errors(output), atomic_folder(output) as folder:
        for name, values in maps.items():
            write_map(folder / f"{name}.mrc", values, like)
        _write_views(folder / VIEWS, simulated)
        _write_parameters(folder / PARAMETERS, particle, imaging)
        if model is not None:
            placed = placed_model(model, particle.size, particle.sampling, particle.b_factor)
            placed.make_mmcif_document().write_file(str(folder / MODEL))
    return simulated


def _write_views(path: Path, simulated: Simulated) -> None:
    angles = euler_of_orientation(simulated.orientations)
    header = "rot_deg,tilt_deg,psi_deg"
    np.savetxt(path, angles, fmt="%.4f", delimiter=",", header=header, comments="")


def _write_parameters(path: Path, particle: Particle, imaging: Imaging) -> None:
    record = {"version": VERSION, "particle": asdict(particle), "imaging": asdict(imaging)}
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
