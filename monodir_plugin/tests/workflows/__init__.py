"""Tests of ``monodir_plugin.workflows``."""
