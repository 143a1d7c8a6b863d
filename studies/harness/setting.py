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
        The documentation: pages, tables and pictures go into folders of it.
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

    def page(self, name: str) -> Path:
        """Path of a page, such as ``validation/truth``; its folder is made.

        Parameters
        ----------
        name : str
            Its folder and its name, without suffix.
        """
        return _with_folder(self.output / f"{name}.rst")

    def table(self, name: str) -> Path:
        """Path of the table of a page; its folder is made.

        Parameters
        ----------
        name : str
            As of :meth:`page`; tables of all pages are in one folder.
        """
        return _with_folder(self.output / "tables" / f"{Path(name).name}.csv")

    def picture(self, name: str) -> Path:
        """Path of a picture; its folder is made.

        Parameters
        ----------
        name : str
            Without suffix.
        """
        return _with_folder(self.output / "pictures" / f"{name}.png")


def _with_folder(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
