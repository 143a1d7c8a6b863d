"""What Scipion knows of the plugin as a whole.

There is nothing to install beside the Python package and no variable to set:
the protocol runs the package's own command line.
"""

from __future__ import annotations

from typing import Any

import pwem

__all__ = ["Plugin"]


class Plugin(pwem.Plugin):
    """The plugin, as ``monodir_plugin.Plugin``."""

    # Scipion takes the name and the folder of a plugin from the module of its class.
    __module__ = "monodir_plugin"

    _url = "https://github.com/scipion-em/scipion-em-monodir"

    @classmethod
    def _defineVariables(cls) -> None:
        """No variables."""

    @classmethod
    def defineBinaries(cls, env: Any) -> None:
        """No binaries (the inherited ones are pwem's own)."""
