"""The plugin as Scipion registers it.

The plugin has no binaries and no configuration variables: the protocol runs the
command line of this Python package.
"""

from __future__ import annotations

from typing import Any, List

import pwem

from .constants import HOMEPAGE, NAME

__all__ = ["Plugin"]


class Plugin(pwem.Plugin):
    """The plugin, as ``monodir_plugin.Plugin``."""

    # Scipion takes the name and the folder of a plugin from the module of its class.
    __module__ = "monodir_plugin"

    _url = HOMEPAGE

    def getName(self) -> str:
        """Return the name in Scipion's list of all protocols and in its logs.

        Scipion finds the package by its own name, not by this one.
        """
        return NAME

    def getTemplates(self) -> List[Any]:
        """Return the templates, which ``scipion3 template`` finds by the name of the package."""
        templates: List[Any] = super().getTemplates()
        for template in templates:
            template.source = self.__module__
        return templates

    @classmethod
    def _defineVariables(cls) -> None:
        """Define no configuration variables."""

    @classmethod
    def defineBinaries(cls, env: Any) -> None:
        """Define no binaries; the inherited method defines those of pwem."""
