"""MonoDir: local-directional resolution of cryo-EM maps, in Scipion and on the command line.

Scipion looks for ``Plugin``, ``_logo`` and ``_references`` here.  ``Plugin`` is imported
on first access (PEP 562), so that neither the command line nor the numerical package
imports Scipion.
"""

from typing import Any

from . import constants

__version__ = constants.VERSION

_logo = "monodir_logo.png"
_references = ["Vilas2020"]


def __getattr__(name: str) -> Any:
    if name == "Plugin":
        from .plugin import Plugin

        return Plugin
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
