"""The quantities on which memory and time of a run depend."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Extent"]


@dataclass(frozen=True)
class Extent:
    """The size of a run.

    Attributes
    ----------
    size : int
        Side of the box, voxels.
    side : int
        Side of the working box (``Preset.working_box``), voxels.
    voxels : int
        Number of voxels of the mask.
    axes : int
        Number of axes that are measured, with those of ``--along``.
    threads : int
        Processes that measure axes, and threads of the other stages.
    preset : str
        ``Preset.costs``: ``default`` or ``published``.
    cone : float
        Full opening of the cone, degrees.
    half_maps : bool
        Whether the noise comes from half maps.
    diagnosis : bool
        Whether the map is diagnosed.
    """

    size: int
    side: int
    voxels: int
    axes: int
    threads: int
    preset: str = "default"
    cone: float = 30.0
    half_maps: bool = False
    diagnosis: bool = True
