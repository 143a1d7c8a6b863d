"""Axes, grids of voxels, masks and crops: where things are."""
