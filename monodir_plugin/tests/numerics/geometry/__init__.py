"""Tests of ``monodir_plugin.numerics.geometry``."""
