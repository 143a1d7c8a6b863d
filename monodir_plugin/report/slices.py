"""Maps for the slice browser: bytes in greyscale PNG sheets, small enough to mail."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Dict, List, Tuple

import matplotlib
import numpy as np
from matplotlib.colors import to_hex
from PIL import Image

from ..figures.drawing.style import (
    ANISOTROPY_COLOURS,
    RESOLUTION_COLOURS,
    TITLES,
    Limits,
    anisotropy_limits,
    shared_limits,
)
from ..figures.drawing.unresolved import at_limit
from ..files.loading import Results

__all__ = ["Window", "encode_sheet", "slice_data", "window_of"]

#: Voxels a side at most; of larger particles every second, third... voxel is shown.
_LARGEST_SIDE = 72
_LEVELS = 254
_SHOWN = ("adr", "highest", "lowest", "anisotropy", "radial", "tangential", "monores")


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
    places = np.nonzero(mask)
    first = [int(p.min()) for p in places]
    stop = [int(p.max()) + 1 for p in places]
    every = max(-(-(b - a) // largest) for a, b in zip(first, stop))
    return Window((first[0], first[1], first[2]), (stop[0], stop[1], stop[2]), every)


def slice_data(results: Results) -> Dict[str, object]:
    """What the browser's script needs: window, voxel size, colours, and two sheets of every map.

    In the second sheet voxels that are not resolved have the byte 255.
    """
    window = window_of(results.mask)
    mask = window.of(results.mask)
    shared = shared_limits([results])
    maps: List[Dict[str, object]] = []
    for name in _SHOWN:
        values = window.of(results.volumes[name])
        inside = values[mask]
        ends = (float(inside.min()), float(inside.max()))
        special = name == "anisotropy"
        limits = anisotropy_limits(results) if special else shared
        # Where anisotropy is not known: along no axis resolved.
        coarse = window.of(results.volumes["highest" if special else name])
        maps.append(
            {
                "name": name,
                "title": TITLES[name],
                "ends": ends,
                "limits": limits,
                "colours": ANISOTROPY_COLOURS if special else RESOLUTION_COLOURS,
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
    buffer = io.BytesIO()
    Image.fromarray(codes.reshape(-1, codes.shape[2])).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _palette(name: str) -> List[str]:
    colours = matplotlib.colormaps[name]
    return [to_hex(colours(k)) for k in range(256)]
