"""Tests of ``monodir_plugin.numerics.reduction``."""
