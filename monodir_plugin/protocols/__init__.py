"""Protocols of the plugin."""

from .protocol_check import ProtMonoDirCheck
from .protocol_monodir import ProtMonoDir

__all__ = ["ProtMonoDir", "ProtMonoDirCheck"]
