"""Whether two preferred directions are both named, and what is said of high symmetries."""

from .study import run

__all__ = ["run"]
