"""Median resolution of homogeneous, isotropic maps against the maps' own FSC."""

from .study import run

__all__ = ["run"]
