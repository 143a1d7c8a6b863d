"""The estimate against an oracle that knows signal and noise apart, and against baselines."""

from .study import run

__all__ = ["run"]
