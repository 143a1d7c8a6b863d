"""Viewers of the results in Scipion."""

from .viewer_check import MonoDirCheckViewer
from .viewer_monodir import MonoDirViewer

__all__ = ["MonoDirCheckViewer", "MonoDirViewer"]
