"""How far strong signal reaches into a region without signal."""

from .study import run

__all__ = ["run"]
