"""Sentences that reconcile two findings of one map which would otherwise seem to disagree."""

from __future__ import annotations

from typing import List

import numpy as np

from ...numerics.geometry.axes import AxisSet, rot_tilt_to_vectors
from .isotropy import Isotropy
from .missing_views import BADLY, MissingViews
from .naming import named

__all__ = ["agreed"]

#: Less than this part of the mean coverage is not many views.
_MANY = 1.1


def agreed(uniform: Isotropy, views: MissingViews) -> List[str]:
    """Explain differences between the test of isotropy and the views that were found.

    Parameters
    ----------
    uniform : Isotropy
    views : MissingViews

    Returns
    -------
    list of str
        Sentences; none where there is nothing to explain.
    """
    if views.views is None:
        if not uniform.rejected:
            return []
        return [
            "Weak noise has two possible causes, which this map does not distinguish: many views "
            "cover the axis, or none does."
        ]
    if not uniform.rejected:
        if views.kind == "even":
            return []
        return [
            "The views below are estimated with more parameters than this test has: as it found "
            "nothing beyond chance, they are uncertain."
        ]
    rot, tilt, _ = uniform.quietest
    quietest = rot_tilt_to_vectors(np.array(rot), np.array(tilt))
    nearest = int(views.axes.closest(quietest))
    line = named(AxisSet(quietest[None]).upper().vectors[0])
    covered = float(views.coverage[nearest])
    if views.empty[nearest]:
        return [
            f"Along {line} the noise is weak because the cone is nearly empty: it holds no signal "
            "either. No view covers this axis, or a filter removed both."
        ]
    if covered < BADLY:
        return [
            f"Along {line} the noise is weak although the axis is badly covered ({covered:.2f} of "
            "the mean coverage), as signal over noise shows: a filter that damps badly covered "
            "axes causes this."
        ]
    if covered < _MANY:
        return [
            f"The coverage that was found does not show this ({covered:.1f} of the mean along "
            f"{line}), because it takes axes as alike unless they surely differ: views may be less "
            "even than is said below."
        ]
    return [
        f"Along {line} the noise is weak because many views cover this axis ({covered:.1f} of the "
        "mean coverage)."
    ]
