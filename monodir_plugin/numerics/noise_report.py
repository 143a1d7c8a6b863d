"""What is said of the solvent from which the noise is taken."""

from __future__ import annotations

from typing import Dict, List, Optional

from .solvent import Solvent

__all__ = ["report_noise"]

#: With less solvent, as a share of the box, the user is warned.
_LITTLE_SOLVENT = 0.05
#: With a larger share of the sphere of noise constant, what is left of it is no sphere.
_MANY_CONSTANT = 0.02


def report_noise(
    solvent: Solvent,
    size: int,
    measured: int,
    noise_radius: Optional[float],
    facts: Dict[str, object],
    notes: List[str],
    warnings: List[str],
) -> None:
    """Add facts and sentences on the noise region.

    Parameters
    ----------
    solvent : Solvent
    size : int
        Side of the box, voxels.
    measured : int
        Voxels of the mask.
    noise_radius : float or None
        As it was given.
    facts, notes, warnings : dict and lists
        What is added to.
    """
    voxels = int(solvent.region.sum())
    region: Dict[str, object] = {
        "voxels": voxels,
        "outer_radius_px": solvent.outer,
        "noise_ends_at_px": solvent.edge,
    }
    if solvent.structure:
        region["structure_outside_mask_voxels"] = solvent.structure
    facts["noise_region"] = region
    notes.append(f"noise: {voxels} voxels of solvent up to a radius of {solvent.outer:g} voxels")
    sphere = solvent.beside + voxels + solvent.structure + solvent.constant
    if solvent.constant > _MANY_CONSTANT * sphere:
        notes.append(
            f"{solvent.constant} voxels of the solvent are constant (padding or a mask), or beside "
            "such, and were left out"
        )
    elif solvent.edge < size // 2 and noise_radius is None:
        notes.append(f"the map was masked by a sphere of {solvent.edge:g} voxels")
    if solvent.structure:
        done = "were left out of the noise"
        if not solvent.left_out:
            done = "are taken for noise by this preset, and resolutions come out too coarse"
        warnings.append(
            f"structure lies outside the mask: {solvent.structure} voxels "
            f"({100 * solvent.structure / measured:.0f} % of the mask's number) {done}; if it is "
            "not outside by intent, give a mask of all of the particle"
        )
    share = voxels / size**3
    if share < _LITTLE_SOLVENT:
        warnings.append(
            f"only {100 * share:.1f} % of the box is solvent, from which the noise is taken: "
            + _mend_of_little_solvent(solvent)
        )


def _mend_of_little_solvent(solvent: Solvent) -> str:
    """What would give more solvent: that depends on what takes it."""
    taken = {
        "a larger box or half maps would be better": solvent.beside,
        "give a mask of all of the particle, or half maps": solvent.structure,
        "give the map as it was before masking or padding, or half maps": solvent.constant,
    }
    return max(taken, key=lambda mend: taken[mend])
