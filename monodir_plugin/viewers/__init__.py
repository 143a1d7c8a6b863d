"""Viewers of the results in Scipion."""

from .viewer_monodir import MonoDirViewer

__all__ = ["MonoDirViewer"]
