"""Protocols of the plugin."""

from .protocol_monodir import ProtMonoDir

__all__ = ["ProtMonoDir"]
