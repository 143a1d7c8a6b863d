"""Viewers of the results in Scipion."""

from .viewer_monodir import MonoDirViewer
from .viewer_several import MonoDirSeveralViewer

__all__ = ["MonoDirSeveralViewer", "MonoDirViewer"]
