"""Simulated maps with known answers; a public neighbour of the estimator."""

from .phantom import blob_particle, coverage_of_axes, noisy_map

__all__ = ["blob_particle", "coverage_of_axes", "noisy_map"]
