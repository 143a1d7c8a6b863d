"""Tests of ``monodir_plugin.numerics.parallel``."""
