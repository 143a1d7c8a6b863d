"""Tests of ``monodir_plugin.figures``."""
