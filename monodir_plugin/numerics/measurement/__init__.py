"""A whole measurement: presets, preparation of the map, and every result."""
