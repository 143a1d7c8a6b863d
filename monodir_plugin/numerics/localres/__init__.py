"""Local-directional resolution: from a map and a mask to R(r, d)."""
