"""A study whose pages are made from its table."""

from __future__ import annotations

from typing import Callable, Dict, Iterable, List, NamedTuple

from matplotlib.figure import Figure

from .pictures import save_picture
from .setting import Setting
from .tables import Record, read_csv, write_csv

__all__ = ["Study"]


def _no_figures(_: List[Record]) -> Dict[str, Figure]:
    return {}


def _no_pages(_: List[Record]) -> Dict[str, str]:
    return {}


class Study(NamedTuple):
    """Measure, write the table, and make figures and pages from the table.

    Attributes
    ----------
    page : str
        Folder and name of the page, without suffix, such as ``validation/truth``.
    measure : callable
        Yields the records of the table.
    text : callable
        Makes the page of the records of the table.
    figures : callable
        Makes the figures of the records of the table, by their names without suffix.
    further : callable
        Makes pages beside the first one, of the same table, by their folders and names.
    """

    page: str
    measure: Callable[[Setting], Iterable[Record]]
    text: Callable[[List[Record], Setting], str]
    figures: Callable[[List[Record]], Dict[str, Figure]] = _no_figures
    further: Callable[[List[Record]], Dict[str, str]] = _no_pages

    def run(self, setting: Setting) -> None:
        """Write table, figures and pages into the output folder.

        Parameters
        ----------
        setting : Setting
            With ``keep``, a table that is there is not measured again.
        """
        table = setting.table(self.page)
        if not (setting.keep and table.is_file()):
            write_csv(list(self.measure(setting)), table)
        # Also after measuring: the page then states what the table holds.
        records = read_csv(table)
        for name, figure in self.figures(records).items():
            save_picture(figure, setting.picture(name))
        setting.page(self.page).write_text(self.text(records, setting), encoding="utf-8")
        for name, text in self.further(records).items():
            setting.page(name).write_text(text, encoding="utf-8")
