"""Sentences of a diagnosis from a summary, in the order in which they are shown."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

__all__ = ["TITLES", "headlines", "sentences_of"]

#: Titles of the findings by their names in a summary, in the order in which they are shown.
TITLES: Dict[str, str] = {
    "noise": "Is there noise to measure?",
    "isotropy": "Were the views uniform?",
    "views": "Which views are missing?",
    "particles": "Which views do the angles of the particles show?",
    "conical_fsc": "How far do the half maps correlate along each axis?",
    "angular_error": "How large are the angular errors?",
    "symmetry": "Which symmetry does the map have?",
    "tensor": "What is a voxel's resolution as an ellipsoid?",
}
#: Findings whose first sentences summarise the diagnosis.
_HEADLINES = ("noise", "isotropy", "views")


def sentences_of(summary: Mapping[str, Any]) -> Dict[str, List[str]]:
    """Sentences of every finding by its title.

    Parameters
    ----------
    summary : mapping
        The content of ``summary.json``.

    Returns
    -------
    dict of str to list of str
        Empty if the map was not diagnosed.
    """
    found = summary.get("diagnosis", {})
    return {title: found[name]["sentences"] for name, title in TITLES.items() if name in found}


def headlines(summary: Mapping[str, Any]) -> List[str]:
    """The first sentences of the main findings; none if the map was not diagnosed."""
    found = summary.get("diagnosis", {})
    return [found[name]["sentences"][0] for name in _HEADLINES if name in found]
