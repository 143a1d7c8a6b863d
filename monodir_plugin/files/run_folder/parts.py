"""Parts of a table on disk: rows for some of the axes, and the map without directions.

A part carries the fingerprint of what it was made from, so that parts of
different runs are never mixed.  The table of a finished run (``table.npz``) carries it too and
holds the same arrays: it is a part with all rows.
"""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Dict, Optional, Sequence

import numpy as np

from ...errors import InputError
from ..archives import DAMAGED, save_arrays
from ..atomic import atomic_path, is_there, remove_leftovers

__all__ = [
    "PARTS",
    "REST",
    "clear_parts",
    "gather_rows",
    "holds_only_parts",
    "load_part",
    "rows_name",
    "save_part",
]

#: Folder of the parts in the folder of the results.
PARTS = "parts"
#: Name of the part without directions among those that a run keeps.
REST = "monores.npz"
#: Names of the other parts.
_ROWS = "axes_*_*.npz"
#: Arrays of parts.
_ARRAYS = ("codes", "first", "monores", "along", "along_axes")


def rows_name(first: int, stop: int) -> str:
    """Name of the part of some axes among those that a run keeps."""
    return f"axes_{first:03d}_{stop:03d}.npz"


def holds_only_parts(folder: Path) -> bool:
    """Whether a folder is there and holds nothing but parts that a run kept."""
    if not folder.is_dir() or folder.is_symlink():
        return False
    return all(fnmatch(path.name, _ROWS) or path.name == REST for path in folder.iterdir())


def clear_parts(folder: Path) -> None:
    """Remove the parts that a run kept in a folder, and the folder if it holds nothing else."""
    remove_leftovers(folder)
    for path in [*folder.glob(_ROWS), folder / REST]:
        if path.exists():
            path.unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def save_part(path: Path, fingerprint: str, arrays: Dict[str, np.ndarray]) -> None:
    """Write a part atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        save_arrays(temporary, fingerprint=np.array(fingerprint), **arrays)


def load_part(path: Path, fingerprint: str) -> Optional[Dict[str, np.ndarray]]:
    """The arrays of a part; ``None`` if it is missing, broken or of another run."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file["fingerprint"]) != fingerprint:
                return None
            arrays = {name: file[name] for name in file.files if name in _ARRAYS}
    except DAMAGED:
        return None
    return arrays if "monores" in arrays or {"codes", "first"} <= set(arrays) else None


def gather_rows(paths: Sequence[Path], fingerprint: str, axes: int) -> Dict[str, np.ndarray]:
    """Put parts together.

    Parameters
    ----------
    paths : sequence of Path
    fingerprint : str
    axes : int
        Number of rows that a complete table has.

    Returns
    -------
    dict
        ``codes`` (axes, voxels), and ``monores``, ``along`` if a part holds them.

    Raises
    ------
    InputError
        If a part cannot be used or rows are missing.
    """
    found: Dict[str, np.ndarray] = {}
    there = np.zeros(axes, bool)
    for path in paths:
        if not is_there(path):
            raise InputError(f"part {path}: there is no such file; check the name")
        part = load_part(path, fingerprint)
        if part is None:
            raise InputError(
                f"part {path}: damaged, or made from other input or parameters; compute it again"
            )
        if "codes" in part:
            codes, first = part.pop("codes"), int(part.pop("first"))
            if len(codes) == axes:
                # No copy: all rows may take much memory.
                found["codes"] = codes
            else:
                if "codes" not in found:
                    # Every row of it is filled before it is returned.
                    found["codes"] = np.empty((axes, codes.shape[1]), codes.dtype)
                whole = found["codes"]
                whole[first : first + len(codes)] = codes
            there[first : first + len(codes)] = True
        found.update(part)
    missing = np.flatnonzero(~there)
    if len(missing):
        first = missing[0]
        stop = first + int(np.argmax(np.append(there[first:], True)))
        raise InputError(
            f"parts: {len(missing)} of {axes} axes are missing, the first of them {first}:{stop}; "
            "compute them with monodir part --axes"
        )
    return found
