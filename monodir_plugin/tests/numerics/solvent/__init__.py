"""Tests of ``monodir_plugin.numerics.solvent``."""
