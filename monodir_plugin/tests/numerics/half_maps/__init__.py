"""Tests of ``monodir_plugin.numerics.half_maps``."""
