"""Tests of ``monodir_plugin.report``."""
