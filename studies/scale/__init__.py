"""Median resolution of homogeneous, isotropic maps against the maps' own FSC."""
