"""How cone, band, window, spread and stopping were chosen, on cases of their own."""

from .study import run

__all__ = ["run"]
