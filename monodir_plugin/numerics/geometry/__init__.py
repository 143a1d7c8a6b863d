"""Axes and bins of axes, grids of voxels, masks with soft edges, and crops."""
