"""Run the program on one map; also as a script, with another checkout's program.

As a script: ``python program.py INPUT.npz OUTPUT.npz``, with ``PYTHONPATH`` naming the checkout.
It imports nothing of the studies, so that an earlier program is measured by the same code.
"""

from __future__ import annotations

import dataclasses
import sys
from importlib import import_module
from typing import Any, Dict, Optional

import numpy as np

__all__ = ["has_criterion", "measure"]


def has_criterion() -> bool:
    """Whether the program takes its criterion as an FSC value."""
    from monodir_plugin.numerics import Settings

    return "criterion" in {field.name for field in dataclasses.fields(Settings)}


def measure(
    volume: np.ndarray,
    mask: np.ndarray,
    sampling: float,
    preset: str,
    criterion: float,
    noise_map: Optional[np.ndarray] = None,
    threads: int = 1,
) -> Dict[str, np.ndarray]:
    """R(r, d) along 46 axes, by the program's public interface.

    Parameters
    ----------
    volume, mask : ndarray, shape (N, N, N)
    sampling : float
        Voxel size, Å.
    preset : str
    criterion : float
        FSC value; ignored by presets and programs that have none.
    noise_map : ndarray, shape (N, N, N), optional
        Half of the difference of the half maps.
    threads : int

    Returns
    -------
    dict of str to ndarray
        ``table``, shape (46, voxels), and ``without_cone``, shape (voxels,), float32, cycles per
        voxel, 0 where not resolved; ``indices``, the voxels' flat indices in the box.
    """
    from monodir_plugin.numerics import PRESETS, Settings, analyse

    more: Dict[str, Any] = {}
    if preset == "default" and has_criterion():
        more["criterion"] = criterion
    settings = Settings(directions=46, coarsest=10 * sampling, **more)
    found = analyse(volume, mask, sampling, settings, PRESETS[preset], noise_map, threads=threads)
    # The module of the table has another name in earlier programs.
    decode = import_module(type(found.table).__module__).decode
    monores = np.asarray(found.monores, float)
    # The coarse limit stands for voxels that are not resolved.
    resolved = np.isfinite(monores) & (monores < found.table.coarsest * (1 - 1e-4))
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.where(resolved, sampling / monores, 0.0)
    return {
        "table": decode(found.table.codes).astype(np.float32),
        "without_cone": plain.astype(np.float32),
        "indices": found.table.indices,
    }


def _main(source: str, target: str) -> None:
    with np.load(source) as stored:
        given = dict(stored)
    noise_map = given["noise_map"] if given["noise_map"].size else None
    found = measure(
        given["volume"],
        given["mask"],
        float(given["sampling"]),
        str(given["preset"]),
        float(given["criterion"]),
        noise_map,
        int(given["threads"]),
    )
    np.savez(target, **found)


if __name__ == "__main__":
    _main(*sys.argv[1:])
