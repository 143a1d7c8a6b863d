"""Constants of the whole package."""

#: The version of the package. ``pyproject.toml`` reads this line; it is stated nowhere else.
VERSION = "0.1.0"
#: Name of the program, where people read it.
NAME = "MonoDir"
#: The page of the project, as in ``pyproject.toml``.
HOMEPAGE = "https://github.com/scipion-em/scipion-em-monodir"

#: Table and figure of a run of several maps.
TABLE_OF_MAPS, FIGURE_OF_MAPS = "monodir_maps.csv", "monodir_maps.png"


def docs_page(name: str) -> str:
    """Return the address of a page of the documentation, which is not installed.

    Parameters
    ----------
    name : str
        Its file in the folder ``docs``, such as ``howto/scipion.rst``.
    """
    return f"{HOMEPAGE}/blob/HEAD/docs/{name}"
