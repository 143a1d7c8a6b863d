"""Tests of ``monodir_plugin.numerics.problem``."""
