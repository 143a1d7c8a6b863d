"""Names of half maps: which file is the other half map of a reconstruction.

The names are those of RELION (``run_half1_class001_unfil.mrc``), cryoSPARC
(``J12_volume_map_half_A.mrc``) and EMDB (``emd_1234_half_map_1.map.gz``), and names like them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Optional

__all__ = ["are_pair", "common_name", "other_half", "plain_stem"]

#: The word half, perhaps map, and a number or letter at the end of a word.
_HALF = re.compile(r"(?<![a-z])(half[-_ ]?(?:map)?[-_ ]?)([12ab])(?![0-9a-z])", re.IGNORECASE)
_OTHER = {"1": "2", "2": "1", "A": "B", "B": "A", "a": "b", "b": "a"}


def other_half(path: Path) -> Optional[Path]:
    """Return the path of the other half map according to the name of one.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Path or None
        A path in the same folder, whether or not the file exists; ``None`` if the name is not
        that of a half map.
    """
    if len(_HALF.findall(path.name)) != 1:
        return None
    return path.with_name(_HALF.sub(lambda found: found[1] + _OTHER[found[2]], path.name))


def are_pair(first: Path, second: Path) -> bool:
    """Whether two files in one folder have the names of the two half maps of a reconstruction."""
    return other_half(first) == second


def common_name(path: Path) -> str:
    """Return what the names of two half maps have in common, or ``half_maps`` if it is nothing.

    The suffixes of a map and of a compressed file are left out.
    """
    words = _HALF.sub("", plain_stem(path))
    return re.sub(r"([-_ .])[-_ .]+", r"\1", words).strip("-_ .") or "half_maps"


def plain_stem(path: Path) -> str:
    """Return the name of a map without the suffixes ``.mrc``, ``.map.gz`` and the like."""
    name = path.name[: -len(":mrc")] if path.name.endswith(":mrc") else path.name
    return re.sub(r"(\.(mrc|map|ccp4|mrcs|rec))?(\.(gz|bz2))?$", "", name, flags=re.IGNORECASE)
