"""Tests of ``monodir_plugin.numerics.noise``."""
