"""Figures of directions: polar plots, spheres, conical FSC curves, views, one voxel."""
