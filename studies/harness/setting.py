"""What every study runs with."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, NamedTuple, Optional

from .cache import Cache

__all__ = ["Checkout", "Record", "Setting"]

#: One line of a study's csv.
Record = Dict[str, object]


@dataclass(frozen=True)
class Checkout:
    """An earlier version of the program.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    @property
    def commit(self) -> str:
        """Abbreviated hash of the commit that is checked out."""
        command = ["git", "-C", str(self.folder), "rev-parse", "--short=10", "HEAD"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class Setting(NamedTuple):
    """What a study runs with.

    Attributes
    ----------
    models : Path
        Folder of atomic models.
    output : Path
        Folder of the pages.
    cache : Cache
    checkout : Checkout or None
        Of an earlier program, whose default is measured as well.
    threads : int
    quick : bool
        Measure one small case instead of all, to test the study itself.
    """

    models: Path
    output: Path
    cache: Cache
    checkout: Optional[Checkout] = None
    threads: int = 1
    quick: bool = False
