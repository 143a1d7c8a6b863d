"""The plugin as Scipion registers it.

The plugin has no binaries and no configuration variables: the protocol runs the
command line of this Python package.
"""

from __future__ import annotations

from typing import Any

import pwem

from .constants import HOMEPAGE

__all__ = ["Plugin"]


class Plugin(pwem.Plugin):
    """The plugin, as ``monodir_plugin.Plugin``."""

    # Scipion takes the name and the folder of a plugin from the module of its class.
    __module__ = "monodir_plugin"

    _url = HOMEPAGE

    @classmethod
    def _defineVariables(cls) -> None:
        """Define no configuration variables."""

    @classmethod
    def defineBinaries(cls, env: Any) -> None:
        """Define no binaries; the inherited method defines those of pwem."""
