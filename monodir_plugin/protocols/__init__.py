"""Protocols of the plugin."""

from .protocol_check import ProtMonoDirCheck
from .protocol_monodir import ProtMonoDir
from .protocol_several import ProtMonoDirSeveral

__all__ = ["ProtMonoDir", "ProtMonoDirCheck", "ProtMonoDirSeveral"]
