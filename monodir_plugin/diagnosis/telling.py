"""The sentences of a diagnosis in the order in which they are told, from a summary alone."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

__all__ = ["TITLES", "headlines", "told"]

#: Findings by their name in a summary, and how a reader knows them, in the order of telling.
TITLES: Dict[str, str] = {
    "noise": "Is there noise to tell from?",
    "isotropy": "Were the views uniform?",
    "views": "Which views are missing?",
    "conical_fsc": "How far do the half maps correlate along each axis?",
    "angular_error": "How large are the errors of angle?",
    "symmetry": "Which symmetry has the map?",
    "tensor": "What is a voxel's resolution as an ellipsoid?",
}
#: Findings whose first sentences say most in a glance.
_HEADLINES = ("noise", "isotropy", "views")


def told(summary: Mapping[str, Any]) -> Dict[str, List[str]]:
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
    """The sentences that say most in a glance; none if the map was not diagnosed."""
    found = summary.get("diagnosis", {})
    return [found[name]["sentences"][0] for name in _HEADLINES if name in found]
