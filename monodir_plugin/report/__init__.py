"""One self-contained HTML page of the results, to be mailed to a colleague."""

from .page import write_report

__all__ = ["write_report"]
