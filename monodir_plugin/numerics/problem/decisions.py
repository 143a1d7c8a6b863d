"""What is decided and found before the first axis is measured, as numbers and sentences.

The numbers and sentences are written to ``summary.json``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Optional

import numpy as np

from ..geometry.axes import AxisSet
from ..solvent.filtered_solvent import FILTERED_APART
from ..solvent.noise_values import UNLIKE_NOISE
from ..solvent.region import Solvent

__all__ = [
    "Decisions",
    "axes_decisions",
    "box_decisions",
    "exclusion_decisions",
    "frequency_decisions",
    "half_map_decisions",
    "low_pass_decisions",
    "solvent_decisions",
    "without_repetition",
]

#: The user is warned if a smaller share of the box is solvent.
_LITTLE_SOLVENT = 0.05
#: A note is made if a larger share of the sphere of noise is constant: what is left is no sphere.
_MANY_CONSTANT = 0.02
#: The user is warned if a larger share of the map is exactly zero; a spherical mask that touches
#: the box leaves 48 %.
_MANY_ZEROS = 0.55
_FADES = (
    "the noise of the solvent becomes weaker away from the mask: the map was masked softly, or its "
    "solvent was filtered, and resolutions come out too fine; give the half maps, or the map as it "
    "was before that"
)
#: Noise has one lowest value; a larger share of the solvent that holds it was cut off.
_CUT_OFF = 0.02
#: Share of the mask, and voxels of it, that may be exactly constant.
_EMPTY, _EMPTY_VOXELS = 0.002, 27
#: The user is warned if fewer frequencies are tested.
_FEW_FREQUENCIES = 5
#: More axes without data are counted, not named.
_NAMED_AXES = 6


@dataclass(frozen=True)
class Decisions:
    """Numbers and sentences on one or several decisions.

    Attributes
    ----------
    facts : dict
        Numbers by name.
    notes : list of str
        Sentences that describe a decision.
    warnings : list of str
        Sentences on what may make results wrong or rough.
    """

    facts: Dict[str, object] = field(default_factory=dict)
    notes: List[str] = field(default_factory=list)
    warnings: List[str] = field(default_factory=list)

    def __add__(self, other: Decisions) -> Decisions:
        """These decisions, followed by others."""
        return Decisions(
            {**self.facts, **other.facts},
            self.notes + other.notes,
            self.warnings + other.warnings,
        )


def without_repetition(warnings: List[str]) -> List[str]:
    """Warnings without others on the noise where one says that the solvent was filtered.

    All have one cause then.
    """
    if not any(FILTERED_APART in text for text in warnings):
        return warnings
    return [text for text in warnings if text != _FADES and UNLIKE_NOISE not in text]


def box_decisions(side: int, size: int) -> Decisions:
    """On the working box of ``side`` voxels in a box of ``size`` voxels."""
    notes = []
    if side < size:
        notes.append(
            f"box: the middle {side} of {size} voxels hold the particle and enough solvent"
        )
    return Decisions({"working_box_px": side}, notes)


def exclusion_decisions(exclude: Optional[np.ndarray], overlap: Optional[str]) -> Decisions:
    """On voxels that are neither particle nor noise, bool (N, N, N).

    ``overlap`` is the warning of :func:`.exclusion.without_excluded`.
    """
    if exclude is None:
        return Decisions()
    count = int(np.count_nonzero(exclude))
    note = (
        f"excluded: {count} voxels ({100 * count / exclude.size:.1f} % of the box) are neither "
        "measured nor taken for noise"
    )
    return Decisions({"excluded_voxels": count}, [note], [overlap] if overlap else [])


def half_map_decisions() -> Decisions:
    """On noise that is taken from half maps."""
    return Decisions(
        notes=["noise: half of the difference of the half maps, its strength from inside the mask"]
    )


def solvent_decisions(
    solvent: Solvent, volume: np.ndarray, measured: int, noise_radius: Optional[float]
) -> Decisions:
    """On noise that is taken from the solvent.

    Parameters
    ----------
    solvent : Solvent
    volume : ndarray, shape (N, N, N)
        The map in the working box.
    measured : int
        Voxels of the mask.
    noise_radius : float or None
        The radius that the user chose, voxels.
    """
    size, voxels = len(volume), int(solvent.region.sum())
    region: Dict[str, object] = {
        "voxels": voxels,
        "outer_radius_px": solvent.outer,
        "noise_ends_at_px": solvent.edge,
    }
    if solvent.structure:
        region["structure_outside_mask_voxels"] = solvent.structure
    notes = [f"noise: {voxels} voxels of solvent up to a radius of {solvent.outer:g} voxels"]
    sphere = solvent.beside + solvent.excluded + voxels + solvent.structure + solvent.constant
    if solvent.constant > _MANY_CONSTANT * sphere:
        notes.append(
            f"{solvent.constant} voxels of the solvent are constant (padding or a mask), or beside "
            "constant voxels, and were left out"
        )
    elif solvent.edge < size // 2 and noise_radius is None:
        notes.append(f"the map was masked by a sphere of {solvent.edge:g} voxels")
    warnings = []
    if solvent.empty > max(_EMPTY * measured, _EMPTY_VOXELS):
        warnings.append(
            f"{solvent.empty} of the {measured} voxels of the mask are exactly constant (the map "
            "was masked, or a part of it was lost): they hold no signal, and come out too coarse; "
            "give the map as it was reconstructed, or a mask within what is left"
        )
    if solvent.structure:
        done = "were left out of the noise"
        if not solvent.left_out:
            done = "are taken for noise by this preset, and resolutions come out too coarse"
        warnings.append(
            f"structure lies outside the mask: {solvent.structure} voxels "
            f"({100 * solvent.structure / measured:.0f} % of the mask's number) {done}; if it "
            "belongs to the particle, give a mask of all of it; if it does not (a membrane, gold, "
            "a neighbour), give a mask of it with --exclude"
        )
    if solvent.ramp:
        warnings.append(
            f"{100 * solvent.ramp:.0f} % of the variance of the solvent is a linear ramp of "
            "density, which counts as noise, and resolutions come out too coarse: subtract the "
            "ramp, or give half maps"
        )
    share, zeros = voxels / size**3, float(np.mean(volume == 0))
    least = float(volume.min())
    at_least = float(np.mean(volume[solvent.region] == least))
    if zeros > _MANY_ZEROS:
        warnings.append(
            f"{100 * zeros:.0f} % of the map is exactly zero (it was masked): what is left of the "
            "solvent may not hold the particle's noise, and resolutions may be too fine; "
            "give the half maps"
        )
    elif at_least > _CUT_OFF:
        warnings.append(
            f"{100 * at_least:.0f} % of the solvent has the lowest value of the map, {least:.3g}: "
            "the map was cut off there, its noise is too weak, and resolutions come out too fine; "
            "give the half maps, or the map as it was before"
        )
    elif solvent.changed is not None:
        warnings.append(solvent.changed)
    elif solvent.fades:
        warnings.append(_FADES)
    elif solvent.grows:
        warnings.append(
            f"the noise of the solvent is {solvent.grows:.2g} "
            "times as strong as beside the particle: the solvent was amplified or replaced, or the "
            "map was scaled locally, and resolutions come out too coarse; give half maps, or the "
            "map as it was reconstructed"
        )
    elif share < _LITTLE_SOLVENT:
        warnings.append(
            f"only {100 * share:.1f} % of the box is solvent, from which the noise is taken: "
            + _more_solvent(solvent)
        )
    return Decisions({"noise_region": region}, notes, warnings)


def _more_solvent(solvent: Solvent) -> str:
    """What would give more solvent, which depends on what takes most of it."""
    taken = {
        "a larger box or half maps would be better": solvent.beside,
        "give a mask of all of the particle, or half maps": solvent.structure,
        "give the map as it was before masking or padding, or half maps": solvent.constant,
        "half maps, or a smaller exclusion mask, would be better": solvent.excluded,
    }
    return max(taken, key=lambda fix: taken[fix])


def low_pass_decisions(end: Optional[float], finest: float, sampling: float) -> Decisions:
    """On a map that was low-passed.

    Parameters
    ----------
    end : float or None
        Spatial frequency at which the information ends, cycles per voxel; ``None``: Nyquist.
    finest : float
        The finest frequency that is tested, cycles per voxel.
    sampling : float
        Voxel size, Å.
    """
    if end is None:
        return Decisions()
    resolution = sampling / end
    consequence = (
        "finer resolutions of this preset mean nothing"
        if finest > end
        else "nothing finer is reported"
    )
    return Decisions(
        {"end_of_information_A": resolution},
        warnings=[
            f"the map holds no information finer than {resolution:.2f} Å (it was low-passed): "
            + consequence
        ],
    )


def frequency_decisions(frequencies: np.ndarray, sampling: float) -> Decisions:
    """On the frequencies that are tested, cycles per voxel, ascending; voxel size in Å."""
    notes = [
        f"frequencies: {len(frequencies)}, from {sampling / frequencies[0]:.2f} to "
        f"{sampling / frequencies[-1]:.2f} Å"
    ]
    warnings = []
    if len(frequencies) < _FEW_FREQUENCIES:
        warnings.append(
            f"only {len(frequencies)} frequencies lie between the coarsest resolution and the "
            "finest one: resolutions are rough; the voxels may be too large, or the coarsest "
            "resolution too fine"
        )
    return Decisions({"frequencies_A": [float(sampling / f) for f in frequencies]}, notes, warnings)


def axes_decisions(axes: AxisSet, with_data: np.ndarray) -> Decisions:
    """On axes along which the map holds no data; ``with_data``: bool (axes,)."""
    if with_data.all():
        return Decisions()
    missing = AxisSet(axes.vectors[~with_data]).upper()
    if len(missing) > _NAMED_AXES:
        where = f"{len(missing)} of {len(axes)} axes"
    else:
        named = (f"rot {r:.0f} tilt {t:.0f}" for r, t in zip(missing.rot, missing.tilt))
        where = f"the axes {', '.join(named)}"
    return Decisions(warnings=[f"the map holds no data along {where}: no voxel is resolved there"])
