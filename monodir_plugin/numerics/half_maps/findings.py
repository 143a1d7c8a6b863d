"""What may be wrong with a pair of half maps, in sentences."""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence, Tuple

import numpy as np

__all__ = [
    "APART",
    "NEGATED",
    "UNLIKE",
    "Finding",
    "doubtful",
    "magnified",
    "mirrored",
    "reordered",
    "rotated",
    "shifted",
    "unfit",
    "unlike_place",
]

#: Kinds of findings after which the difference of the half maps holds more than noise, so that
#: their correlation is not that of signal and noise; and what does not fit.
_UNFIT = {
    "apart": "the half maps do not fit each other",
    "rotated": "the half maps do not fit each other",
    "magnified": "the half maps do not fit each other",
    "differ": "the half maps do not fit each other",
    "beside": "the mask does not fit the half maps",
}
#: Kinds after which half maps may correlate by more than the signal they share.
_DOUBTFUL = ("correlated", "no fall")


class Finding(NamedTuple):
    """Something that is wrong with a pair of half maps.

    Attributes
    ----------
    kind : str
        One word.
    sentence : str
        What it is, what was decided, and the fix; begins after the names of the files.
    fatal : bool
        Whether their difference cannot be used as noise.
    """

    kind: str
    sentence: str
    fatal: bool


NEGATED = Finding(
    "negated",
    "the contrast of the second is inverted (their correlation is negative): multiply one of them "
    "by -1, so that the particle is positive in both",
    fatal=True,
)
APART = Finding(
    "apart",
    "they do not correlate at any resolution: they seem to be of different particles, rotated "
    "against each other, or noise alone; give the two halves of one refinement",
    fatal=False,
)
UNLIKE = Finding(
    "unlike",
    "they have little in common, and only at coarse resolution: they seem to be of different "
    "particles, or rotated against each other; give the two halves of one refinement",
    fatal=True,
)


def mirrored(word: str) -> Finding:
    """One is mirrored; ``word``: along which axes."""
    return Finding(
        "mirrored",
        f"one is the mirror image of the other (along {word}): mirror one of them back",
        fatal=True,
    )


def rotated(vector: np.ndarray, fatal: bool) -> Finding:
    """The second is rotated; ``vector``: axis ``x, y, z`` times angle in degrees."""
    angle = float(np.linalg.norm(vector))
    shown = ", ".join(f"{round(part / angle, 2) + 0.0:.2f}" for part in vector)  # never -0.00
    return Finding(
        "rotated",
        f"the second is rotated by {angle:.1f} degrees about the axis {shown} (x, y, z) against "
        "the first: rotate it back, or give the two halves as one refinement wrote them",
        fatal,
    )


def magnified(percent: float, fatal: bool) -> Finding:
    """The particle is larger in the second, by percent."""
    word = "larger" if percent > 0 else "smaller"
    return Finding(
        "magnified",
        f"the particle is about {abs(percent):.1f} % {word} in the second than in the first: their "
        "voxel sizes differ; give the two halves of one refinement",
        fatal,
    )


def shifted(shift: Tuple[float, ...]) -> Finding:
    """The second is shifted by voxels ``x, y, z``."""
    shown = ", ".join(f"{round(s, 1) + 0.0:.1f}" for s in shift)  # never -0.0
    return Finding(
        "shifted",
        f"the second is shifted by {shown} voxels (x, y, z) against the first: shift it back, or "
        "give the two halves as one refinement wrote them",
        fatal=True,
    )


def reordered(order: str) -> Finding:
    """One has the axes of the other in this order, as in ``z, y, -x``, and is its mirror image."""
    return Finding(
        "reordered",
        f"the axes x, y, z of the first are {order} in the second, which is its mirror image: put "
        "the axes back, or give the two halves as one refinement wrote them",
        fatal=True,
    )


def unlike_place(voxels: int, place: Tuple[int, int, int]) -> Finding:
    """They differ by more than noise in a number of voxels about a place ``x, y, z``."""
    return Finding(
        "differ",
        f"they differ by more than noise in {voxels} voxels of the mask about voxel "
        f"{', '.join(map(str, place))} (x, y, z): one of them holds structure there that the other "
        "lacks, and resolutions come out too coarse; give the two halves of one refinement",
        fatal=False,
    )


def unfit(findings: Sequence[Finding]) -> Optional[str]:
    """Why noise and correlation of half maps cannot be used, in words; ``None`` if they can."""
    for finding in findings:
        if finding.kind in _UNFIT:
            return f"{_UNFIT[finding.kind]}: {finding.sentence}"
    return None


def doubtful(findings: Sequence[Finding]) -> Optional[str]:
    """Why half maps may correlate by more than their signal, in words; ``None`` without doubt."""
    return next((found.sentence for found in findings if found.kind in _DOUBTFUL), None)
