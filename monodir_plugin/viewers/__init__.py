"""Viewers of the results in Scipion."""

from .viewer_check import MonoDirCheckViewer
from .viewer_monodir import MonoDirViewer
from .viewer_several import MonoDirSeveralViewer

__all__ = ["MonoDirCheckViewer", "MonoDirSeveralViewer", "MonoDirViewer"]
