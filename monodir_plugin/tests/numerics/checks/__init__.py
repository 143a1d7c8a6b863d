"""Tests of ``monodir_plugin.numerics.checks``."""
