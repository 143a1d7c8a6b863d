"""How often intervals of resolutions hold the truth."""

from .study import run

__all__ = ["run"]
