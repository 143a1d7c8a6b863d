"""Tests of ``monodir_plugin.numerics.published``."""
