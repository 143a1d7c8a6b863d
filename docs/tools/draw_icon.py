"""Draw the plugin's icon: axes of the half sphere, finest across the preferred view.

Usage: python docs/tools/draw_icon.py monodir_plugin/monodir_logo.png
"""

import sys

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from monodir_plugin.numerics.geometry.axes import AxisSet


def main() -> None:
    """Write the file named on the command line, 160 x 160 pixels."""
    axes = AxisSet.icosahedral(46)
    # Seen from the side, so that the preferred view points up.
    x, depth, z = np.concatenate([axes.vectors, -axes.vectors]).T
    front = depth > -1e-6
    x, z = x[front], z[front]
    across = 1 - np.abs(z)
    figure = Figure(figsize=(1.6, 1.6), dpi=100)
    FigureCanvasAgg(figure)
    plot = figure.add_axes([0, 0, 1, 1])
    plot.set_axis_off()
    plot.set_xlim(-1.25, 1.25)
    plot.set_ylim(-1.25, 1.25)
    plot.scatter(x, z, s=14 + 95 * across, c=across, cmap="viridis", edgecolors="none")
    plot.annotate(
        "", (0, 1.22), (0, -1.22), arrowprops={"arrowstyle": "<->", "color": "0.35", "lw": 1.6}
    )
    figure.savefig(sys.argv[1], transparent=True)


if __name__ == "__main__":
    main()
