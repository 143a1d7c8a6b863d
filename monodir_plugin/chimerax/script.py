"""The command file: text by ChimeraX's documented syntax."""

from __future__ import annotations

import re
from pathlib import Path
from typing import List, Sequence

from ..constants import VERSION
from ..errors import InputError
from .palette import Palette

__all__ = ["key", "opening", "script"]


def script(
    title: str,
    density: Path,
    level: float,
    opening_commands: Sequence[str],
    colouring_commands: Sequence[str],
    remarks: Sequence[str],
) -> str:
    """The text of a whole command file.

    Parameters
    ----------
    title : str
        Text of the first comment.
    density : Path
        Map that is drawn as a surface: model 1.
    level : float
        Its density at the surface.
    opening_commands, colouring_commands : sequence of str
        Commands after the map is opened, and after its surface is drawn.
    remarks : sequence of str
        Lines of comment that explain the scene.
    """
    lines = [
        f"# MonoDir {VERSION}: {' '.join(title.split())}",
        "# For ChimeraX 1.2 and later: File > Open. Models that are open are closed first.",
        "# The surface is at the median density inside the mask: it encloses half of the mask.",
        *(f"# {remark}" for remark in remarks),
        "close session",
        "set bgColor white",
        opening(density, "mrc", "map"),
        *opening_commands,
        f"volume #1 show style surface step 1 level {level:.6g}",
        *colouring_commands,
        "lighting soft",
        "view",
    ]
    return "\n".join(lines) + "\n"


def opening(path: Path, kind: str, name: str) -> str:
    """The command that opens a file.

    The format is always given: ChimeraX opens ``.map`` files in its format ``ccp4``, for which it
    ignores the origin.
    """
    return f'open {_quoted(path)} format {kind} name "{name}"'


def key(palette: Palette, title: str) -> List[str]:
    """The commands that draw a colour key with its title at the bottom of the window."""
    return [
        f"key {palette.key()} pos 0.30,0.08 size 0.40,0.03 fontSize 16 labelColor black",
        f'2dlabels text "{title}" size 18 color black xpos 0.30 ypos 0.13',
    ]


def _quoted(path: Path) -> str:
    """A path as one argument of a command; ChimeraX has no escapes in paths."""
    name = str(path)
    if "\n" in name or "\r" in name:
        raise InputError(f"path {name!r}: ChimeraX cannot open it; rename it without a line break")
    for quote in "\"'":
        if not re.search(quote + r"(\s|$)", name):
            return f"{quote}{name}{quote}"
    raise InputError(f"path {name}: ChimeraX cannot open it; rename it without quotation marks")
