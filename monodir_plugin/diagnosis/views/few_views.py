"""When the coverage of the worst axis is an upper limit: few images, or a single map.

Noise power in a cone is inversely proportional to its coverage only if several views meet in each
coefficient.  A coefficient that no view covers holds no noise.  A cone with many of them has the
mean power of a better covered cone, and the same power for very different coverages, so that no
correction is possible.  In simulated half maps the worst coverage was found at most 1.5 times too
large where three views met in a coefficient, by the coverage found, and up to 9 times with fewer.
From the solvent of a single map small coverages are found too large, up to twice, even with many
images (``docs/diagnosis/strong_preference.rst``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional

__all__ = ["NO_LIMIT", "UpperLimit", "fewest_images", "upper_limit"]

#: Views that meet in a coefficient of a half map along the worst axis.
_ENOUGH = 3.0
#: Mean radius of the coefficients of a ball over the radius of the ball.
_MEAN_RADIUS = 0.75
#: Less coverage than this counts as none.
_NONE = 0.005
#: A coverage below this, from the solvent of a single map, is an upper limit.
_OF_SINGLE_MAP = 0.35


@dataclass(frozen=True)
class UpperLimit:
    """Whether the worst coverage is an upper limit.

    Attributes
    ----------
    images : int or None
        Number of images, if it is known.
    fewest : float
        Number of images below which it is one.
    single_map : bool
        Whether it is one because it was found from a single map.
    """

    images: Optional[int] = None
    fewest: float = 0.0
    single_map: bool = False

    @property
    def few_images(self) -> bool:
        """Whether there are too few images."""
        return self.images is not None and self.images < self.fewest

    @property
    def applies(self) -> bool:
        """Whether the worst coverage is known to be an upper limit."""
        return self.few_images or self.single_map

    def record(self) -> Dict[str, Any]:
        """Whether the coverage is an upper limit, and the number of images, for a summary."""
        return {
            "worst_coverage_is_upper_limit": self.applies,
            "upper_limit_below_images": round(self.fewest),
        }

    def badly(self, where: str, worst: float, tilt: float, then: float) -> str:
        """The worst axis, if the coverage is an upper limit, and what a stage tilt does."""
        why = (
            f"{self.images} images are too few to measure less"
            if self.few_images
            else "a single map cannot show less, half maps can"
        )
        return (
            f"The axes near {where} are badly covered (at most {worst:.2f} of the mean coverage): "
            f"{why}. A stage tilted by {tilt:.0f} degrees would raise this to at most {then:.2f}, "
            "with particles at every azimuth on the grid."
        )

    def if_fewer(self) -> str:
        """What would hold with a small number of images, if that is not known."""
        if self.images is not None or self.fewest == 0 or self.single_map:
            return ""
        return (
            f"If the map has fewer than about {float(f'{self.fewest:.2g}'):.0f} images, the worst "
            "coverage is smaller than the one found."
        )


#: Of views that are known by angles, or not known.
NO_LIMIT = UpperLimit()


def upper_limit(
    worst: float, last: int, copies: int, images: Optional[int], single_map: bool
) -> UpperLimit:
    """Whether a coverage is an upper limit.

    Parameters
    ----------
    worst : float
        Coverage that was found for the worst axis; 1 is the mean.
    last : int
        Last shell from which it was found.
    copies : int
        Members of the point group of the particle.
    images : int or None
        Number of images of both half maps.
    single_map : bool
        Whether the noise is the solvent of a single map.
    """
    fewest = fewest_images(worst, last, copies)
    return UpperLimit(images, fewest, single_map and _NONE <= worst < _OF_SINGLE_MAP)


def fewest_images(worst: float, last: int, copies: int) -> float:
    """Number of images of both half maps below which a coverage is an upper limit.

    A view meets a coefficient at a radius of ``k`` voxels of Fourier space if it is within ``1/2k``
    of its plane.  Parameters as of :func:`upper_limit`; 0 if nothing covers the axis.
    """
    if worst < _NONE:
        return 0.0
    return 2 * _ENOUGH * 2 * _MEAN_RADIUS * last / (copies * worst)
