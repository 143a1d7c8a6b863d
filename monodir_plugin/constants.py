"""Constants of the whole package."""

#: The version of the package. ``pyproject.toml`` reads this line; it is stated nowhere else.
VERSION = "0.1.0"
