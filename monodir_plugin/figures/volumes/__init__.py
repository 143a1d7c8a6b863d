"""Figures of values in space: slices, the finest axis, a map before and after its filter."""
