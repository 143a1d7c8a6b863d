"""Tests of ``monodir_plugin.simulation``."""
