"""Half maps: whether two belong together, and whether their noise is independent."""
