"""What a figure holds, for tests: subplots, colour bars, texts, values at places."""

from __future__ import annotations

import matplotlib
import numpy as np


def slices_of(figure):
    """The subplots that hold an image, in the order they were made."""
    return [plot for plot in axes_of(figure) if plot.images and plot.get_xlabel().endswith("(Å)")]


def axes_of(figure):
    return figure.get_axes()


def titled(figure, word):
    return [plot for plot in axes_of(figure) if word in plot.get_title()]


def bars_of(figure):
    """Colour bars: labels and whether their upper end is the smaller number."""
    return {
        plot.get_ylabel().replace("\n", " "): plot.get_ylim()[0] > plot.get_ylim()[1]
        for plot in axes_of(figure)
        if plot.get_label() == "<colorbar>"
    }


def shown_at(plot, horizontal, vertical):
    """The value that a slice shows at a place in Å."""
    image = plot.images[0]
    left, right, bottom, top = image.get_extent()
    rows, columns = image.get_array().shape[:2]
    column = int((horizontal - left) / (right - left) * columns)
    row = int((vertical - bottom) / (top - bottom) * rows)
    return image.get_array()[row, column]


def told_by(figure):
    """All texts of a figure."""
    return " ".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


def hatched_in(plot, centres, faces=None):
    """Which voxels of a slice are hatched, by their centres in Å; ``faces``: with a face, or not.

    Shape (rows, columns).
    """
    points = np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)
    found = np.zeros(len(points), bool)
    for area in plot.collections:
        wanted = faces is None or bool(len(area.get_facecolor())) == faces
        if area.get_hatch() and wanted:
            found |= np.any([path.contains_points(points) for path in area.get_paths()], axis=0)
    return found.reshape(len(centres), -1)
