"""Libraries that only the simulator needs, and the sentence where one is missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from ..errors import InputError

__all__ = ["require"]


def require(name: str, purpose: str) -> ModuleType:
    """A module of the ``simulate`` extra.

    Parameters
    ----------
    name : str
        Module to import.
    purpose : str
        What it is needed for, the beginning of the sentence.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        library = name.split(".")[0]
        raise InputError(
            f"{purpose} needs the library {library}, which is not installed; "
            'install it with: pip install "scipion-em-monodir[simulate]"'
        ) from error
