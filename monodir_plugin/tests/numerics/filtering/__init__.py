"""Tests of ``monodir_plugin.numerics.filtering``."""
