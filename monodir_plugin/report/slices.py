"""Maps for the slice browser of the page, as sheets of greyscale PNG."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any, Dict, List, Tuple

import matplotlib
import numpy as np
from matplotlib.colors import to_hex
from PIL import Image

from ..figures.drawing.style import (
    ANISOTROPY_COLOURS,
    RESOLUTION_COLOURS,
    Limits,
    colours_of_map,
    default_limits,
)
from ..figures.drawing.unresolved import at_limit
from ..files.loading import Results
from ..numerics.geometry.crop import bounding_box
from ..numerics.reduction.result_maps import displayed_maps

__all__ = ["Window", "encode_codes", "encode_sheet", "slice_data", "window_of"]

#: Largest number of voxels along a side; of larger particles every second or third is shown.
_LARGEST_SIDE = 72
_LEVELS = 254


@dataclass(frozen=True)
class Window:
    """The voxels that are shown: ``first``, ``first + every``, ... along ``z, y, x``."""

    first: Tuple[int, int, int]
    stop: Tuple[int, int, int]
    every: int

    def of(self, box: np.ndarray) -> np.ndarray:
        """The voxels shown of a ``[z, y, x]`` box."""
        return box[tuple(slice(a, b, self.every) for a, b in zip(self.first, self.stop))]


def window_of(mask: np.ndarray, largest: int = _LARGEST_SIDE) -> Window:
    """The box about a mask, thinned until no side has more than ``largest`` voxels."""
    z, y, x = bounding_box(mask)
    every = max(-(-(side.stop - side.start) // largest) for side in (z, y, x))
    return Window((z.start, y.start, x.start), (z.stop, y.stop, x.stop), every)


def slice_data(results: Results) -> Dict[str, Any]:
    """The data of the page's script: window, voxel size, colours, and two sheets of every map.

    In the second sheet voxels that are not resolved have the byte 255.
    """
    window = window_of(results.mask)
    mask = window.of(results.mask)
    maps: List[Dict[str, Any]] = []
    for entry in displayed_maps():
        values = window.of(results.volumes[entry.name])
        inside = values[mask]
        ends = (float(inside.min()), float(inside.max()))
        # Anisotropy is unknown where a voxel is resolved along no axis.
        coarse = window.of(results.volumes[entry.name if entry.is_resolution else "highest"])
        maps.append(
            {
                "name": entry.name,
                "title": entry.label,
                "ends": ends,
                "limits": default_limits(results, entry),
                "finer": entry.is_resolution,
                "colours": colours_of_map(entry.name),
                "sheet": encode_sheet(values, mask, ends),
                "unresolved": encode_sheet(at_limit(results, coarse), mask, (0.0, 1.0)),
            }
        )
    return {
        "first": window.first[::-1],
        "every": window.every,
        "shape": mask.shape[::-1],
        "sampling": results.sampling,
        "maps": maps,
        "palettes": {n: _palette(n) for n in (RESOLUTION_COLOURS, ANISOTROPY_COLOURS)},
    }


def encode_sheet(values: np.ndarray, mask: np.ndarray, ends: Limits) -> str:
    """A box as one PNG, its sections below each other, in base64.

    Bytes 1 to 255 stand for values evenly spaced between ``ends``, 0 for voxels outside the mask.
    """
    low, high = ends
    scaled = (values - low) / (high - low) if high > low else np.zeros(values.shape)
    codes = np.where(mask, 1 + np.rint(_LEVELS * np.clip(scaled, 0, 1)), 0).astype(np.uint8)
    return encode_codes(codes.reshape(-1, codes.shape[2]))


def encode_codes(codes: np.ndarray) -> str:
    """A matrix of bytes as PNG in base64."""
    buffer = io.BytesIO()
    Image.fromarray(codes).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _palette(name: str) -> List[str]:
    colours = matplotlib.colormaps[name]
    return [to_hex(colours(k)) for k in range(256)]
