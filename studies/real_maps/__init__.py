"""Medians and overviews of the demo and of real maps."""
