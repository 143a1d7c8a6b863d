"""Options and folders of all studies."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Optional

from .cache import Cache

__all__ = ["Checkout", "Setting"]


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
    """Options and folders of a study.

    Attributes
    ----------
    models : Path
        Folder of atomic models.
    output : Path
        Folder of the pages.
    cache : Cache
    checkout : Checkout or None
        Checkout of an earlier program, whose default is measured as well.
    threads : int
    quick : bool
        Measure a few small cases, to test the study itself.
    keep : bool
        Make the page from the table of an earlier run.
    maps : Path
        Folder of the small real maps.
    emdb : Path or None
        Folder of the maps of the EMDB.
    """

    models: Path
    output: Path
    cache: Cache
    checkout: Optional[Checkout] = None
    threads: int = 1
    quick: bool = False
    keep: bool = False
    maps: Path = Path("../shared/maps")
    emdb: Optional[Path] = None
