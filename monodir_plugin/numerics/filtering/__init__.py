"""A map filtered by voxel, axis and spatial frequency."""
