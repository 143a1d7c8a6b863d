"""How often noise alone is called resolved."""

from .study import run

__all__ = ["run"]
