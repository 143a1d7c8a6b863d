"""Results that a continued run uses again: parts of the table, and the table of a finished run."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Dict

from ...files.atomic import atomic_path
from ...files.run_folder import parts
from ...files.run_folder.results import TABLE

__all__ = ["forget_table", "part_path", "remember_table", "table_of"]

#: File with the checksum of the settings that the table belongs to.
_SETTINGS = "table_settings.sha256"


def part_path(extra: Path, settings: Dict[str, Any], *rows: int) -> Path:
    """Return the file of a part.

    The folder of the parts depends on the settings, so that parts of other settings are never
    used.

    Parameters
    ----------
    extra : Path
        The folder ``extra`` of the run.
    settings : dict
        Everything that the table depends on.
    *rows : int
        First axis of the part and the axis after its last; none: the part without directions.
    """
    name = parts.rows_name(*rows) if rows else parts.REST
    return extra / f"parts_{_checksum(settings)[:12]}" / name


def table_of(extra: Path, settings: Dict[str, Any]) -> bool:
    """Whether the table of a finished run is there and has these settings.

    The table then takes the place of all parts.
    """
    try:
        text = (extra / _SETTINGS).read_text()
    except OSError:
        return False
    return text == _checksum(settings) and (extra / TABLE).exists()


def remember_table(extra: Path, settings: Dict[str, Any]) -> None:
    """Record the settings of a complete table."""
    with atomic_path(extra / _SETTINGS) as temporary:
        temporary.write_text(_checksum(settings))


def forget_table(extra: Path) -> None:
    """Remove the record of the settings, before the table is replaced."""
    if (extra / _SETTINGS).exists():
        (extra / _SETTINGS).unlink()


def _checksum(settings: Dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
