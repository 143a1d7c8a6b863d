"""Pages from templates."""

from __future__ import annotations

from pathlib import Path

__all__ = ["filled", "image", "titled"]


def filled(beside: str, name: str = "page.rst", **values: object) -> str:
    """A template with its ``{fields}`` filled in, as by ``str.format``.

    Parameters
    ----------
    beside : str
        ``__file__`` of the module in whose folder the template is.
    name : str
    **values : object
        Tables, sentences and numbers; the template may give a format, as in ``{error:.2f}``.

    Returns
    -------
    str
    """
    template = Path(beside).with_name(name).read_text(encoding="utf-8")
    return template.format(**values).rstrip("\n") + "\n"


def titled(title: str, text: str, rule: str = "-") -> str:
    """A section whose title holds a measured number."""
    return f"{title}\n{rule * len(title)}\n{text}"


def image(name: str) -> str:
    """A picture beside the page, as wide as the page."""
    return f".. image:: {name}\n   :width: 100%\n"
