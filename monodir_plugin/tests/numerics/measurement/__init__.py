"""Tests of ``monodir_plugin.numerics.measurement``."""
