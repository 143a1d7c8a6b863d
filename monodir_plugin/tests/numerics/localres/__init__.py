"""Tests of ``monodir_plugin.numerics.localres``."""
