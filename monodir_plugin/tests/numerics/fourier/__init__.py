"""Tests of ``monodir_plugin.numerics.fourier``."""
