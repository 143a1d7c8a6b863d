"""Medians and overviews of real maps."""
