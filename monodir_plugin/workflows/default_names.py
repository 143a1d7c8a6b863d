"""Names of the files of commands whose output the user did not name.

Each lies beside what the command reads.  A file of this name that MonoDir did not write is not
replaced (:func:`monodir_plugin.files.output_paths.check_default`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Optional, Sequence, Union

from ..files.half_map_names import plain_stem
from ..files.output_paths import check_default
from .measure.inputs import find_input, outside_program
from .plot import distinct_names

__all__ = ["checked_map", "compared_figure", "filtered_map", "made_mask"]

#: Runs whose names are in that of their comparison, and letters of a name.
_NAMED, _LETTERS = 3, 40


def filtered_map(
    folder: Path, other: Optional[Path], kind: str, sharpen: Union[str, float]
) -> Path:
    """``filtered.mrc`` in the folder of results, which the report shows.

    The name also has another map that is filtered, and what is not the default.

    Parameters
    ----------
    folder : Path
        Folder of the run.
    other, kind, sharpen
        As for :func:`monodir_plugin.workflows.filter.filter_map`.

    Raises
    ------
    InputError
        If there is a file that this program did not write.
    """
    words = [] if other is None else [plain_stem(other)]
    words += ["filtered", *([] if kind == "directional" else [kind])]
    words += [] if sharpen == "none" else ["sharpened"]
    return _with_figure(folder / f"{'_'.join(words)}.mrc")


def checked_map(enhanced: Path, folder: Path) -> Path:
    """``NAME_unsupported.mrc`` in the folder of results, for an enhanced map ``NAME.mrc``.

    Raises
    ------
    InputError
        If there is a file that this program did not write.
    """
    return _with_figure(folder / f"{plain_stem(enhanced)}_unsupported.mrc")


def made_mask(map_path: Optional[str], halves: Optional[Sequence[str]]) -> Path:
    """``NAME_monodir_mask.mrc`` beside the map or the half maps.

    ``NAME_mask.mrc`` often is a mask that another program wrote.

    Parameters
    ----------
    map_path : str or None
        The map; ``None`` if half maps are given.
    halves : sequence of str or None

    Raises
    ------
    InputError
        If there is a file that this program did not write, or the place is the folder of the
        program.
    """
    found = find_input(halves or [str(map_path)], single=True)
    parent = outside_program(found.parent, f"the mask of {found.name}")
    path = parent / f"{found.name}_monodir_mask.mrc"
    check_default(path)
    return path


def compared_figure(folders: Sequence[Path]) -> Path:
    """``compared_NAME_NAME.png`` beside the first folder.

    Parameters
    ----------
    folders : sequence of Path
        Folders of runs.

    Raises
    ------
    InputError
        If there is a file that this program did not write, or the place is the folder of the
        program.
    """
    first = folders[0]
    names = [name.replace("/", "_")[-_LETTERS:] for name in distinct_names(folders)]
    if len(names) > _NAMED:
        names = [names[0], "and", str(len(names) - 1), "more"]
    above = first.absolute().parent if first.name in ("", "..") else first.parent
    path = outside_program(above, "the comparison") / f"compared_{'_'.join(names)}.png"
    check_default(path)
    return path


def _with_figure(path: Path) -> Path:
    """The path, if neither a file there nor the figure beside it is by another program."""
    for file in (path, path.with_suffix(".png")):
        check_default(file)
    return path
