"""MonoDir: local-directional resolution of cryo-EM maps, for Scipion and for the shell.

Scipion looks for ``Plugin``, ``_logo`` and ``_references`` here.  ``Plugin`` is
made when first asked for (PEP 562), so that the command line and the numerical
package never load Scipion.
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
